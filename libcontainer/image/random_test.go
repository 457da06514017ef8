package image

import (
	"math/rand/v2"

	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// generator makes random programs that use every operation, operand and
// outcome, and are allowed: only what the program does is random.
type generator struct {
	*rand.Rand
	p       *program.Program
	steps   int   // how many the program will have
	mutable []int // data that can be stored to
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
}

// pick returns one of choices.
func pick[T any](g *generator, choices ...T) T { return choices[g.IntN(len(choices))] }

func (g *generator) program() *program.Program {
	g.steps = program.Entry + 2 + g.IntN(pick(g, 4, 20, 200, 1000))
	g.p = &program.Program{Slots: 1 + g.IntN(pick(g, 3, 12, 300))}
	g.addData()
	g.p.Steps = []program.Step{
		g.call(unix.SYS_WRITE, program.ReportSlot.Arg(), addr(program.ReportDatum, 0), program.Imm(program.ReportSize)),
		g.call(unix.SYS_EXIT_GROUP, program.Imm(1)),
	}
	g.p.Steps[0].On = []program.Outcome{{Errno: program.AnyErrno, To: 1}}
	for len(g.p.Steps) < g.steps-1 {
		g.p.Steps = append(g.p.Steps, g.step())
	}
	g.p.Steps = append(g.p.Steps, g.call(unix.SYS_EXIT_GROUP, program.Imm(g.IntN(256))))
	return g.p
}

func (g *generator) call(nr uintptr, args ...program.Arg) program.Step {
	s := program.Step{Op: program.OpCall, Nr: nr, Result: program.NoSlot}
	copy(s.Args[:], args)
	return s
}

func addr(datum int, off uint32) program.Arg {
	return program.Arg{Kind: program.ArgAddr, Value: uint64(datum), Off: off}
}

// addData adds the report and some data, the first of which can be stored to.
func (g *generator) addData() {
	g.p.Data = []program.Datum{{Zeros: program.ReportSize, Mutable: true}, {Zeros: 4, Mutable: true}}
	for range g.IntN(8) {
		d := program.Datum{Mutable: g.IntN(2) == 0}
		if size := pick(g, 0, 4, 8, 15, 64, 5000); g.IntN(2) == 0 {
			d.Zeros = size
		} else {
			d.Bytes = g.bytes(size)
		}
		g.p.Data = append(g.p.Data, d)
	}
	for i := range g.p.Data {
		d := &g.p.Data[i]
		if i > 0 && d.Len() >= 8 && g.IntN(2) == 0 {
			d.Refs = []program.Ref{{Off: uint32(g.IntN(d.Len() - longSize + 1)), To: g.address()}}
		}
		if i > 0 && d.Len() >= 4 && d.Mutable {
			g.mutable = append(g.mutable, i)
		}
	}
}

func (g *generator) bytes(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

// address returns the address of any byte of any datum, or just behind it.
func (g *generator) address() program.Arg {
	i := g.IntN(len(g.p.Data))
	return addr(i, uint32(g.IntN(g.p.Data[i].Len()+1)))
}

// word returns the address of 4 bytes that can be stored to.
func (g *generator) word() program.Arg {
	i := pick(g, g.mutable...)
	return addr(i, uint32(g.IntN(g.p.Data[i].Len()-3)))
}

func (g *generator) slot() program.Slot { return program.Slot(g.IntN(g.p.Slots)) }

// value returns any operand.
func (g *generator) value() program.Arg {
	switch g.IntN(4) {
	case 0:
		return g.slot().Arg()
	case 1:
		return g.address()
	}
	return program.Imm(g.number())
}

// number returns a value with few or many bits, up to those of a register.
func (g *generator) number() uint64 {
	return uint64(uintptr(pick(g, 0, 1, ^uint64(0), 1<<(8*longSize-1), uint64(g.IntN(8)), uint64(g.Uint32()), g.Uint64())))
}

// target returns where the next step may lead: mostly forward, so that few
// programs loop for ever.
func (g *generator) target() int {
	if g.IntN(20) == 0 {
		return g.IntN(g.steps)
	}
	next := len(g.p.Steps) + 1
	return min(next+g.IntN(pick(g, 4, 4, 300)), g.steps-1)
}

// step returns a random step.
func (g *generator) step() program.Step {
	s := program.Step{Result: program.NoSlot}
	for i := range s.Args {
		s.Args[i] = g.value()
	}
	switch g.IntN(40) {
	case 0, 1, 2, 3, 4, 5:
		s.Op, s.To = program.OpJumpIf, g.target()
		g.condition(&s)
	case 6, 7, 8, 9:
		s.Op, s.To = program.OpJumpIfWord, g.target()
		g.condition(&s)
		s.Args[0] = g.word()
	case 10, 11, 12, 13, 14:
		s.Op = program.OpStore
		s.Args[0] = g.word()
	case 15:
		s.Op = program.OpFail
		s.Args[0] = program.Imm(1 + g.IntN(4095))
	case 16, 17, 18:
		s.Op = program.OpLoad
		s.Args[0] = g.word()
		s.Args[1] = program.Imm(pick(g, 0, 0xffff, ^uint64(0), g.number()))
		if g.IntN(10) > 0 {
			s.Result = g.slot()
		}
	default:
		g.systemCall(&s)
	}
	return s
}

// condition makes a jump's operands equal often enough.
func (g *generator) condition(s *program.Step) {
	s.Args[1] = program.Imm(pick(g, 0, 1, 3, 0xff00, ^uint64(0)))
	s.Args[2] = program.Imm(pick(g, 0, 1, 2, g.number()))
	if g.IntN(4) == 0 {
		s.Args[2] = s.Args[0]
	}
}

func (g *generator) systemCall(s *program.Step) {
	s.Op, s.Nr = program.OpCall, g.callNumber()
	if g.IntN(3) > 0 {
		s.Result = g.slot()
	}
	for range g.IntN(program.MaxOutcomes + 1) {
		errno := pick(g, 4094, 1+unix.Errno(g.IntN(4094)))
		if g.IntN(10) == 0 {
			errno = program.AnyErrno
		}
		s.On = append(s.On, program.Outcome{Errno: errno, To: g.target()})
	}
}

// result returns what a faked system call of step n returns: often an errno
// that the step expects, seldom another one.
func (g *generator) result(n int) int64 {
	on := g.p.Steps[n].On
	if len(on) > 0 && g.IntN(2) == 0 {
		if errno := pick(g, on...).Errno; errno != program.AnyErrno {
			return -int64(errno)
		}
	}
	if g.IntN(30) == 0 {
		return -int64(pick(g, 4095, 1+g.IntN(4095)))
	}
	return int64(pick(g, 0, 3, -4096, g.IntN(1000), int(g.number())))
}

// callNumber returns a system call number that the filter can fake.
func (g *generator) callNumber() uintptr {
	switch nr := uintptr(g.IntN(pick(g, 500, 0x1000))); nr {
	case 335, 336: // amd64: uretprobe and uprobe pass every filter (Linux 6.14, 6.18)
		return g.callNumber()
	case unix.SYS_EXIT_GROUP: // is not faked
		return unix.SYS_EXIT
	default:
		return nr
	}
}
