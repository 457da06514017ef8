package cli

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/hostinfo"
	"github.com/urfave/cli/v2"
)

func (r *rt) infoCommand() *cli.Command {
	var format string
	return &cli.Command{
		Name:        "info",
		Usage:       "print what this host offers to containers, and what is missing",
		Description: "For each thing that is missing it says what does not work, and how to get it. rt\nneeds no root for that, and makes nothing that lasts.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "print it in `FORMAT`: text or json", Value: "text", Destination: &format},
		},
		Action: func(c *cli.Context) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format: %q (want text or json)", format)
			}
			report := libcontainer.Inspect(c.Context)
			r.log.debugf("asked the host")
			if format == "json" {
				return writeJSON(r.out, report)
			}
			return writeReport(r.out, report)
		},
	}
}

// writeReport prints a report for people: facts in a column, and what is missing below.
func writeReport(w io.Writer, r *hostinfo.Report) error {
	t := tabwriter.NewWriter(w, 0, 1, 2, ' ', 0)
	for _, line := range slices.Concat(kernelLines(r), userLines(r), mountLines(r), programLines(r)) {
		fmt.Fprintf(t, "%s\t%s\n", line.name, line.value)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(r.Missing) > 0 {
		fmt.Fprintln(w, "\nMissing:")
	}
	for _, m := range r.Missing {
		if _, err := fmt.Fprintf(w, "- %s\n    without it: %s\n    to get it:  %s\n", m.What, m.Effect, m.Remedy); err != nil {
			return err
		}
	}
	return nil
}

// fact is a line of the report.
type fact struct{ name, value string }

func kernelLines(r *hostinfo.Report) []fact {
	list := []fact{
		{"kernel", "Linux " + r.Kernel.Release + ", " + r.Kernel.Machine},
		{"cgroups", cgroupLayout(&r.Cgroups)},
	}
	for _, c := range r.Cgroups.Controllers {
		usable := ""
		if !c.Usable {
			usable = ", not delegated to this user"
		}
		list = append(list, fact{"  " + c.Name, fmt.Sprintf("v%d, %s%s", c.Version, c.Mount, usable)})
	}
	return append(list,
		fact{"namespaces", words(r.Namespaces)},
		fact{"security modules", securityText(&r.Security)},
		fact{"seccomp actions", words(r.Seccomp.Actions)},
		fact{"seccomp flags", words(r.Seccomp.Flags)},
	)
}

func cgroupLayout(c *hostinfo.Cgroups) string {
	text := c.Layout
	if c.Layout == "hybrid" {
		text += ": v1 and v2, of which rt uses the controllers of v1"
	}
	if c.Own != "" {
		text += "; this process is in " + c.Own
	}
	return text
}

func securityText(s *hostinfo.Security) string {
	text := words(s.Modules)
	if s.SELinux != "" {
		text += "; SELinux is " + s.SELinux
	}
	if s.RestrictedUserns {
		text += "; AppArmor restricts user namespaces of ordinary users"
	}
	return text
}

func userLines(r *hostinfo.Report) []fact {
	u := &r.User
	who := "user " + strconv.Itoa(u.UID)
	switch {
	case u.InUserNamespace:
		who += ", in a user namespace"
	case u.UID == 0:
		who = "root of the host"
	}
	users := "ordinary users may make them"
	if !u.Unprivileged {
		users = "ordinary users may not make them"
	}
	tried := "one was made"
	if u.NewUserNamespace != "" {
		tried = "none could be made: " + u.NewUserNamespace
	}
	return []fact{
		{"this user", who},
		{"user namespaces", fmt.Sprintf("%s; up to %d; %s", users, u.MaxUserNamespaces, tried)},
		{"subordinate ids", fmt.Sprintf("%d users, %d groups", u.SubUIDs, u.SubGIDs)},
		{"mapping helpers", words(u.Helpers)},
	}
}

func mountLines(r *hostinfo.Report) []fact {
	var mapped []string
	for _, m := range r.IDMapped {
		text := m.Filesystem + " " + yes(m.Possible)
		if m.Tried {
			text += " (tried)"
		}
		mapped = append(mapped, text)
	}
	overlay := "no"
	switch {
	case r.Overlay.UserNamespaces:
		overlay = "yes, also in user namespaces"
	case r.Overlay.Possible:
		overlay = "yes, not in user namespaces"
	}
	memfd := "by memfd"
	if !r.Image.Memfd {
		memfd = "on a tmpfs, because memfds cannot be executed"
	}
	rdt := "not mounted"
	if r.IntelRdt.Mount != "" {
		rdt = r.IntelRdt.Mount + ": " + words(r.IntelRdt.Resources)
	}
	return []fact{
		{"id-mapped mounts", words(mapped)},
		{"overlay", overlay},
		{"image of an init", fmt.Sprintf("%s (vm.memfd_noexec is %d)", memfd, r.Image.MemfdNoexec)},
		{"resctrl", rdt},
	}
}

func programLines(r *hostinfo.Report) []fact {
	criu := r.CRIU.Error
	if criu == "" {
		criu = r.CRIU.Version + ", " + r.CRIU.Path
		criu += fmt.Sprintf("; works %s, memory tracking %s, lazy pages %s", yes(r.CRIU.Works), yes(r.CRIU.MemTrack), yes(r.CRIU.LazyPages))
	}
	systemd := r.Systemd.Error
	if systemd == "" {
		systemd = fmt.Sprintf("%d, of the %s", r.Systemd.Version, r.Systemd.Manager)
	}
	return []fact{{"criu", criu}, {"systemd", systemd}}
}

// words joins names, or says that there are none.
func words(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func yes(so bool) string {
	if so {
		return "yes"
	}
	return "no"
}
