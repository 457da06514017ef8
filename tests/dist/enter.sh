#!/usr/bin/env bash
# Runs a program in a Debian tree ($TEST_TREE, from go run ./tests/vm tree), with
# what is written there on a tmpfs: nothing of it is left, and no process either.
# The program sees the machine's Go, devices, cgroups and network, and the
# directories named before it, read-only, at their places.
#
# usage: enter.sh DIRECTORY... -- PROGRAM ARGUMENT...     (as root)
set -euo pipefail

if [ -z "${IN_NAMESPACE:-}" ]; then
	IN_NAMESPACE=1 exec unshare --mount --pid --fork --kill-child --propagation private -- "$0" "$@"
fi
unset IN_NAMESPACE

place=$(mktemp -d)
trap 'rmdir "$place" 2>/dev/null || true' EXIT
mount -t tmpfs -o mode=755 tree "$place"
mkdir "$place/root" "$place/upper" "$place/work"
mount -t overlay -o "lowerdir=$TEST_TREE,upperdir=$place/upper,workdir=$place/work" tree "$place/root"
root=$place/root

mount -t tmpfs tmp "$root/tmp"
mount -t tmpfs run "$root/run"
# The way to the network is this machine's, with whom it trusts.
cat /etc/resolv.conf >"$root/etc/resolv.conf"
trusted=/etc/ssl/certs/ca-certificates.crt
[ ! -f "$trusted" ] || cat "$trusted" >"$root$trusted"
# What mmdebstrap left out of packages: a whole system does not.
rm -f "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"

show() { # show DIRECTORY OPTION
	mkdir -p "$root$1"
	mount "$2" "$1" "$root$1"
	[ "$2" = --rbind ] || mount -o remount,bind,ro "$root$1"
}
show /dev --rbind
show /sys --rbind
mount -t proc proc "$root/proc"
goroot=$(go env GOROOT)
show "$goroot" --bind
while [ "$1" != -- ]; do
	show "$1" --bind
	shift
done
shift

cd "$root"
pivot_root . mnt
umount -l mnt
exec env -i HOME=/root LANG=C.UTF-8 PATH="$goroot/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
	GOPROXY="${GOPROXY:-}" GOSUMDB="${GOSUMDB:-}" "$@"
