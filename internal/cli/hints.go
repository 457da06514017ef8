package cli

import (
	"errors"
	"strings"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer"
	"golang.org/x/sys/unix"
)

// The library's errors name options, which are fields of Go structs. This file makes
// flags of them.

// flags has the flag with which an error begins, instead of the option that is at
// fault.
var flags = [...]struct{ option, flag string }{
	{"Cgroups", "--cgroup: "},
	{"Images.Dir", "--image-path: "},
	{"Images.Log", "--work-path: "},
	{"NetworkLock", "--network-lock "},
	{"NoPivot", "--no-pivot: "},
	{"Record", "--record-seccomp: "},
	{"Sockets.Console", "--console-socket: "},
	{"Sockets.Pidfd", "--pidfd-socket: "},
	{"Status", "--status-fd: "},
	{"SystemdCgroup", "--systemd-cgroup: "},
}

// hint is a text after that of an error. It says what may help.
type hint struct {
	of   error
	text string
}

func hints() []hint {
	return []hint{
		{libcontainer.ErrPaused, " (use --ignore-paused to override)"},
		{libcontainer.ErrNeedsUserNamespace, ": see rt spec --rootless"},
		{libcontainer.ErrNoSystemd, ": leave out --systemd-cgroup"},
		{checkpoint.ErrHostTerminal, " (see --shell-job)"},
	}
}

// avoided are the hints for steps that an option leaves out.
var avoided = [...]struct {
	by    string
	errno unix.Errno
	text  string
}{
	{"NoNewKeyring", unix.EDQUOT, " (or use --no-new-keyring)"},
	{"NoNewKeyring", unix.EPERM, " (use --no-new-keyring)"},
	{"NoPivot", unix.EINVAL, " (see --no-pivot)"},
}

// withFlags returns the text of an error with flags in the place of options, and with
// hints.
func withFlags(err error) string {
	text := err.Error()
	if e := new(checkpoint.KeyringError); errors.As(err, &e) {
		text = hinted(text, e, " (see --no-new-keyring)")
	}
	if e := new(libcontainer.StepError); errors.As(err, &e) {
		for _, a := range avoided {
			if e.AvoidedBy == a.by && e.Errno == a.errno {
				text = hinted(text, e, a.text)
			}
		}
	}
	for _, h := range hints() {
		if errors.Is(err, h.of) {
			text = hinted(text, h.of, h.text)
		}
	}
	if e := new(libcontainer.OptionError); errors.As(err, &e) {
		for _, f := range flags {
			if e.Option == f.option {
				text = strings.Replace(text, e.Error(), f.flag+e.Err.Error(), 1)
			}
		}
	}
	return text + ending(err, text)
}

// endings are hints for errors that come with none.
var endings = [...]struct {
	begin string // of the text
	errno unix.Errno
	text  string
}{
	{"container with given ID already exists", 0, "choose another ID, or delete that container; rt list shows it"},
	{"container does not exist", 0, "rt list shows those below this --root"},
	{"cannot exec in a stopped container", 0, "its first process has ended: delete the container and run a new one"},
	{"cannot start a container that has stopped", 0, "its first process has ended: delete the container and create a new one"},
	{"cannot start an already running container", 0, "use exec for another process in it"},
	{"cannot delete container ", 0, "kill it first, or use --force"},
	{"container not running", 0, "rt state shows its status"}, // and nothing where the text goes on
	{"bundle ", 0, "want the directory with config.json: see --bundle"},
	{"--console-socket: ", unix.ENOENT, "what takes the terminal must listen there first"},
	{"--console-socket: ", unix.ECONNREFUSED, "what takes the terminal must listen there first"},
	{"linux.seccomp.listenerPath", unix.ENOENT, "the agent must listen there first"},
	{"linux.seccomp.listenerPath", unix.ECONNREFUSED, "the agent must listen there first"},
	{"linux.cgroupsPath: container's cgroup is not empty", 0, "another container may use it: choose another path"},
	{"linux.cgroupsPath: container's cgroup unexpectedly frozen", 0, "thaw it, or that above it which is frozen"},
	{"linux.cgroupsPath: ", unix.EROFS, "cgroups are mounted read-only here, as in a container: mount them writable, or use --cgroup-manager disabled"},
	{"linux.cgroupsPath: ", unix.EACCES, "an administrator has to delegate a cgroup; or use --systemd-cgroup, or --cgroup-manager disabled"},
	{"linux.cgroupsPath: \"", 0, "or leave out --systemd-cgroup"},
	{"linux.resources.unified", 0, "set those limits of linux.resources that cgroup v1 has"},
	{"linux.netDevices", unix.ENODEV, "ip link shows the devices of the host"},
	{"hooks.", unix.ENOENT, "want a program of the host, or of the container for startContainer: install it, or correct the path"},
	{"hooks.", 0, "run it by hand, with the container's state on its stdin, to see why"},
	{"the init process was killed for lack of memory", 0, "raise that limit, or leave it out"},
	{"pid file: ", unix.ENOENT, "its directory must exist"},
	{"state directory: ", unix.EROFS, "name another with --root"},
	{"state directory: ", unix.ENOSPC, "its file system is full, or has no inodes left: free some, or name another with --root"},
	{"state directory: ", unix.EACCES, "name another with --root"},
	{"", unix.EMFILE, "the limit of open files is reached: see ulimit -n"},
	{"", unix.ENFILE, "the host's limit of open files is reached: see /proc/sys/fs/file-max"},
	{"start the init process: ", unix.EAGAIN, "the limit of processes is reached, of the cgroup (pids.max), the user (ulimit -u) or the host"},
	{"start the init process: ", unix.ENOSPC, "the host allows no more namespaces, or none: see the limits in /proc/sys/user"},
	{"start the init process: ", unix.EPERM, "to make namespaces needs CAP_SYS_ADMIN, or a user namespace: see rt spec --rootless"},
	{"start the init process: ", unix.ENOMEM, "the machine has no memory left for a process"},
}

// ending returns a hint for the end of an error's text that has none, or "".
func ending(err error, text string) string {
	if hintIn(text) != "" {
		return ""
	}
	var errno unix.Errno
	errors.As(err, &errno)
	for _, e := range endings {
		goesOn := strings.HasPrefix(text, "container not running: it is ")
		if strings.HasPrefix(text, e.begin) && !goesOn && (e.errno == 0 || e.errno == errno) {
			return " (" + e.text + ")"
		}
	}
	return ""
}

// hinted adds a hint after the part of a text that is the text of part.
func hinted(text string, part error, hint string) string {
	return strings.Replace(text, part.Error(), part.Error()+hint, 1)
}
