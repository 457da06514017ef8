#!/usr/bin/env bash
# Installs the package of $1, a directory, in a Debian tree, runs a container with
# it, and purges it. $2 is a static busybox.
set -euo pipefail
step() { printf '  %s\n' "$*"; }

before=$(find / -xdev -path /proc -prune -o -path /tmp -prune -o -print | sort)
deb=$(echo "$1"/oci-rt_*_"$(dpkg --print-architecture)".deb)
step "install ${deb##*/}"
dpkg --install "$deb" >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
dpkg --verify oci-rt

step "use"
rt --version
containerd-shim-rt-v1 -v
mkdir -p /tmp/hello/rootfs/bin
cp "$2" /tmp/hello/rootfs/bin/sh
cd /tmp/hello
rt spec
sed -i 's/"terminal": true/"terminal": false/; s/"sh"$/"sh", "-c", "echo ran in a container"/' config.json
out=$(rt run package-test)
[ "$out" = "ran in a container" ] || { echo "rt run: $out"; exit 1; }
rt plan >/tmp/plan
grep -q execve /tmp/plan
cd /

step "purge"
dpkg --purge oci-rt >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }
after=$(find / -xdev -path /proc -prune -o -path /tmp -prune -o -print | sort)
left=$(comm -13 <(echo "$before") <(echo "$after") | grep -Ev '^/(var/(lib/dpkg|log|cache)|run)(/|$)' || true)
[ -z "$left" ] || { printf 'left behind:\n%s\n' "$left"; exit 1; }
