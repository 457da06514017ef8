package program

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"
)

// Builder makes a [Program] step by step. The zero value is not usable: see
// [NewBuilder].
//
// Its methods do not return errors. A misuse (an unbound label, more than
// [MaxOutcomes] outcomes on a step) is a bug of the caller and is reported by
// [Builder.Program].
type Builder struct {
	p       Program
	origin  int
	used    bool // some step has the current origin
	strings map[string]Arg
	labels  []int // step number, or -1 while unbound
	fixups  []fixup
	faults  []error
	inputs  map[Input]Arg
	// outcomes has those of the last steps one behind the other: most steps have one or
	// two, for which an allocation each is a lot.
	outcomes []Outcome
}

// Label is a place in the program that jumps can name before it is known.
type Label int

// fixup is a jump target that Program fills in: that of outcome on, or To if on
// is -1.
type fixup struct {
	step, on int
	label    Label
}

// NewBuilder returns a builder whose program so far is the failure handler.
// report is the program's first input. ReportSlot holds its descriptor,
// [FirstInput], when the program starts; a step that stores another
// descriptor there redirects later reports.
func NewBuilder(report Input) *Builder {
	b := &Builder{strings: map[string]Arg{}, inputs: map[Input]Arg{}}
	b.p.Names = append(b.p.Names, "report")
	b.p.Slots = 1
	b.p.Data = append(b.p.Data, Datum{Zeros: ReportSize, Mutable: true})
	b.p.Origins = append(b.p.Origins, Origin{Doing: "report a failure"})
	b.Input(report)
	to := Arg{Kind: ArgAddr, Value: ReportDatum}
	end := b.NewLabel()
	b.Call(unix.SYS_WRITE, ReportSlot.Arg(), to, Imm(ReportSize)).On(AnyErrno, end)
	b.Bind(end)
	b.Call(unix.SYS_EXIT_GROUP, Imm(1))
	b.setOrigin(Origin{Doing: "start the init"})
	return b
}

// Program returns the finished program.
func (b *Builder) Program() (*Program, error) {
	for _, f := range b.fixups {
		target := b.labels[f.label]
		if target < 0 {
			b.faultf(f.step, "jumps to label %d, which is nowhere", f.label)
			continue
		}
		if f.on < 0 {
			b.p.Steps[f.step].To = target
		} else {
			b.p.Steps[f.step].On[f.on].To = target
		}
	}
	scratches.Put(&scratch{b.fixups[:0], b.labels[:0]})
	b.fixups, b.labels = nil, nil
	if len(b.faults) > 0 {
		return nil, b.faults[0]
	}
	if len(b.p.Steps) > MaxSteps {
		return nil, fmt.Errorf("%s: exceeds the limit of %d steps of a program", b.lastPath(MaxSteps), MaxSteps)
	}
	return &b.p, nil
}

// lastPath returns the setting of step n or, if it has none, the last setting
// before it.
func (b *Builder) lastPath(n int) string {
	for i := b.p.Steps[n].Comment; i >= 0; i-- {
		if path := b.p.Origins[i].Path; path != "" {
			return path
		}
	}
	return "program"
}

func (b *Builder) faultf(step int, format string, args ...any) {
	b.faults = append(b.faults, fmt.Errorf("program: step %d %s", step, fmt.Sprintf(format, args...)))
}

// At says which setting the following steps come from. path is its JSON path,
// and subject what it is about ("" if that says nothing new).
func (b *Builder) At(path, subject string) { b.setOrigin(Origin{Path: path, Subject: subject}) }

// Doing names the operation that the following steps are part of, as an error
// names it: "mount tmpfs". It keeps the setting given by [Builder.At].
func (b *Builder) Doing(format string, args ...any) {
	o := b.p.Origins[b.origin]
	o.Doing = format
	if len(args) > 0 {
		o.Doing = fmt.Sprintf(format, args...)
	}
	b.setOrigin(o)
}

// Phase says that the following steps are a part of the program of its own.
func (b *Builder) Phase(name string) {
	b.p.Phases = append(b.p.Phases, Phase{Name: name, First: len(b.p.Steps)})
}

// setOrigin makes o the origin of the next steps. It replaces the last origin
// if no step has that.
func (b *Builder) setOrigin(o Origin) {
	if !b.used && b.origin > 0 && b.origin == len(b.p.Origins)-1 {
		b.p.Origins[b.origin] = o
		return
	}
	b.p.Origins = append(b.p.Origins, o)
	b.origin, b.used = len(b.p.Origins)-1, false
}

// Input returns the descriptor that the runner passes under this name. The
// same name gives the same descriptor.
func (b *Builder) Input(name Input) Arg {
	if fd, ok := b.inputs[name]; ok {
		return fd
	}
	fd := Imm(FirstInput + len(b.p.Inputs))
	b.p.Inputs = append(b.p.Inputs, name)
	b.inputs[name] = fd
	return fd
}

// NewLabel returns a label that is not bound yet.
func (b *Builder) NewLabel() Label {
	b.labels = append(b.labels, -1)
	return Label(len(b.labels) - 1)
}

// Bind puts the label in front of the next step.
func (b *Builder) Bind(l Label) { b.labels[l] = len(b.p.Steps) }

// Here returns a new label in front of the next step.
func (b *Builder) Here() Label {
	l := b.NewLabel()
	b.Bind(l)
	return l
}

// Next returns the number of the next step.
func (b *Builder) Next() int { return len(b.p.Steps) }

func (b *Builder) add(s Step) *Call {
	s.Comment, b.used = b.origin, true
	b.p.Steps = append(b.p.Steps, s)
	return &Call{b: b, n: len(b.p.Steps) - 1}
}

// Call appends a system call. Prefer the typed methods in the calls_*.go files.
func (b *Builder) Call(nr uintptr, args ...Arg) *Call {
	s := Step{Op: OpCall, Nr: nr, Result: NoSlot}
	copy(s.Args[:], args)
	return b.add(s)
}

// Jump goes on at l.
func (b *Builder) Jump(l Label) { b.JumpIf(Imm(0), 0, 0, l) }

// JumpIf goes to l if value & mask == want.
func (b *Builder) JumpIf(value Arg, mask, want uint64, l Label) {
	b.jump(OpJumpIf, value, mask, want, l)
}

// JumpIfWord goes to l if the 32-bit word at addr, masked, is want.
func (b *Builder) JumpIfWord(addr Arg, mask, want uint32, l Label) {
	b.jump(OpJumpIfWord, addr, uint64(mask), uint64(want), l)
}

func (b *Builder) jump(op Op, value Arg, mask, want uint64, l Label) {
	s := Step{Op: op, Args: [6]Arg{value, Imm(mask), Imm(want)}, Result: NoSlot}
	b.fixups = append(b.fixups, fixup{b.add(s).n, -1, l})
}

// Store puts the lower half of value into the 32-bit word at addr, which must
// be in a [Builder.Buffer].
func (b *Builder) Store(addr, value Arg) {
	b.add(Step{Op: OpStore, Args: [6]Arg{addr, value}, Result: NoSlot})
}

// Load loads the masked 32-bit word at addr into a new slot, called name for
// people, and returns the operand that reads the slot. A field of a kernel
// structure that is smaller than a word is loaded with its neighbours, which
// the mask removes.
func (b *Builder) Load(addr Arg, mask uint32, name string) Arg {
	s := b.NewSlot(name)
	b.LoadInto(s, addr, mask)
	return s.Arg()
}

// LoadInto is Load into slot s.
func (b *Builder) LoadInto(s Slot, addr Arg, mask uint32) {
	b.add(Step{Op: OpLoad, Args: [6]Arg{addr, Imm(mask)}, Result: s})
}

// Fail ends the program with a report of errno.
func (b *Builder) Fail(errno unix.Errno) {
	b.add(Step{Op: OpFail, Args: [6]Arg{Imm(uintptr(errno))}, Result: NoSlot})
}

// FailSaying is Fail with the whole text of the error, for a cause that no
// errno names. The following steps have the origin of the steps before it.
func (b *Builder) FailSaying(errno unix.Errno, format string, args ...any) {
	before := b.p.Origins[b.origin]
	o := before
	o.Doing, o.Complete = fmt.Sprintf(format, args...), true
	b.setOrigin(o)
	b.Fail(errno)
	b.setOrigin(before)
}

// AvoidedBy says that an option avoids the failure that was added last: see
// [Avoided].
func (b *Builder) AvoidedBy(option string) {
	b.p.Avoided = append(b.p.Avoided, Avoided{len(b.p.Steps) - 1, option})
}

// String returns the address of s as a NUL-terminated string. Equal strings
// share their place. s must not contain NUL.
func (b *Builder) String(s string) Arg {
	if a, ok := b.strings[s]; ok {
		return a
	}
	for i := range len(s) {
		if s[i] == 0 {
			b.faultf(len(b.p.Steps), "uses the string %q, which contains NUL", s)
			break
		}
	}
	bytes := make([]byte, len(s)+1)
	copy(bytes, s)
	a := b.Bytes(bytes)
	b.strings[s] = a
	return a
}

// Bytes returns the address of constant data. The builder keeps data.
func (b *Builder) Bytes(data []byte) Arg { return b.datum(Datum{Bytes: data}) }

// Buffer returns the address of size zero bytes that the program may write to.
func (b *Builder) Buffer(size int) Arg { return b.datum(Datum{Zeros: size, Mutable: true}) }

// Words returns the address of constant 64-bit words.
func (b *Builder) Words(words ...uint64) Arg {
	data := make([]byte, 0, 8*len(words))
	for _, w := range words {
		data = binary.NativeEndian.AppendUint64(data, w)
	}
	return b.Bytes(data)
}

// Words32 returns the address of constant 32-bit words.
func (b *Builder) Words32(words ...uint32) Arg {
	data := make([]byte, 0, 4*len(words))
	for _, w := range words {
		data = binary.NativeEndian.AppendUint32(data, w)
	}
	return b.Bytes(data)
}

// Pointers returns the address of a null-terminated array of addresses, the
// form of argv and envp.
func (b *Builder) Pointers(to ...Arg) Arg {
	d := Datum{Bytes: make([]byte, LongSize*(len(to)+1))}
	for i, a := range to {
		d.Refs = append(d.Refs, Ref{Off: uint32(LongSize * i), To: a})
	}
	return b.datum(d)
}

// Strings is Pointers to NUL-terminated strings.
func (b *Builder) Strings(list []string) Arg {
	to := make([]Arg, len(list))
	for i, s := range list {
		to[i] = b.String(s)
	}
	return b.Pointers(to...)
}

// Struct returns the address of constant data with pointers in it.
func (b *Builder) Struct(data []byte, refs ...Ref) Arg {
	return b.datum(Datum{Bytes: data, Refs: refs})
}

func (b *Builder) datum(d Datum) Arg {
	b.p.Data = append(b.p.Data, d)
	return Arg{Kind: ArgAddr, Value: uint64(len(b.p.Data) - 1)}
}

// NewSlot returns an unused slot. name says what it will hold, for people.
func (b *Builder) NewSlot(name string) Slot {
	s := Slot(b.p.Slots)
	b.p.Slots++
	b.p.Names = append(b.p.Names, name)
	return s
}

// Call is a system call that was just appended. Its methods say what happens
// with its result and its errors.
type Call struct {
	b *Builder
	n int
}

// Step returns the step's number.
func (c *Call) Step() int { return c.n }

// On goes on at l when the call fails with errno.
func (c *Call) On(errno unix.Errno, l Label) *Call {
	s := &c.b.p.Steps[c.n]
	if len(s.On) == MaxOutcomes {
		c.b.faultf(c.n, "has more than %d outcomes", MaxOutcomes)
		return c
	}
	s.On = c.b.outcome(s.On, Outcome{Errno: errno})
	c.b.fixups = append(c.b.fixups, fixup{c.n, len(s.On) - 1, l})
	return c
}

// outcome adds an outcome to those of the last step, on.
func (b *Builder) outcome(on []Outcome, o Outcome) []Outcome {
	start := len(b.outcomes) - len(on)
	last := start >= 0 && (len(on) == 0 || &b.outcomes[start] == &on[0])
	if !last || len(b.outcomes) == cap(b.outcomes) {
		start, b.outcomes = 0, append(make([]Outcome, 0, max(outcomesAtOnce, len(on)+1)), on...)
	}
	b.outcomes = append(b.outcomes, o)
	return b.outcomes[start:len(b.outcomes):len(b.outcomes)]
}

// outcomesAtOnce is how many outcomes the builder allocates at once.
const outcomesAtOnce = 32

// Ignore goes on with the next step when the call fails with one of errnos.
func (c *Call) Ignore(errnos ...unix.Errno) *Call {
	next := c.b.NewLabel()
	c.b.labels[next] = c.n + 1
	for _, e := range errnos {
		c.On(e, next)
	}
	return c
}

// Retry makes the call again when a signal interrupted it.
func (c *Call) Retry() *Call {
	again := c.b.NewLabel()
	c.b.labels[again] = c.n
	return c.On(unix.EINTR, again)
}

// ResultIn stores the result in slot s.
func (c *Call) ResultIn(s Slot) *Call {
	c.b.p.Steps[c.n].Result = s
	return c
}

// OnFailure calls do with each call of the failure handler.
func (b *Builder) OnFailure(do func(*Call)) {
	for n := range Entry {
		do(&Call{b: b, n: n})
	}
}

// LastArgument gives the call a sixth argument, which it does not use.
func (c *Call) LastArgument(a Arg) *Call {
	s := &c.b.p.Steps[c.n]
	s.Args[len(s.Args)-1] = a
	return c
}

// Result stores the result in a new slot, called name for people, and returns
// the operand that reads it.
func (c *Call) Result(name string) Arg {
	s := c.b.NewSlot(name)
	c.ResultIn(s)
	return s.Arg()
}

// ProgressAddr is the address of the 32-bit word that holds the number of the
// step that is about to run. It is on a page of its own.
const ProgressAddr = 0x20000000

// SiblingAddr is the address of the 32-bit word, on the same page, that holds
// the pid of the last process made by [Builder.ForkSibling]. A process that
// shares the page learns the pid even if the forking process dies right after
// the fork.
const SiblingAddr = ProgressAddr + 8

// ProgressInput is a descriptor of a shared page, see [Builder.ShareProgress].
const ProgressInput Input = "progress"

// ShareProgress replaces the page of the progress word by a page of
// ProgressInput. Others that share it can tell how far a process got that died
// without a report.
func (b *Builder) ShareProgress() {
	fd := b.Input(ProgressInput)
	b.mmapShared(ProgressAddr, ProgressSize, fd)
	b.Close(fd)
}
