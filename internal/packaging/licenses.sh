#!/usr/bin/env bash
# Prints the licenses of the Go modules in programs, and of Go itself: whoever
# passes the programs on has to pass these on.
#
# usage: licenses.sh DIRECTORY:PROGRAM...  (DIRECTORY has the go.mod)
set -euo pipefail

# license prints a module's license files, or fails if it has none.
license() {
	local name=$1 dir=$2 file found=
	for file in "$dir"/{LICENSE,LICENCE,COPYING,NOTICE}{,.txt,.md}; do
		[ -f "$file" ] || continue
		found=1
		printf '\n==== %s: %s\n\n' "$name" "${file##*/}"
		cat "$file"
	done
	[ -n "$found" ] || { echo "$name: no license file in $dir" >&2; exit 1; }
}

go=${GO:-go}
modules=$(for arg; do
	# The lines "dep MODULE VERSION SUM" of what is really linked.
	"$go" version -m "${arg#*:}" | awk -v dir="${arg%%:*}" '$1 == "dep" && $3 != "(devel)" && $2 !~ "^github.com/oci-rt/" { print $2, $3, dir }'
done | sort -u -k1,2)

cat <<'TEXT'
The programs of rt contain parts of these Go modules, and of Go itself.
TEXT
license "Go" "$("$go" env GOROOT)"
while read -r module version dir; do
	license "$module $version" "$(cd "$dir" && "$go" mod download -json "$module@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')"
done <<<"$modules"
