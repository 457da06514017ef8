#!/usr/bin/env bash
# Runs a command in a world for the examples of documents: rt and its shim are
# installed, /etc is a copy, engines have never run, and the network ends at the
# loopback device. The command finds programs for what a reader does by other means:
#
#   guide-docker, guide-containerd, guide-buildkit   (re)start an engine's daemon
#   guide-podman                                     prepares Podman
#   guide-later                                      runs a command again until it succeeds
#
# Preconditions: mount, pid and network namespaces of its own (TestGuides).
#
# usage: world.sh RT SHIM IMAGES BUILDKIT COMMAND...
set -euo pipefail
rt=$1 shim=$2 images=$3 buildkit=$4
shift 4

mount -t tmpfs -o mode=755 run /run
mkdir -p /run/old
mount -t tmpfs lib /var/lib # nothing of the machine's is needed there

# cover DIRECTORY: a copy takes its place.
cover() {
	local copy=/run/old$1
	mkdir -p "$copy"
	cp -a "$1/." "$copy"
	mount --bind "$copy" "$1"
}
cover /etc
# Programs of this machine stay where they are, beside those of the documents.
for dir in /usr/local/sbin /usr/local/bin; do
	mkdir -p "/run/old$dir"
	mount --bind "$dir" "/run/old$dir"
	mount -t tmpfs -o mode=755 local "$dir"
	for program in /run/old"$dir"/*; do
		[ ! -e "$program" ] || ln -s "$program" "$dir"
	done
done
cp "$rt" /usr/local/sbin/rt
cp "$shim" /usr/local/bin/containerd-shim-rt-v1
mkdir /run/old/images /run/old/buildkit
mount --bind "$images" /run/old/images # they may lie in /root, which is covered
[ -z "$buildkit" ] || mount --bind "$buildkit" /run/old/buildkit
mount --bind "$HOME" /root
cd /root
export HOME=/root PATH=/usr/local/sbin:$PATH
export PODMAN_IGNORE_CGROUPSV1_WARNING=1 # of Podman 5, which would be among the output

tool() { # tool NAME: its text is the standard input
	{ echo '#!/usr/bin/env bash'; echo 'set -euo pipefail'; cat; } >"/usr/local/sbin/$1"
	chmod +x "/usr/local/sbin/$1"
}

tool guide-later <<'END'
for _ in $(seq 200); do
	"$@" >/run/later.log 2>&1 && exit 0
	sleep 0.2
done
cat /run/later.log
exit 1
END

# restart PIDFILE DAEMON...: what a user does with systemctl.
tool guide-restart <<'END'
pidfile=$1
shift
if [ -e "$pidfile" ]; then
	pid=$(cat "$pidfile")
	kill "$pid"
	while [ -e "/proc/$pid/exe" ]; do sleep 0.1; done
fi
"$@" >>"/run/${1##*/}.log" 2>&1 </dev/null &
echo $! >"$pidfile"
END

tool guide-docker <<END
guide-restart /run/dockerd dockerd --bridge none --iptables=false --ip6tables=false --storage-driver vfs \
	--cgroup-parent "/rt-docs-\$RT_DOCS_TAG"
guide-later docker version || { tail -n 20 /run/dockerd.log; exit 1; }
docker image inspect alpine >/dev/null 2>&1 || docker import /run/old/images/rootfs.tar alpine
END

tool guide-containerd <<END
guide-restart /run/containerd.pid containerd
guide-later ctr version || { tail -n 20 /run/containerd.log; exit 1; }
# Since containerd 2 its transfer service wants another configuration.
local=\$(ctr image import --help | grep -q -- --local && echo --local || true)
ctr image import \$local /run/old/images/image.tar
END

tool guide-podman <<END
# A root that may not raise its limits, and no network.
mkdir -p /etc/containers/containers.conf.d
cat >/etc/containers/containers.conf.d/guide.conf <<'CONF'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "none"
[engine]
events_logger = "file"
CONF
podman import /run/old/images/rootfs.tar alpine
END

tool guide-buildkit <<END
guide-restart /run/buildkitd.pid /run/old/buildkit/buildkitd
ln -sf /run/old/buildkit/buildctl /usr/local/bin
guide-later buildctl debug workers || { tail -n 20 /run/buildkitd.log; exit 1; }
cp /run/old/images/rootfs.tar .
END

"$@" # and with this process, the first one, all others end
