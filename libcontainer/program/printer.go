package program

// Printer prints single steps of a program, for those who arrange them in their
// own way.
type Printer struct{ named, plain *printer }

// NewPrinter returns a printer of p's steps.
func NewPrinter(p *Program) *Printer {
	return &Printer{named: newPrinter(p, unique), plain: newPrinter(p, same)}
}

// Step returns step n as [Program.WriteText] prints it.
func (pr *Printer) Step(n int) string { return pr.named.step(n) }

// Call returns the system call of step n without what becomes of its result, or
// "" if the step makes none. Slots and buffers have no numbers in it, so that the
// same call is the same text in another program.
func (pr *Printer) Call(n int) string {
	if s := &pr.plain.p.Steps[n]; s.Op == OpCall {
		return pr.plain.call(s)
	}
	return ""
}

// Inputs returns the descriptors that the program must get: "3=sync 4=progress".
func (pr *Printer) Inputs() string { return pr.named.inputList() }

// same leaves the name as it is, even if something else has it too.
func same(_ map[string]int, name string) string { return name }

// CloneFlags returns the names of flags of clone(2).
func CloneFlags(set uint64) string { return flags(nil, set, cloneNames) }
