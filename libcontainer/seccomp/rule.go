package seccomp

import (
	"fmt"
	"slices"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// verdict is what a filter decides: an action of seccomp(2) with its data, as
// the filter returns it.
type verdict uint32

// unlisted is the verdict on calls of an architecture that the profile does
// not list: the default of libseccomp.
const unlisted verdict = unix.SECCOMP_RET_KILL_THREAD

// newVerdict returns the verdict of an action.
func newVerdict(action specs.LinuxSeccompAction, errnoRet *uint) (verdict, error) {
	ret, takesErrno, ok := spec.SeccompAction(action)
	if !ok {
		return 0, fmt.Errorf("action %q is unknown", action)
	}
	data := uint32(0)
	if takesErrno {
		data = uint32(unix.EPERM)
		if errnoRet != nil {
			data = uint32(*errnoRet) & unix.SECCOMP_RET_DATA
		}
	}
	return verdict(ret | data), nil
}

// permits tells whether a call with this verdict is made, if nobody objects.
func (v verdict) permits() bool {
	switch v & unix.SECCOMP_RET_ACTION_FULL {
	// A tracer is expected to know new calls (and to emulate them).
	case unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_LOG, unix.SECCOMP_RET_TRACE:
		return true
	}
	return false
}

// condition compares an argument of a call.
type condition struct {
	arg         uint
	op          spec.SeccompOp
	mask, value uint64
}

// newCondition returns the condition of a rule for an architecture. If the
// architecture is not wide, its arguments have 32 bits, and so have the values:
// as with libseccomp, a value of -1 is meant to be found there too.
func newCondition(a specs.LinuxSeccompArg, abi *arch) (condition, error) {
	op, ok := spec.SeccompOperator(a.Op)
	if !ok {
		return condition{}, fmt.Errorf("operator %q is unknown", a.Op)
	}
	c := condition{arg: a.Index, op: op, mask: abi.mask(), value: a.Value}
	if op == spec.SeccompMaskedEqual {
		c.mask, c.value = a.Value&c.mask, a.ValueTwo
	}
	c.value &= c.mask
	return c, nil
}

// rule is a verdict on calls that meet all conditions.
type rule struct {
	conditions []condition
	verdict    verdict
}

// decision is what happens to a system call: the verdict of the first rule that
// is met or, if none is, the last verdict.
type decision struct {
	rules []rule
	last  verdict
}

func (d decision) equal(e decision) bool {
	return d.last == e.last && slices.EqualFunc(d.rules, e.rules, func(a, b rule) bool {
		return a.verdict == b.verdict && slices.Equal(a.conditions, b.conditions)
	})
}

// add adds a rule behind the others. A rule without conditions replaces all
// rules with conditions, and cannot be replaced, as with libseccomp.
func (d *decision) add(r rule, settled *bool) {
	switch {
	case *settled:
	case len(r.conditions) == 0:
		d.rules, d.last, *settled = nil, r.verdict, true
	default:
		d.rules = append(d.rules, r)
	}
}
