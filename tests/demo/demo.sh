#!/usr/bin/env bash
# Runs a real container with rt and shows its life cycle. It needs a Go tool
# chain, and leaves nothing behind. For an ordinary user the container gets a user
# namespace.
#
# usage: tests/demo/demo.sh RT
set -euo pipefail

rt=$(realpath "$1")
tests=$(dirname "$(realpath "$0")")

spec=() alone=()
if [ "$(id -u)" -ne 0 ]; then
	spec=(--rootless)
	alone=(unshare --map-root-user)
	if ! "${alone[@]}" true; then
		echo "demo: not root, and no user namespace to be had: try sudo make demo" >&2
		exit 1
	fi
fi

dir=$(mktemp -d)
id=rt-demo-$$
finish() {
	"$rt" --root "$dir/state" delete --force "$id"
	rm -rf "$dir"
}
trap finish EXIT

bold='' plain=''
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m'; fi

say() { printf '\n%s\n' "$*"; }
prompt() { printf '\n%s$ rt %s%s\n' "$bold" "$*" "$plain"; }

# show COMMAND...: prints a command as one would type it, and runs it.
show() {
	prompt "$@"
	"$rt" --root "$dir/state" "$@"
}

# A container's root file system: busybox if there is a static one, which is
# found out by running it with nothing around it; otherwise a static program.
bundle=$dir/bundle
mkdir -p "$bundle/rootfs/bin"
busybox=$(command -v busybox || true)
if [ -n "$busybox" ] && cp "$busybox" "$bundle/rootfs/bin/busybox" &&
	"${alone[@]}" chroot "$bundle/rootfs" /bin/busybox true 2>/dev/null; then
	for name in sh ls id hostname sleep; do ln -s busybox "$bundle/rootfs/bin/$name"; done
	hello='"sh","-c","echo hello from pid $$, $(id), on host $(hostname); echo files here: $(ls /)"'
	wait='"sh","-c","trap \"echo got SIGTERM; exit\" TERM; echo hello from pid $$; while :; do sleep 0.1; done"'
else
	rm -f "$bundle/rootfs/bin/busybox"
	(cd "$tests/hello" && CGO_ENABLED=0 go build -o "$bundle/rootfs/bin/hello" .)
	hello='"hello"'
	wait='"hello","wait"'
fi

# set_args ARGS: writes the configuration of rt spec with other arguments and
# without a terminal.
set_args() {
	rm -f config.json
	"$rt" --root "$dir/state" spec "${spec[@]}"
	args=$1 awk '
		/"terminal": true/ { sub("true", "false") }
		/"args": \[/ { print; print ENVIRON["args"]; skip = 1; next }
		skip && /\]/ { skip = 0 }
		!skip' config.json >config.new
	mv config.new config.json
}

cd "$bundle"
say "A bundle is a directory with a root file system and config.json (rt spec writes one):"
set_args "$hello"
ls -d "$bundle"/*

say "What would a container of it see of this machine? rt plan sums that up, and makes nothing:"
prompt "plan"
"$rt" --root "$dir/state" plan | awk '/^Before there is/ { rest = 1 } !rest'

say "rt compiles it into a program of kernel calls. This is what becomes of one mount:"
prompt "plan --full"
"$rt" --root "$dir/state" plan --full >"$dir/plan"
echo "..."
awk '/^mounts\[3\]/ { show = 1 } /^mounts\[4\]/ { exit } show' "$dir/plan"
echo "... ($(grep -cE '^ +[0-9]+  ' "$dir/plan") steps)"

say "run executes it and returns its exit status:"
show run "$id"

say "An engine goes step by step. After create the container is there and waits:"
set_args "$wait"
prompt create --pid-file "$dir/pid" "$id"
"$rt" --root "$dir/state" create --pid-file "$dir/pid" "$id" >"$dir/output"
show state "$id"
grep VmRSS "/proc/$(cat "$dir/pid")/status" | sed 's/.*:[[:space:]]*/The waiting init takes this much memory: /'
show start "$id"
for _ in $(seq 100); do grep -q hello "$dir/output" && break || sleep 0.05; done
show list
show kill "$id" TERM
for _ in $(seq 100); do "$rt" --root "$dir/state" state "$id" | grep -q '"stopped"' && break || sleep 0.05; done
say "The container's output was:"
cat "$dir/output"
show delete "$id"
show list

say "That was a real container. Now try your own:

  mkdir -p b/rootfs/bin && cp \"\$(command -v busybox)\" b/rootfs/bin/sh    # any static program
  cd b && $rt spec
  $rt plan | less       # what would happen, step by step
  $rt run first         # a shell

README.md has a longer tour; $rt --help lists the commands."
