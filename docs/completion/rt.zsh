#compdef rt
# Completion of rt(8)'s command line in zsh, as _rt in a directory of $fpath. rt
# itself knows what may follow the words so far.

_rt() {
	local current=${words[CURRENT]}
	local -a line=("${(@)words[1,CURRENT-1]}") found

	# Behind a -- are another program's words, and rt would run the command.
	if (( ${line[(I)--]} )); then
		_files
		return
	fi
	case $current in
	--) line+=(-) ;;
	-*) line+=("$current") ;;
	esac
	found=("${(@f)$("${line[@]}" --generate-bash-completion 2>/dev/null </dev/null)}")
	# A word without a hyphen is an argument or a flag's value.
	[[ $current == -* ]] || found=("${(@)found:#-*}")
	found=("${(@)found:#}")

	if (( $#found )); then
		compadd -a found
	else
		_files
	fi
}

if [[ $funcstack[1] == _rt ]]; then
	_rt "$@"
else
	compdef _rt rt
fi
