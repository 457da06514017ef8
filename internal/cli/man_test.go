package cli

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/golden"
	"github.com/urfave/cli/v2"
)

// TestManPage keeps docs/man/rt.8 what the commands and flags say of
// themselves. With -update it writes the page.
func TestManPage(t *testing.T) {
	golden.Compare(t, "../../../docs/man/rt.8", []byte(manPage()))
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
rt makes containers: processes in namespaces and cgroups of their own, with a root file system and the privileges that the file
config.json in a directory, the bundle, grants them. It is what containerd, Docker, Podman, CRI\-O and Buildah call to do so, in the place of
.BR runc (8)
or
.BR crun (1),
whose commands, flags and exit statuses it has.
.PP
Flags may be written with one or two hyphens, and their values as \-\-name value or \-\-name=value. They may stand before a command's arguments or
behind them, up to a \-\-; but what follows the program of exec or the container of ps is not for rt.
`

const manTail = `.SH EXIT STATUS
0 if all went well, and 1 if rt failed or a flag is wrong; exec says 255 if it fails. 3 if there is no such command. An attached run or exec has the status of its program, or 128 and the number of the signal
that ended it.
.SH FILES
.TP
.I /run/rt
the state of root's containers, a directory each (\-\-root)
.TP
.I $XDG_RUNTIME_DIR/rt
that of an ordinary user's, if XDG_RUNTIME_DIR is set
.SH ENVIRONMENT
.TP
.B XDG_RUNTIME_DIR
see above
.TP
.BR LISTEN_FDS ", " LISTEN_PID
descriptors of socket activation, which create and run pass on
.TP
.B NOTIFY_SOCKET
a service manager's socket: it hears when the container says that it is ready
.TP
.BR DBUS_SYSTEM_BUS_ADDRESS ", " DBUS_SESSION_BUS_ADDRESS
where systemd is found with \-\-systemd\-cgroup
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
		fmt.Fprintf(&page, ".SS %s\n%s.\n", roff(strings.TrimSpace(c.Name+" "+c.ArgsUsage)), sentence(c.Usage))
		if c.Description != "" {
			fmt.Fprintf(&page, ".PP\n%s\n", roff(c.Description))
		}
		manFlags(&page, c.Flags)
	}
	page.WriteString(manTail)
	return page.String()
}

func manFlags(page *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		described := f.(cli.DocGenerationFlag)
		value, usage := flag.UnquoteUsage(&flag.Flag{Usage: described.GetUsage()})
		line := `\fB` + roff("--"+strings.Join(f.Names(), ", -")) + `\fR`
		if described.TakesValue() {
			line += ` \fI` + roff(value) + `\fR`
		}
		fmt.Fprintf(page, ".TP\n%s\n%s\n", line, roff(usage))
	}
}

// roff escapes what man(7) would take for something else.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

// sentence begins with a capital letter.
func sentence(s string) string { return roff(strings.ToUpper(s[:1]) + s[1:]) }
