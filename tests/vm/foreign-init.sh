#!/bin/busybox sh
# The first process of the guest of foreign.sh: runs containers with rt, and
# says "passed" in the end. It ends by a panic, which turns the guest off.
export PATH=/bin
/bin/busybox mkdir -p /proc
/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin

# The initramfs cannot be pivoted away: go on in a tmpfs.
if test -d /new; then
	mount -t tmpfs -o mode=755 root /new
	mkdir -p /new/bin /new/proc /new/sys /new/dev /new/run /new/tmp
	cp /bin/busybox /bin/rt /new/bin/
	cp -a /bundle /init /new/
	test ! -d /tests || mv /tests /new/
	mount -t devtmpfs dev /new/dev
	exec switch_root -c /dev/console /new /init
fi

count=0
fail() {
	echo "FAILED: $*"
	cat /tmp/out
	exit 1
}

# says PATTERN COMMAND...: the command's output must have the pattern.
says() {
	pattern=$1
	shift
	"$@" </dev/null >/tmp/out 2>&1
	grep -q -- "$pattern" /tmp/out || fail "no \"$pattern\" from $*"
	count=$((count + 1))
}

# does COMMAND...: the command must succeed.
does() {
	"$@" </dev/null >/tmp/out 2>&1 || fail "$*"
	count=$((count + 1))
}

# change EXPRESSION...: makes config.json of plain.json.
change() {
	cp plain.json config.json
	for expression in "$@"; do
		sed -i "$expression" config.json
	done
}

# runs 'SCRIPT': what the container executes.
runs() { echo "s#\"sh\"#\"/bin/busybox\", \"sh\", \"-c\", \"$1\"#"; }

mount -t sysfs sys /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
echo "+cpu +memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
uname -srm

cd /bundle
mkdir -p rootfs/proc rootfs/sys rootfs/dev rootfs/data rootfs/tmp
chmod 1733 rootfs/tmp
echo content >rootfs/data/file
chown 5:6 rootfs/data/file
touch -d '1970-01-02 00:00:00' rootfs/data/file
mknod rootfs/data/node c 259 70000
rt spec
sed -i 's#"terminal": true#"terminal": false#; s#"PATH=[^"]*"#"PATH=/bin"#' config.json
cp config.json plain.json

change "$(runs 'busybox sleep 1000')"
does rt create c1
says '"status": "created"' rt state c1
does rt start c1
says '"status": "running"' rt state c1
says 'uid=5 gid=6' rt exec --user 5:6 c1 /bin/busybox id
says 'crw-rw-rw-    1 0        0           1,   3' rt exec c1 /bin/busybox ls -l /dev/null
does rt pause c1
says '"status": "paused"' rt state c1
does rt resume c1
does rt update --memory 50000000 c1
says 499 cat /sys/fs/cgroup/c1/memory.max
does rt kill c1 KILL
sleep 1
says '"status": "stopped"' rt state c1
does rt delete c1

change "$(runs 'busybox mount; busybox stat -c %n.%a /tmp; busybox hostname; busybox grep NoNew /proc/self/status')" \
	's#"mounts": \[#&{"destination":"/tmp","type":"tmpfs","source":"tmpfs"},#'
says '/tmp.1733' rt run c2
says 'tmpfs on /dev type tmpfs' rt run c2
says 'NoNewPrivs:.1' rt run c2

change "$(runs 'busybox stat -c %n,%F,%t:%T,%u:%g,%Y /data/*; busybox cat /data/file')" \
	's#"mounts": \[#&{"destination":"/data","type":"tmpfs","source":"tmpfs","options":["tmpcopyup"]},#'
says 'file,regular file,0:0,5:6,86400' rt run c3
says 'node,character special file,103:11170' rt run c3
says '^content' rt run c3

change "$(runs 'busybox cat /proc/self/uid_map; busybox id -u')" \
	's#"linux": {#&"uidMappings":[{"containerID":0,"hostID":1000,"size":9}],"gidMappings":[{"containerID":0,"hostID":1000,"size":9}],#' \
	's#"namespaces": \[#&{"type":"user"},#'
says ' 0 *1000 *9' rt run c4

change "$(runs 'busybox cat /proc/uptime')" \
	's#"linux": {#&"timeOffsets":{"boottime":{"secs":100000}},#' 's#"namespaces": \[#&{"type":"time"},#'
if test -e /proc/self/ns/time; then
	says '^100' rt run c5
else
	says 'timens_offsets: no such file or directory (this kernel has no time namespaces' rt run c5
	change 's#"namespaces": \[#&{"type":"time"},#'
	says 'create time namespace: invalid argument (this kernel has no namespaces of this type' rt run c5
fi

change "$(runs 'busybox mkdir /dev/shm/x; busybox linux32 true')" \
	's#"linux": {#&"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38},{"names":["personality"],"action":"SCMP_ACT_ERRNO","errnoRet":7,"args":[{"index":0,"value":8,"op":"SCMP_CMP_EQ"}]}]},#'
says 'Function not implemented' rt run c6
case $(uname -m) in
arm*) says 'linux32: personality(0x8)' rt run c6 ;; # its C library does not say which error
*) says 'Argument list too long' rt run c6 ;;
esac

change "$(runs 'busybox true')" 's#"mounts": \[#&{"destination":"/mnt","type":"tmpfs","source":"tmpfs","options":["size=65536q"]},#'
says 'mounts.0..options.0. (/mnt): mount tmpfs with size=65536q: invalid argument' rt run c7
change 's#"sh"#"nothere"#'
says 'executable file not found' rt run c8
change "$(runs 'exit 7')"
says 'compiled the program' rt run --trace - c9

if test -d /tests; then
	# What scripts of tests/script take for granted.
	mkdir -p /etc /root /home /var/tmp
	echo root:x:0:0:root:/root:/bin/sh >/etc/passwd
	echo root:x:0: >/etc/group
	ip link set lo up
	cd /tests
	RT=/bin/rt TMPDIR=/tmp HOME=/root ./script.test -test.v -test.short -test.run "$(cat run)" 2>&1 | tee /tmp/log | grep -v '^ *=== '
	echo "scripts: $(grep -c '^ *--- PASS: .*/' /tmp/log) passed, $(grep -c '^ *--- FAIL: .*/' /tmp/log) failed, $(grep -c '^ *--- SKIP: .*/' /tmp/log) skipped"
fi
echo "passed: $count checks"
