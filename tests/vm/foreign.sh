#!/usr/bin/env bash
# Runs containers in a guest of another architecture, which qemu emulates: the
# kernel and a busybox of Debian in an initramfs, with the rt that "make cross"
# has built and foreign-init.sh, which says "passed" in the end. It also runs scripts
# of tests/script there, if any are asked for as in go test.
#
# usage: tests/vm/foreign.sh arm|arm64|ppc64le|riscv64|s390x [RUN]
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1 rt=cross/$1/rt suite=bookworm

serial=(-serial chardev:out)
case $arch in
arm) debian=armhf kernel=linux-image-armmp console=ttyAMA0
	machine=(qemu-system-arm -M virt,highmem=off -cpu cortex-a15) ;;
arm64) debian=arm64 kernel=linux-image-arm64 console=ttyAMA0
	machine=(qemu-system-aarch64 -M virt -cpu cortex-a72) ;;
ppc64le) debian=ppc64el kernel=linux-image-powerpc64le console=hvc0
	machine=(qemu-system-ppc64 -M pseries -cpu power9) ;;
riscv64) debian=riscv64 kernel=linux-image-riscv64 console=ttyS0 suite=trixie # the first that has it
	machine=(qemu-system-riscv64 -M virt -cpu rv64) ;;
s390x) debian=s390x kernel=linux-image-s390x console=ttysclp0
	machine=(qemu-system-s390x -M s390-ccw-virtio -cpu qemu) serial=(-device sclpconsole,chardev=out) ;;
*) echo "no guest for $arch" >&2; exit 2 ;;
esac
command -v "${machine[0]}" >/dev/null || { echo "install ${machine[0]}: tests/prepare.sh foreign $arch" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Debian from where this machine has it, for another architecture, with lists of
# their own.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' "Codename: $(. /etc/os-release && echo "$VERSION_CODENAME")" 'Component: main' | head -n1)
mkdir -p "$work"/{lists,parts,cache/archives,root/bin,root/new,root/bundle/rootfs/bin}
touch "$work/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
cat >"$work/apt.conf" <<END
APT::Architecture "$debian";
APT::Architectures { "$debian"; };
APT::Sandbox::User "root";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "$work/parts";
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
END
export APT_CONFIG=$work/apt.conf
apt-get -qq update
image=$(apt-cache depends "$kernel" | awk '/Depends: linux-image/ && !found++ { print $2 }')
(cd "$work" && apt-get -qq download "$image" busybox-static && for deb in *.deb; do dpkg -x "$deb" debian; done)

for dir in bin bundle/rootfs/bin; do
	cp "$work"/debian/{usr/,}bin/busybox "$work/root/$dir/" 2>/dev/null || test -e "$work/root/$dir/busybox"
done
cp "$rt" "$work/root/bin/rt"
cp tests/vm/foreign-init.sh "$work/root/init"
if [ -n "${2:-}" ]; then
	mkdir "$work/root/tests"
	GOARCH=$arch CGO_ENABLED=0 APT_CONFIG='' "${GO:-go}" test -c -vet=off -tags=urfave_cli_no_docs -ldflags='-s -w' -o "$work/root/tests/script.test" ./tests/script
	cp -r tests/script/testdata "$work/root/tests/"
	echo "$2" >"$work/root/tests/run"
fi
(cd "$work/root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 >../initrd)

timeout 3600 "${machine[@]}" -m 1024 -display none -nodefaults -no-reboot \
	-chardev "file,id=out,path=$work/console" "${serial[@]}" \
	-kernel "$(echo "$work"/debian/boot/vmlinu?-*)" -initrd "$work/initrd" \
	-append "console=$console panic=-1 quiet" </dev/null || true
cat "$work/console"
grep -q '^passed: ' "$work/console" && ! grep -q '^--- FAIL: ' "$work/console"
