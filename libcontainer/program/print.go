package program

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteText prints the program for people: every step on a line that begins
// with its number and reads like strace(1), under a heading that says which
// setting the steps come from.
//
// Everything is decoded from the operands and data that the machine will use,
// so the text tells what will run, and does not differ between architectures.
func (p *Program) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	pr := newPrinter(p, unique)
	if len(p.Inputs) > 0 {
		fmt.Fprintf(out, "inputs: %s\n", pr.inputList())
	}
	width := len(strconv.Itoa(len(p.Steps)))
	heading := ""
	for n := range p.Steps {
		// A complete origin is the text of one failure, and is printed with it.
		if o := p.Origin(n); !o.Complete && o.String() != heading {
			heading = o.String()
			fmt.Fprintf(out, "\n%s\n", heading)
		}
		fmt.Fprintf(out, "  %*d  %s\n", width, n, pr.step(n))
	}
	return out.Flush()
}

// String returns the origin as the beginning of an error message:
// "mounts[3] (/dev/shm): mount tmpfs".
func (o Origin) String() string {
	o.Subject, o.Doing = printable(o.Subject), printable(o.Doing)
	where := o.Path
	switch {
	case where == "":
		where = o.Subject
	case o.Subject != "":
		where += " (" + o.Subject + ")"
	}
	switch {
	case where == "":
		return o.Doing
	case o.Doing == "":
		return where
	}
	return where + ": " + o.Doing
}

// printable returns s on one line and harmless to a terminal: if it contains
// anything that does not print, it is escaped as in Go.
func printable(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

// printer holds the names that the steps of one program use.
type printer struct {
	p     *Program
	slots []string // by slot
	data  []string // by datum; "" for constant data, which is printed itself
}

// newPrinter returns a printer. name makes the names of slots and buffers out of
// what they hold.
func newPrinter(p *Program, name func(seen map[string]int, what string) string) *printer {
	pr := &printer{p: p, slots: make([]string, p.Slots), data: make([]string, len(p.Data))}
	seen := map[string]int{}
	for s := range pr.slots {
		what := p.name(Slot(s))
		if what == "" {
			what = "slot"
		}
		pr.slots[s] = name(seen, what)
	}
	for i := range p.Data {
		switch {
		case i == ReportDatum:
			pr.data[i] = name(seen, "failure")
		case p.Data[i].Mutable:
			pr.data[i] = name(seen, "buf")
		}
	}
	return pr
}

// name returns what a slot holds, or "" if nobody has said it.
func (p *Program) name(s Slot) string {
	if int(s) < len(p.Names) {
		return p.Names[s]
	}
	return ""
}

// unique returns name, with a number behind it if seen has it already.
func unique(seen map[string]int, name string) string {
	seen[name]++
	if n := seen[name]; n > 1 {
		return name + "#" + strconv.Itoa(n)
	}
	return name
}

func (pr *printer) inputList() string {
	list := make([]string, len(pr.p.Inputs))
	for i, name := range pr.p.Inputs {
		list[i] = fmt.Sprintf("%d=%s", FirstInput+i, name)
	}
	return strings.Join(list, " ")
}

func (pr *printer) slot(s Slot) string {
	if int(s) < len(pr.slots) {
		return pr.slots[s]
	}
	return fmt.Sprintf("slot[%d]", s)
}

// address names the place that a points to.
func (pr *printer) address(a Arg) string {
	name := fmt.Sprintf("data[%d]", a.Value)
	if a.Value < uint64(len(pr.data)) && pr.data[a.Value] != "" {
		name = pr.data[a.Value]
	}
	if a.Off != 0 {
		name += "+" + strconv.Itoa(int(a.Off))
	}
	return name
}
