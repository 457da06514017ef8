#!/usr/bin/env bash
# The README's two commands as a newcomer types them: in bare trees of Debian 12
# and 13 with git, make and Go, and nothing else prepared.
#
# usage: tests/dist/newcomer.sh [SUITE...]     (as root; some ten minutes each)
set -euo pipefail
cd "$(dirname "$0")/../.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
git clone --quiet --bare . "$tmp/rt.git"

for suite in "${@:-bookworm trixie}"; do
	for suite in $suite; do
		echo "a newcomer on Debian $suite"
		go run ./tests/vm tree "$suite" tests/dist/enter.sh "$tmp/rt.git" -- \
			sh -euc "cd && git -c safe.directory='*' clone -q '$tmp/rt.git' rt && cd rt && make demo && make test"
	done
done
