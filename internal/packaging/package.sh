#!/usr/bin/env bash
# Builds what users install, into dist/ of the source tree:
#
#   deb   a Debian package for each architecture
#   tar   an archive for each architecture, and the lists of its Go modules
#         (SBOM, CycloneDX)
#
# and SHA256SUMS, the checksums of all that is there.
#
# Equal sources and an equal Go give equal bytes, wherever they are built: make
# test-dist checks that.
#
# usage: VERSION=… ARCHS="amd64 arm64" MAKE=make internal/packaging/package.sh deb|tar
set -euo pipefail
cd "$(dirname "$0")/../.."

packaging=internal/packaging
dist=$PWD/dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
# What archives say of the age of files: that of the source.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH VERSION
mkdir -p "$dist"

# install_into DIRECTORY ARCH OPTION...: make install of all programs for ARCH.
install_into() {
	local dir=$1 arch=$2
	shift 2
	mkdir -p "$work/$arch"
	GOARCH=$arch "$MAKE" --silent --no-print-directory install install-shim OUT="$work/$arch" DESTDIR="$dir" "$@"
}

# licenses ARCH: those of everything in the programs.
licenses() {
	"$packaging/licenses.sh" ".:$work/$1/rt" "shim:$work/$1/containerd-shim-rt-v1"
}

# tool NAME ARGUMENT...: one of the tools in this module.
tool() (
	cd "$packaging"
	GOFLAGS=-trimpath go tool "$@"
)

build_deb() {
	local arch=$1 stage=$work/$1.deb
	local doc=$stage/usr/share/doc/oci-rt
	install_into "$stage" "$arch" PREFIX=/usr ZSHDIR=/usr/share/zsh/vendor-completions
	gzip -9n "$stage"/usr/share/man/man8/*.8
	install -D -m 0644 "$packaging/copyright" "$doc/copyright"
	licenses "$arch" | gzip -9n >"$doc/third-party.txt.gz"
	install -D -m 0644 "$packaging/lintian-overrides" "$stage/usr/share/lintian/overrides/oci-rt"
	ARCH=$arch STAGE=$stage tool nfpm package --config nfpm.yaml --packager deb --target "$dist/"
}

build_tar() {
	local arch=$1 name=rt-$VERSION-linux-$1
	install_into "$work/$name" "$arch" PREFIX=
	cp LICENSE README.md CHANGELOG.md "$work/$name/"
	licenses "$arch" >"$work/$name/third-party.txt"
	tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$work" -cf - "$name" |
		gzip -9n >"$dist/$name.tar.gz"
	local program
	for program in rt containerd-shim-rt-v1; do
		tool cyclonedx-gomod bin -json -std -noserial -notimestamp -version "v$VERSION" \
			-output "$dist/$program-$VERSION-linux-$arch.cdx.json" "$work/$arch/$program"
	done
}

case ${1:-} in
deb | tar) ;;
*)
	echo "usage: package.sh deb|tar" >&2
	exit 2
	;;
esac
for arch in $ARCHS; do
	"build_$1" "$arch"
done
(cd "$dist" && rm -f SHA256SUMS && sha256sum -- * >"$work/SHA256SUMS" && cp "$work/SHA256SUMS" .)
ls "$dist"
