package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/golden"
)

// TestManPage keeps docs/man/rt.8, and a page for each command, what the commands and
// flags say of themselves. With -update it writes the pages.
func TestManPage(t *testing.T) {
	const dir = "../../docs/man/"
	golden.Compare(t, "../"+dir+"rt.8", []byte(manPage()))
	pages := map[string]bool{}
	for _, c := range new(rt).commands("") {
		name := "rt-" + c.Name + ".8"
		pages[name] = true
		golden.Compare(t, "../"+dir+name, []byte(commandPage(t, c)))
	}
	there, err := filepath.Glob(dir + "rt-*.8")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if !pages[filepath.Base(path)] {
			t.Errorf("%s is the page of no command", path)
		}
	}
}

const manHead = `.\" Written by go test ./internal/cli -run ManPage -update
.TH RT 8 "" "" "System Administration"
.SH NAME
rt \- run containers as their OCI bundles describe them
.SH SYNOPSIS
.B rt
.RI [ FLAG ...]
.I COMMAND
.RI [ FLAG ...]
.RI [ ARGUMENT ...]
.SH DESCRIPTION
rt is a low\-level OCI container runtime. It creates a container from a bundle: a directory with a root file system and a file config.json,
which sets the namespaces, cgroups and privileges of the container's processes. Container engines such as containerd, Docker, Podman, CRI\-O and
Buildah can use rt in place of
.BR runc (8)
or
.BR crun (1).
rt has runc's commands, flags and exit statuses.
.PP
A flag may have one or two hyphens. A value is written \-\-name value or \-\-name=value. Flags may come before or after the arguments
of a command; \-\- ends them. Everything after the program of exec or after the ID of ps is passed on and not read by rt.
`

const manTail = `.SH EXIT STATUS
rt exits with 0 on success, with 1 if it fails or a flag is wrong, and with 3 if the command is unknown. If exec itself fails, it exits
with 255. Without \-\-detach, run, restore and exec exit with the status of the program, or with 128 plus the signal number if a signal
killed it. check exits with 1 if it finds something, and with 2 if it cannot check.
.SH FILES
.TP
.I /run/rt
state of root's containers, one directory for each (see \-\-root)
.TP
.I $XDG_RUNTIME_DIR/rt
state of an ordinary user's containers, if XDG_RUNTIME_DIR is set
.SH ENVIRONMENT
.TP
.B XDG_RUNTIME_DIR
the user's runtime directory, where rt keeps the state of an ordinary user's containers
.TP
.BR LISTEN_FDS ", " LISTEN_PID
sockets from socket activation, which create and run pass to the container
.TP
.B NOTIFY_SOCKET
socket of the service manager: rt forwards the container's readiness message to it
.TP
.B RT_DEBUG
1 does what \-\-debug does, for engines that pass no flags; the path of a file writes the debug log there
.TP
.BR TERM ", " NO_COLOR ", " COLUMNS
what a terminal can show: rt writes no escape codes if TERM is dumb or not set, no colours if NO_COLOR is not empty, and lines of
COLUMNS columns instead of as many as the terminal has
.TP
.BR DBUS_SYSTEM_BUS_ADDRESS ", " DBUS_SESSION_BUS_ADDRESS
addresses of the message bus on which rt finds systemd (\-\-systemd\-cgroup)
.SH EXAMPLES
.nf
mkdir \-p hello/rootfs/bin
cp /bin/busybox hello/rootfs/bin
ln \-s busybox hello/rootfs/bin/sh
cd hello
rt spec
rt run demo
.fi
.SH SEE ALSO
.BR namespaces (7),
.BR cgroups (7),
.BR runc (8)
.PP
https://github.com/opencontainers/runtime\-spec
`

func manPage() string {
	var page strings.Builder
	page.WriteString(manHead)
	page.WriteString(".SH FLAGS\n")
	manFlags(&page, new(globalOptions).flags())
	page.WriteString(".SH COMMANDS\n")
	for _, c := range new(rt).commands("") {
		fmt.Fprintf(&page, ".TP\n.BR rt\\-%s (8)\n%s\n", roff(c.Name), roff(c.Usage))
	}
	page.WriteString(manTail)
	return page.String()
}
