package seccomp

import (
	"fmt"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// policy is what a profile says about the calls of one architecture.
type policy struct {
	arch  *arch
	rules []rule
	// entries has an entry for each rule of a call, in the order of calls and
	// then of rules. They are plain numbers, to be sorted fast.
	entries []entry
	// newest is the highest number that the profile names, whether or not the
	// rule has an effect.
	newest uint32
	named  bool
}

// entry is the number of a system call, in the high half, and the index of a
// rule on it.
type entry uint64

func (e entry) nr() uint32 { return uint32(e >> 32) }

// name notes that the profile names a call, if the architecture has it.
func (y *policy) name(nr uint32, ok bool) {
	if ok {
		y.newest, y.named = max(y.newest, nr), true
	}
}

// add adds a rule on a system call.
func (y *policy) add(nr uint32, r rule) {
	y.entries = append(y.entries, entry(nr)<<32|entry(len(y.rules)))
	y.rules = append(y.rules, r)
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
	names    [][]syscall // of Syscalls
}

func newProfile(s *specs.LinuxSeccomp) (*profile, error) {
	v, err := newVerdict(s.DefaultAction, s.DefaultErrnoRet)
	if err != nil {
		return nil, fmt.Errorf("linux.seccomp.defaultAction: %w", err)
	}
	p := &profile{LinuxSeccomp: s, fallback: v, names: make([][]syscall, len(s.Syscalls))}
	for i := range s.Syscalls {
		p.names[i] = make([]syscall, len(s.Syscalls[i].Names))
		for j, name := range s.Syscalls[i].Names {
			p.names[i][j] = findSyscall(name)
		}
	}
	return p, nil
}

// policy applies the profile's rules to an architecture.
func (p *profile) policy(a *arch) (*policy, error) {
	y := &policy{arch: a}
	for i := range p.Syscalls {
		if err := p.apply(y, i); err != nil {
			return nil, fmt.Errorf("linux.seccomp.syscalls[%d]: %w", i, err)
		}
	}
	slices.Sort(y.entries)
	return y, nil
}

// apply adds element i of the profile's syscalls to the policy. An element with
// the default verdict has no effect, as with the other runtimes. Names that the
// architecture does not know have none either.
func (p *profile) apply(y *policy, i int) error {
	s := &p.Syscalls[i]
	v, err := newVerdict(s.Action, s.ErrnoRet)
	if err != nil {
		return err
	}
	alternatives, err := alternatives(s.Args, y.arch)
	if err != nil {
		return err
	}
	y.entries, y.rules = slices.Grow(y.entries, len(s.Names)), slices.Grow(y.rules, len(s.Names))
	for _, name := range p.names[i] {
		nr, direct := y.arch.number(name)
		through, indirect := y.arch.numberAt(name.through)
		y.name(nr, direct)
		y.name(through, indirect)
		if v == p.fallback {
			continue
		}
		for _, conditions := range alternatives {
			if direct {
				y.add(nr, rule{conditions, v})
			}
			if indirect {
				y.add(through, rule{y.multiplexed(name.sub, conditions), v})
			}
		}
	}
	return nil
}

// decide returns the decision of the rules on the first call, and the entries
// of the calls behind it.
func (p *profile) decide(y *policy, entries []entry) (decision, []entry) {
	d := decision{last: p.fallback}
	nr, settled := entries[0].nr(), false
	for len(entries) > 0 && entries[0].nr() == nr {
		d.add(y.rules[uint32(entries[0])], &settled)
		entries = entries[1:]
	}
	return d, entries
}

// alternatives returns lists of conditions: one of the lists must be met. There
// is one list with all conditions, unless they name an argument twice. Then
// each condition has a list of its own, because the runtimes could not tell
// libseccomp that and have always made each condition a rule of its own.
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
	for entries := y.entries; len(entries) > 0; {
		nr := entries[0].nr()
		if next < nr {
			list.put(next, rest)
		}
		var d decision
		d, entries = p.decide(y, entries)
		list.put(nr, d)
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

// put begins a span, unless the last one has the same decision.
func (l *spans) put(from uint32, d decision) {
	if n := len(*l); n == 0 || !(*l)[n-1].equal(d) {
		*l = append(*l, span{from, d})
	}
}

// unknown returns the verdict on calls that are newer than all that the profile
// names. The author of the profile did not know them, so programs are told that
// they do not exist, and use an older call. With the default verdict, mostly
// EPERM, they would not (runc since 1.0.0-rc93). There is no such verdict for a
// profile that names no call of the architecture, or that permits what it does
// not name.
func (p *profile) unknown(y *policy) (verdict, bool) {
	if !y.named || p.fallback.permits() {
		return 0, false
	}
	return verdict(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)), true
}
