package compile

import (
	"errors"

	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/seccomp"
	"golang.org/x/sys/unix"
)

// confinement is the seccomp filter of a process, and the capabilities that the
// process has once the filter is loaded.
//
// The filter is loaded as late as possible, so that it need not allow what the
// init does but only what the program does. It must allow execve(2) and, so
// that an error can be reported, write(2), faccessat(2) and exit_group(2).
// Loading needs either no_new_privs or CAP_SYS_ADMIN. In the latter case the
// init keeps CAP_SYS_ADMIN until then, and the filter must allow capset(2) too,
// unless the program has CAP_SYS_ADMIN itself.
//
// A filter that has an agent decide on some calls is loaded before the init
// reports that it is ready, while the creator can bring the agent the listener.
// From then on the agent also sees what the init does: write, read, accept4,
// dup3, close_range and prlimit64.
type confinement struct {
	filter *seccomp.Filter // or nil
	caps   *process.Capabilities
	keeps  bool // CAP_SYS_ADMIN is kept until the filter is loaded
}

// confine begins a confinement, and sets the process's capabilities.
//
// Preconditions: those of Capabilities.Set.
func (c *compiler) confine(caps *process.Capabilities) *confinement {
	f := &confinement{caps: caps}
	if p := c.linux.Seccomp; p != nil {
		var err error
		f.filter, err = seccomp.New(p, c.host.Arch)
		c.err = errors.Join(c.err, err)
		if w := seccomp.Warning(p); w != "" {
			c.plan.Warnings = append(c.plan.Warnings, w)
		}
	}
	early := *caps
	if (f.filter != nil || c.options.Record != nil) && !c.spec.Process.NoNewPrivileges {
		admin := c.available() & (1 << unix.CAP_SYS_ADMIN)
		early.Permitted |= admin
		early.Effective |= admin
		f.keeps = early != *caps
	}
	early.Set(c.Builder)
	return f
}

// whileCreating loads the filter that reports all calls, or one that has an agent.
func (f *confinement) whileCreating(c *compiler) {
	if c.options.Record != nil {
		f.record(c)
	}
	if f.filter == nil || !f.filter.Listens() {
		return
	}
	c.At("linux.seccomp", "")
	c.Doing("report that the filter is next")
	c.reportBuilt(TakeListener)
	f.load(c.Builder)
}

// atLast loads any other filter.
func (f *confinement) atLast(c *compiler) {
	if f.filter != nil && !f.filter.Listens() {
		f.load(c.Builder)
	}
}

func (f *confinement) load(b *program.Builder) {
	f.filter.Load(b)
	f.giveUpAdmin(b)
}

// giveUpAdmin gives up what only loading filters needs.
func (f *confinement) giveUpAdmin(b *program.Builder) {
	if f.keeps {
		b.At("process.capabilities", "")
		b.Doing("give up CAP_SYS_ADMIN")
		b.Capset(f.caps.Effective, f.caps.Permitted, f.caps.Inheritable)
	}
}

// record loads the filter that reports all calls, and sends its listener to the
// creator. If the creator dies, no call would ever succeed again. So the process
// is to die with it, with all of its pid namespace.
func (f *confinement) record(c *compiler) {
	b := c.Builder
	c.At("", "")
	c.Doing("end with the creator, which records the system calls")
	c.Prctl(unix.PR_SET_PDEATHSIG, program.Imm(unix.SIGKILL))
	c.Doing("load the filter that reports system calls")
	listener := c.options.Record.Load(b)
	c.Doing("send the listener of the filter that reports system calls")
	step := c.Next()
	c.tell(TakeRecording, step)
	seccomp.Unreported(c.SendFD(program.ReportSlot.Arg(), c.Words32(uint32(step), 0), program.ReportSize, listener))
	seccomp.Unreported(c.Close(listener))
	if f.filter == nil {
		f.giveUpAdmin(b)
	}
}
