package seccomp

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Recording is the filter that reports every system call to a [Recorder], which
// has the kernel make it. It is loaded besides the configuration's: of the
// verdicts of all filters the strictest counts, so what those refuse stays
// refused, and is not reported (seccomp(2), "SECCOMP_RET_DATA").
type Recording struct {
	flags   uint64
	machine string
}

// NewRecording returns the filter for the kernel of a machine, named as in GOARCH,
// which is the one that runs here.
func NewRecording(machine string) *Recording {
	r := &Recording{flags: unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, machine: machine}
	if haveFlag(unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
		// A signal whose handler runs does not interrupt a call that the recorder has
		// got already, such as one that never fails with EINTR (Linux 5.19).
		r.flags |= unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
	}
	return r
}

// recordMark in the last argument of a call, which the calls that have it do not
// use, exempts the call from being reported: the init has to pass on the listener
// before anybody can answer. A program of the container can use it too, and hides
// calls from nobody but its own profile.
const recordMark = 0x72742d72

// Load appends the step that loads the filter, and returns the listener.
//
// Preconditions: as for [Filter.Load].
func (r *Recording) Load(b *program.Builder) program.Arg {
	low := uint32(0)
	if bigEndian(r.machine) {
		low = 4
	}
	// A failure before somebody has the listener must be reported too.
	b.OnFailure(Unreported)
	twice, loaded := b.NewLabel(), b.NewLabel()
	listener := b.SeccompFilter(r.flags, []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offsetArgs + 5*8 + low},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: recordMark, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
	}).On(unix.EBUSY, twice).Result("listener")
	b.Jump(loaded)
	b.Bind(twice)
	b.FailSaying(unix.EBUSY, "load the filter that reports system calls: a filter around rt has a listener, and the kernel allows one")
	b.Bind(loaded)
	return listener
}

// Unreported exempts a call of the init with less than six arguments from being
// reported.
func Unreported(c *program.Call) { c.LastArgument(program.Imm(uint32(recordMark))) }
