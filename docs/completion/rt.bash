# Completion of rt(8)'s command line in bash. rt itself knows what may follow
# the words so far.

_rt() {
	local current=${COMP_WORDS[COMP_CWORD]} word found
	local -a line=()

	# Bash takes --root=DIR for three words.
	for word in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
		if ((${#line[@]})) && [[ $word == '=' || ${line[-1]} == -*= ]]; then
			line[-1]+=$word
		else
			line+=("$word")
		fi
	done

	# Behind a -- are another program's words, and rt would run the command.
	for word in "${line[@]}"; do
		[[ $word == -- ]] && return
	done
	[[ $current == '=' || ${line[-1]} == -*= ]] && return
	case $current in
	--) line+=(-) ;;
	-*) line+=("$current") ;;
	esac

	COMPREPLY=()
	while IFS= read -r found; do
		# A word without a hyphen is an argument or a flag's value.
		if [[ $found == "$current"* && ($found != -* || $current == -*) ]]; then
			COMPREPLY+=("$found")
		fi
	done < <("${line[@]}" --generate-bash-completion 2>/dev/null </dev/null)
}

complete -o default -o bashdefault -F _rt rt
