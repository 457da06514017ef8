#!/bin/sh
# The first process of a guest that stays in its initramfs: tests rt --no-pivot
# there, which says "passed" in the end, and turns the guest off.
export PATH=/bin
trap 'poweroff -f' EXIT

fail() {
	echo "FAILED: $*"
	cat /tmp/out /tmp/err
	exit 1
}

# try COMMAND...: runs it with its output in files.
try() {
	"$@" >/tmp/out 2>/tmp/err </dev/null
}

# says PATTERN FILE
says() {
	grep -q "$1" /tmp/$2 || fail "no \"$1\" in $2"
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
grep ' / / .* - rootfs ' /proc/self/mountinfo || fail "the root is no initramfs"

# Before Linux 7.0 the initramfs is at the root of the mount namespace, and so
# its own parent.
set -- $(grep ' / / ' /proc/self/mountinfo)
if test "$1" = "$2"; then
	try rt run --detach --bundle /plain c1 && fail "pivot_root(2) has changed the root"
	says 'see --no-pivot$' err
else
	try rt run --detach --bundle /plain c1 || fail "pivot_root(2) does not change the root"
	try rt delete --force c1 || fail "delete"
fi

chown -R 100000:100000 /user/rootfs
for bundle in plain user; do
	try rt run --detach --no-pivot --bundle /$bundle c1 || fail "run"
	try rt exec c1 sh -c 'echo *; sh /attack.sh' || fail "exec"
	says '^attack.sh bin dev' out
	says '^inside 3$' out
	if test $bundle = user; then
		says "umount: can't unmount /: Invalid argument" err
	fi
	try rt delete --force c1 || fail "delete"
done
test -z "$(rt list -q)" || fail "a container is left"
echo passed
