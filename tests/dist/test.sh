#!/usr/bin/env bash
# Tests what make deb and make dist build: equal bytes from two clones in
# different directories, a package without complaints of lintian, and one that
# is installed, used and purged in trees of Debian.
#
# usage: tests/dist/test.sh     (as root, in the source tree, everything committed)
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD

[ -z "$(git status --porcelain)" ] || echo "not committed, so not tested: $(git status --short | tr '\n' ' ')"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

build() { # build DIRECTORY UMASK TZ
	git clone --quiet "$here" "$1"
	(umask "$2" && cd "$1" && TZ=$3 make --silent deb dist >"$tmp/log" 2>&1) || { cat "$tmp/log"; exit 1; }
}
echo "build twice"
build "$tmp/one" 022 UTC
build "$tmp/a/longer path/of another length" 077 Asia/Tokyo
if ! diff -r "$tmp/one/dist" "$tmp/a/longer path/of another length/dist"; then
	echo "two builds of one source differ"
	exit 1
fi
(cd "$tmp/one/dist" && sha256sum --quiet --check SHA256SUMS && ls -l)

echo "lintian"
lintian --allow-root --fail-on error,warning,info "$tmp"/one/dist/*.deb

busybox=$(command -v busybox)
mkdir "$tmp/tools"
cp "$busybox" "$tmp/tools/busybox"
for suite in bookworm trixie; do
	echo "package in Debian $suite"
	go run ./tests/vm tree "$suite" tests/dist/enter.sh "$tmp/one/dist" "$tmp/tools" "$here/tests/dist" -- \
		"$here/tests/dist/use.sh" "$tmp/one/dist" "$tmp/tools/busybox"
done
