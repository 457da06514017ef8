#!/usr/bin/env bash
# Installs the programs that the tests use, where they are missing and the
# machine has apt and lets us. Otherwise it says what is missing and goes on:
# the tests that need it skip, or fail when MUST_WORK is set.
#
# usage: tests/prepare.sh [bench|dist|engines|foreign ARCH|race|vm [ARCH]]
set -uo pipefail

# One line each: program, its Debian packages, what it is for.
needs() {
	echo "busybox|busybox-static|the root file system of test containers"
	echo "dbus-daemon|dbus-daemon|the tests of the systemd cgroup driver"
	echo "criu|criu|checkpoint and restore"
	echo "iptables-restore|iptables|criu, which holds packets back with it"
	echo "zsh|zsh|the completion of command lines"
	echo "fish|fish|the same"
	echo "qemu-aarch64|qemu-user|the tests of other architectures' interpreters"
	echo "chromium|chromium|the page of --trace"
	if [ "${1:-}" = vm ]; then
		echo "qemu-system-x86_64|qemu-system-x86|the guests"
		echo "qemu-img|qemu-utils|their disks"
		echo "mmdebstrap|mmdebstrap|what is on them"
		echo "mkfs.ext4|e2fsprogs|the same"
		echo "ssh|openssh-client|commands in guests"
		echo "secilc|secilc|the policy of SELinux guests"
	fi
	case "${2:-}" in
	arm | arm64) echo "qemu-system-aarch64|qemu-system-arm|guests of arm and arm64" ;;
	ppc64le) echo "qemu-system-ppc64|qemu-system-ppc|guests of ppc64le" ;;
	riscv64 | s390x) echo "qemu-system-$2|qemu-system-misc|guests of $2" ;;
	esac
	case "${1:-}:${2:-amd64}" in
	vm:amd64) ;;
	vm:*) echo "qemu-aarch64-static|qemu-user-static|what makes their disks" ;;
	esac
	if [ "${1:-}" = dist ]; then
		echo "mmdebstrap|mmdebstrap|Debian trees to install in"
		echo "lintian|lintian|what Debian says of the package"
	fi
	if [ "${1:-}" = engines ]; then
		echo "dockerd|docker.io|the engine"
		echo "containerd|containerd|the engine"
		echo "podman|podman|the engine"
		echo "buildah|buildah|the engine"
		echo "catatonit|catatonit|Podman's pods and --init"
		echo "newuidmap|uidmap|Podman without root"
	fi
	if [ "${1:-}" = race ]; then
		echo "gcc|gcc libc6-dev|the race detector"
	fi
	if [ "${1:-}" = bench ]; then
		echo "crun|crun|the comparison"
		echo "runc|runc|the comparison"
		echo "strace|strace|counts of system calls"
		echo "time|time|peaks of memory"
		echo "gcc|gcc libc6-dev|the C program that makes the same kernel calls"
	fi
}

packages=()
missing=()
while IFS='|' read -r program wanted purpose; do
	command -v "$program" >/dev/null && continue
	read -ra names <<<"$wanted"
	packages+=("${names[@]}")
	missing+=("$program ($wanted: $purpose)")
done < <(needs "$@")

[ ${#packages[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
	printf 'missing, and not root on a machine with apt-get to install it: %s\n' "${missing[@]}"
	exit 0
fi

printf 'installing: %s\n' "${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# apt runs apt-get, and again while another one is busy, for ten minutes: a fresh
# machine upgrades itself. apt-get waits for dpkg's lock if told to, and never
# for those of the lists and of the archives.
apt() {
	local deadline=$((SECONDS + ${APT_PATIENCE:-600})) waiting=
	until apt-get -o DPkg::Lock::Timeout=60 "$@" </dev/null >"$log" 2>&1; do
		grep -Eq 'Could not get lock|Unable to (lock|acquire)' "$log" && [ "$SECONDS" -lt "$deadline" ] || return 1
		[ -n "$waiting" ] || echo "apt is busy: waiting for it"
		waiting=1
		sleep 2
	done
}
install() { apt install -y -qq --no-install-recommends "${packages[@]}"; }
# The package lists of a fresh machine are empty or old.
if ! install && ! { apt update -qq && install; }; then
	printf 'apt-get could not install it: %s\n' "${missing[@]}"
	tail -n 3 "$log"
fi
exit 0
