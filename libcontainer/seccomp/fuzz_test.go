package seccomp

import (
	"math/rand/v2"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// FuzzCompile holds compiled filters against the profiles that they come from,
// for every machine, at every boundary that a profile has.
func FuzzCompile(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed)
	}
	f.Add(uint64(469)) // only socketcall has a number, and the highest one
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := &random{rand.New(rand.NewPCG(seed, 1))}
		s, machine := r.profile(), pick(r, machines[:])
		filter, err := compile(s, machine)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range r.probes(s, machine) {
			got, want := run(t, filter, d, machine).verdict, interpret(s, machine, d)
			if got != want {
				t.Fatalf("%s: call %#x of %#x %#x: filter says %#x, profile %#x\n%s",
					machine, d.nr, d.arch, d.args, uint32(got), uint32(want), profileText(s))
			}
		}
	})
}

var machines = [...]string{"amd64", "arm64", "386", "arm", "mips64", "mips64le", "ppc64", "ppc64le", "s390x",
	"riscv64", "loong64", "parisc64", "m68k", "sh", "sheb"}

// random makes profiles and calls.
type random struct{ *rand.Rand }

func pick[T any](r *random, list []T) T { return list[r.IntN(len(list))] }

func (r *random) one(n int) bool { return r.IntN(n) == 0 }

var actions = [...]specs.LinuxSeccompAction{
	specs.ActAllow, specs.ActErrno, specs.ActErrno, specs.ActKill, specs.ActKillProcess,
	specs.ActTrap, specs.ActTrace, specs.ActLog, specs.ActNotify,
}

var operators = [...]specs.LinuxSeccompOperator{
	specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpEqualTo,
	specs.OpGreaterEqual, specs.OpGreaterThan, specs.OpMaskedEqual,
}

func (r *random) errno(a specs.LinuxSeccompAction) *uint {
	if a != specs.ActErrno && a != specs.ActTrace || r.one(2) {
		return nil
	}
	return new(uint(r.IntN(50)))
}

func (r *random) profile() *specs.LinuxSeccomp {
	s := &specs.LinuxSeccomp{DefaultAction: pick(r, actions[:])}
	s.DefaultErrnoRet = r.errno(s.DefaultAction)
	for i := range arches {
		if r.one(2) {
			s.Architectures = append(s.Architectures, arches[i].name)
		}
	}
	// Few names, to have them meet, or many, to have a long filter.
	names := pick(r, [][]string{{"socket", "ioctl", "shmat", "accept"}, syscallNames[:]})
	for range r.IntN(pick(r, []int{3, 12, 60})) {
		sc := specs.LinuxSyscall{Action: pick(r, actions[:])}
		sc.ErrnoRet = r.errno(sc.Action)
		for range 1 + r.IntN(4) {
			sc.Names = append(sc.Names, pick(r, names))
		}
		if r.one(8) {
			sc.Names = append(sc.Names, "no_such_call", "breakpoint")
		}
		if !r.one(3) {
			for range r.IntN(4) {
				sc.Args = append(sc.Args, r.arg())
			}
		}
		s.Syscalls = append(s.Syscalls, sc)
	}
	return s
}

func (r *random) arg() specs.LinuxSeccompArg {
	return specs.LinuxSeccompArg{Index: uint(r.IntN(6)), Value: r.value(), ValueTwo: r.value(), Op: pick(r, operators[:])}
}

// value returns a number that others are likely to be near.
func (r *random) value() uint64 {
	v := pick(r, []uint64{0, 1, 2, 7, 1 << 31, 1 << 32, 1 << 40, 0x7e020000, 1 << 63, ^uint64(0), 0xffffffff, r.Uint64()})
	return v + uint64(r.IntN(3)) - 1
}

// probes returns calls at and around every number that the profile has.
func (r *random) probes(s *specs.LinuxSeccomp, machine string) []data {
	numbers := []uint32{0, 1, 500, x32Bit - 1, x32Bit, x32Bit + 1, x32Bit + 600, 1<<31 - 1, 1 << 31, ^uint32(0) - 1, ^uint32(0), r.Uint32()}
	values := []uint64{0, ^uint64(0), r.Uint64()}
	audits := []uint32{0, r.Uint32()}
	for i := range arches {
		if arches[i].machine == kernelOf(machine) || r.one(10) {
			audits = append(audits, arches[i].audit)
		}
	}
	for _, sc := range s.Syscalls {
		for _, name := range sc.Names {
			for i := range arches {
				if arches[i].machine != kernelOf(machine) {
					continue
				}
				for _, n := range []string{name, "socketcall", "ipc"} {
					if nr, ok := arches[i].number(findSyscall(n)); ok {
						numbers = append(numbers, nr-1, nr, nr+1)
					}
				}
			}
		}
		for _, a := range sc.Args {
			values = append(values, a.Value, a.ValueTwo, a.Value&a.ValueTwo)
		}
	}
	list := make([]data, 600)
	for i := range list {
		list[i] = data{pick(r, numbers), pick(r, audits), r.args(values)}
	}
	return list
}

func (r *random) args(values []uint64) (args [6]uint64) {
	for i := range args {
		args[i] = pick(r, values) + uint64(r.IntN(5)) - 2
		if r.one(3) {
			args[i] = uint64(r.IntN(26)) // a call through socketcall or ipc
		}
		if r.one(6) {
			args[i] ^= 1 << r.IntN(64)
		}
	}
	return args
}
