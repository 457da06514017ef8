package seccomp

import (
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// policy is what a profile says about the calls of one architecture.
type policy struct {
	arch  *arch
	calls map[uint32]*call
	// newest is the highest number that the profile names, in rules that
	// matter or not.
	newest uint32
	named  bool
}

// call is the decision on one system call.
type call struct {
	decision
	settled bool // by a rule without conditions
}

// span is a range of system call numbers, from here up to the next span, and
// what happens to them.
type span struct {
	from uint32
	decision
}

// profile is a checked profile while it is compiled.
type profile struct {
	*specs.LinuxSeccomp
	fallback verdict
}

func newProfile(s *specs.LinuxSeccomp) (*profile, error) {
	v, err := newVerdict(s.DefaultAction, s.DefaultErrnoRet)
	if err != nil {
		return nil, fmt.Errorf("linux.seccomp.defaultAction: %w", err)
	}
	return &profile{s, v}, nil
}

// policy applies the profile's rules to an architecture.
func (p *profile) policy(a *arch) (*policy, error) {
	y := &policy{arch: a, calls: map[uint32]*call{}}
	for i := range p.Syscalls {
		if err := p.apply(y, &p.Syscalls[i]); err != nil {
			return nil, fmt.Errorf("linux.seccomp.syscalls[%d]: %w", i, err)
		}
	}
	return y, nil
}

// apply adds one entry of the profile to the policy. An entry with the default
// verdict has no effect, as with the other runtimes, and neither have names
// that the architecture does not know.
func (p *profile) apply(y *policy, s *specs.LinuxSyscall) error {
	v, err := newVerdict(s.Action, s.ErrnoRet)
	if err != nil {
		return err
	}
	alternatives, err := alternatives(s.Args, y.arch)
	if err != nil {
		return err
	}
	for _, name := range s.Names {
		nr, ok := y.arch.number(name)
		if ok {
			y.newest, y.named = max(y.newest, nr), true
		}
		if v == p.fallback {
			continue
		}
		for _, conditions := range alternatives {
			if ok {
				p.add(y, nr, rule{conditions, v})
			}
			p.multiplexed(y, name, rule{conditions, v})
		}
	}
	return nil
}

func (p *profile) add(y *policy, nr uint32, r rule) {
	c, ok := y.calls[nr]
	if !ok {
		c = &call{decision: decision{last: p.fallback}}
		y.calls[nr] = c
	}
	c.decision.add(r, &c.settled)
}

// alternatives returns the lists of conditions of which one must be met. It is
// one list with all of them, unless they name an argument twice: then the
// runtimes, which could not tell libseccomp that, have always made each
// condition a rule of its own.
func alternatives(args []specs.LinuxSeccompArg, abi *arch) ([][]condition, error) {
	all := make([]condition, 0, len(args))
	twice := false
	for _, a := range args {
		c, err := newCondition(a, abi)
		if err != nil {
			return nil, err
		}
		twice = twice || slices.ContainsFunc(all, func(b condition) bool { return b.arg == c.arg })
		all = append(all, c)
	}
	if !twice {
		return [][]condition{all}, nil
	}
	var each [][]condition
	for i := range all {
		each = append(each, all[i:i+1])
	}
	return each, nil
}

// spans returns the decisions on the numbers of the architecture up to end, in
// order. Neighbours with the same decision are one span.
func (p *profile) spans(y *policy, end uint32) spans {
	var list spans
	next := y.arch.base
	rest := decision{last: p.fallback}
	for _, nr := range slices.Sorted(maps.Keys(y.calls)) {
		if next < nr {
			list.put(next, rest)
		}
		list.put(nr, y.calls[nr].decision)
		next = nr + 1
	}
	if unknown, ok := p.unknown(y); ok {
		if next <= y.newest {
			list.put(next, rest)
		}
		next, rest = max(next, y.newest+1), decision{last: unknown}
	}
	if next < end {
		list.put(next, rest)
	}
	return list
}

// spans are in order and cover all numbers from the first one on.
type spans []span

// put begins a span, unless it would be the last one over again.
func (l *spans) put(from uint32, d decision) {
	if n := len(*l); n == 0 || !(*l)[n-1].equal(d) {
		*l = append(*l, span{from, d})
	}
}

// unknown returns the verdict on calls that are newer than all that the
// profile names. Whoever wrote it did not know them, so programs are told that
// they do not exist, which makes them take an older one: the default verdict,
// mostly EPERM, would not (runc since 1.0.0-rc93). A profile that names no call
// of the architecture, or lets pass what it does not name, has none.
func (p *profile) unknown(y *policy) (verdict, bool) {
	if !y.named || p.fallback.permits() {
		return 0, false
	}
	return verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)), true
}
