#!/usr/bin/env bash
# Runs containers in a guest of another architecture, which qemu emulates: the
# kernel and a busybox of Debian in an initramfs, with the rt that "make cross"
# has built and foreign-init.sh, which says "passed" in the end.
#
# usage: tests/vm/foreign.sh s390x
set -euo pipefail
cd "$(dirname "$0")/../.."
arch=$1 rt=cross/$1/rt

case $arch in
s390x) debian=s390x kernel=linux-image-s390x console=ttysclp0 package=qemu-system-misc
	machine=(qemu-system-s390x -M s390-ccw-virtio -cpu qemu -device sclpconsole,chardev=out) ;;
*) echo "no guest for $arch" >&2; exit 2 ;;
esac
command -v "${machine[0]}" >/dev/null || { echo "install $package" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The machine's own sources, for another architecture, with lists of their own.
mkdir -p "$work"/{lists,cache/archives,root/bin,root/new,root/bundle/rootfs/bin}
touch "$work/status"
cat >"$work/apt.conf" <<END
APT::Architecture "$debian";
APT::Architectures { "$debian"; };
APT::Sandbox::User "root";
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work/cache";
END
export APT_CONFIG=$work/apt.conf
apt-get -qq update
image=$(apt-cache depends "$kernel" | awk '/Depends: linux-image/ && !found++ { print $2 }')
(cd "$work" && apt-get -qq download "$image" busybox-static && for deb in *.deb; do dpkg -x "$deb" debian; done)

cp "$work"/debian/bin/busybox "$work/root/bin/"
cp "$work"/debian/bin/busybox "$work/root/bundle/rootfs/bin/"
cp "$rt" "$work/root/bin/rt"
cp tests/vm/foreign-init.sh "$work/root/init"
(cd "$work/root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1 >../initrd)

timeout 900 "${machine[@]}" -m 1024 -display none -nodefaults -no-reboot \
	-chardev "file,id=out,path=$work/console" -kernel "$work"/debian/boot/vmlinu?-* -initrd "$work/initrd" \
	-append "console=$console panic=-1 quiet" </dev/null || true
cat "$work/console"
grep -q '^passed: ' "$work/console"
