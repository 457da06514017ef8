// Package program describes a container start as pure data: an ordered list
// of kernel calls (steps) over one data arena.
//
// Kernel-object packages append steps with a [Builder]; package image lays
// the finished [Program] out in memory and runs it; [Program.WriteText] prints
// it. Nothing in this package opens a file, starts a process or asks the
// kernel anything, so a program can be compared with a golden file and fuzzed
// without privileges.
package program

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Op says what a step does.
type Op uint8

const (
	// OpCall makes system call Nr with Args. A result of -4095..-1 is an
	// errno: the step's outcomes say where to go on, and an errno that they do
	// not list ends the program with a report. Any other result goes to the
	// Result slot.
	OpCall Op = iota
	// OpJumpIf goes to To if (Args[0] & Args[1]) == Args[2].
	OpJumpIf
	// OpJumpIfWord is OpJumpIf on the 32-bit word of the arena at address
	// Args[0].
	OpJumpIfWord
	// OpStore stores the lower half of Args[1] as a 32-bit word in the arena at
	// address Args[0].
	OpStore
	// OpFail ends the program with a report of the errno Args[0].
	OpFail
	// OpLoad loads the 32-bit word of the arena at address Args[0], masked with
	// Args[1], into the Result slot.
	OpLoad
)

// ArgKind says how an operand gets its value.
type ArgKind uint8

const (
	// ArgImm is an immediate value.
	ArgImm ArgKind = iota
	// ArgSlot is the content of a slot.
	ArgSlot
	// ArgAddr is the address of a datum of the arena.
	ArgAddr
)

// Arg is one operand of a step. The zero value is the immediate 0, which is
// also the null pointer.
type Arg struct {
	Value uint64 // the immediate, the slot's number or the datum's index
	Off   uint32 // ArgAddr: offset from the datum's start, in bytes
	Kind  ArgKind
}

// At returns the operand that points off bytes behind a.
// It is meant for operands that address the arena.
func (a Arg) At(off uint32) Arg {
	a.Off += off
	return a
}

// Imm returns an immediate operand.
func Imm[T ~int | ~int32 | ~int64 | ~uint | ~uint16 | ~uint32 | ~uint64 | ~uintptr](v T) Arg {
	return Arg{Kind: ArgImm, Value: uint64(v)}
}

// Cwd is the AT_FDCWD operand of the *at system calls.
var Cwd = Imm(unix.AT_FDCWD)

// Null is the null pointer.
var Null = Arg{}

// Slot is the number of a register that holds the result of a step.
type Slot uint32

const (
	// ReportSlot holds the descriptor that failures are reported to.
	ReportSlot Slot = 0
	// NoSlot is the Result of a step whose result nobody needs.
	NoSlot Slot = 0xfffff
)

// Arg returns the operand that reads the slot.
func (s Slot) Arg() Arg { return Arg{Kind: ArgSlot, Value: uint64(s)} }

// AnyErrno in an [Outcome] stands for every errno that no earlier outcome of
// the step names.
const AnyErrno unix.Errno = 0xffff

// MaxOutcomes is how many errnos one step can tell apart.
const MaxOutcomes = 6

// MaxSteps is how many steps a program may have: their numbers have 20 bits.
const MaxSteps = 1<<20 - 1

// Outcome says where the program goes on when a call fails with Errno.
type Outcome struct {
	Errno unix.Errno
	To    int // step number
}

// Step is one instruction.
type Step struct {
	Nr      uintptr // OpCall: system call number on the build architecture
	Args    [6]Arg
	On      []Outcome // OpCall: what an errno means
	To      int       // OpJumpIf, OpJumpIfWord: step number
	Comment int       // index in Program.Origins
	Result  Slot      // OpCall, OpLoad: slot that takes the result, or NoSlot
	Op      Op
}

// Ends reports whether the program never goes on with the step behind s, except
// by a jump of another step.
func (s *Step) Ends() bool {
	switch s.Op {
	case OpFail:
		return true
	case OpJumpIf:
		return s.Args == [6]Arg{}
	case OpCall:
		// On failure exec ends in a report or jumps.
		return s.Nr == unix.SYS_EXIT_GROUP || s.Nr == unix.SYS_EXECVE || s.Nr == unix.SYS_EXECVEAT
	}
	return false
}

// Origin says which setting of the configuration steps come from. A user reads
// it when one of the steps fails.
type Origin struct {
	// Path is the JSON path in config.json, or "" if no setting asked for it.
	Path string `json:"path,omitempty"`
	// Subject is what the setting is about: a mount's destination, a device's
	// path …
	Subject string `json:"subject,omitempty"`
	// Doing is the operation as an error names it: "mount tmpfs", "set hostname".
	Doing string `json:"doing,omitempty"`
	// Complete says that Doing is the whole text for a user, so that an error
	// does not add the text of the errno.
	Complete bool `json:"complete,omitempty"`
}

// Ref is a pointer inside a datum: the 8 bytes at Off hold the address To.
type Ref struct {
	Off uint32
	To  Arg // ArgAddr
}

// Datum is one piece of the arena.
type Datum struct {
	Bytes   []byte
	Zeros   int  // a buffer of this size instead of Bytes
	Mutable bool // lies in the writable segment
	Refs    []Ref
}

// Len returns the datum's size in bytes.
func (d *Datum) Len() int { return max(len(d.Bytes), d.Zeros) }

// Input names a descriptor that must be passed to the program. Input i of a
// program becomes descriptor 3+i of the process.
type Input string

// FirstInput is the number of the first descriptor behind stdin, stdout and
// stderr.
const FirstInput = 3

// Program is a compiled container start.
//
// Execution begins at step Entry. The steps before it are the failure handler
// that every unhandled errno ends in: step 0 writes the report to the
// descriptor in ReportSlot.
type Program struct {
	Steps   []Step
	Data    []Datum
	Origins []Origin
	Inputs  []Input
	Slots   int       // number of slots in use
	Names   []string  // by slot: what it holds, for people
	Phases  []Phase   // in order; steps before the first one belong to none
	Avoided []Avoided // steps that an option would leave out

	// What Timed changes.
	Numbers []int32 // see Number; nil for all others
	Shared  int     // see SharedSize; 0 for all others
}

// Phase is a part of a program that has a name for people. It ends where the
// next one begins.
type Phase struct {
	Name  string
	First int // step number
}

// PhaseOf returns the name of the phase that step n is in, or "". As with
// Origin, n may be forged.
func (p *Program) PhaseOf(n int) string {
	name := ""
	for _, phase := range p.Phases {
		if phase.First <= n {
			name = phase.Name
		}
	}
	return name
}

// Avoided is a failure that an option avoids.
type Avoided struct {
	Step   int
	Option string // the name of the field in libcontainer.Config
}

// AvoidedBy returns the option that avoids the failure of step n, or "".
func (p *Program) AvoidedBy(n int) string {
	for _, a := range p.Avoided {
		if a.Step == n {
			return a.Option
		}
	}
	return ""
}

// Entry is the step that execution begins with.
const Entry = 2

// ReportDatum is the index in Program.Data of the failure report, which the
// interpreter fills in: see [Report].
const ReportDatum = 0

// ReportSize is the size of a report on the wire, in bytes.
const ReportSize = 8

// Report is what the running program tells its parent: with Errno 0 that it
// has reached Step, otherwise that Step failed. On the wire it is two 32-bit
// words in the machine's byte order, Step first.
type Report struct {
	Step  uint32
	Errno unix.Errno
}

// Origin returns where step n comes from. The number may be out of a report,
// and a process that has taken over the running program can forge reports.
func (p *Program) Origin(n int) Origin {
	if n < 0 || n >= len(p.Steps) {
		return Origin{Doing: fmt.Sprintf("report of step %d, of a program with %d", n, len(p.Steps))}
	}
	return p.Origins[p.Steps[n].Comment]
}

// SystemCall returns the number of the system call that step n makes, and
// whether it makes one. As with Origin, n may be forged.
func (p *Program) SystemCall(n int) (nr uintptr, ok bool) {
	if n < 0 || n >= len(p.Steps) || p.Steps[n].Op != OpCall {
		return 0, false
	}
	return p.Steps[n].Nr, true
}
