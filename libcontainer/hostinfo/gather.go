package hostinfo

import (
	"os"
	"slices"
	"strings"
)

// GatherMore asks the kernel and reads files, for all of a report that needs no help of
// others: see libcontainer.Inspect.
func GatherMore() *Report {
	f := files("/")
	host := Gather()
	return &Report{
		Version:  ReportVersion,
		Host:     *host,
		User:     f.user(os.Geteuid(), os.Getenv("PATH")),
		Seccomp:  Seccomp{Actions: f.seccompActions(), Flags: []string{}},
		IDMapped: host.IDMapping(),
		Overlay:  f.overlay(host),
		Image:    f.image(),
		Systemd:  Systemd{Booted: f.exists("run/systemd/system")},
		IntelRdt: f.intelRdt(),
	}
}

// seccompActions returns what a filter can answer, as the kernel names it.
func (f files) seccompActions() []string {
	return strings.Fields(f.read("proc/sys/kernel/seccomp/actions_avail"))
}

// overlay says where overlay file systems can be mounted. Who mounts one makes the kernel
// load the module.
func (f files) overlay(h *Host) Overlay {
	loadable, _ := f.loadableFilesystems(h.Kernel.Release)
	possible := h.HasFilesystem("overlay") || slices.Contains(loadable, "overlay")
	return Overlay{Possible: possible, UserNamespaces: possible && atLeast(h.Kernel.Release, 5, 11)}
}

// image says whether memfds can be executed. Where they cannot, rt executes its image
// from a tmpfs, which needs root.
func (f files) image() Image {
	i := Image{MemfdNoexec: max(0, f.number("proc/sys/vm/memfd_noexec"))}
	i.Memfd = i.MemfdNoexec < 2
	return i
}

func (f files) intelRdt() IntelRdt {
	r := IntelRdt{Resources: []string{}}
	for _, m := range f.mounts() {
		if m.Type == "resctrl" && m.Root == "/" {
			r.Mount = m.Point
			break
		}
	}
	if r.Mount == "" {
		return r
	}
	for _, name := range f.names(r.Mount + "/info") {
		if name != "last_cmd_status" {
			r.Resources = append(r.Resources, name)
		}
	}
	return r
}
