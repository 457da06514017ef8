package seccomp

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/oci-rt/rt/internal/plainjson"
	"golang.org/x/sys/unix"
)

// WriteText prints the filter for people: each instruction on a line that
// begins with its number and says what it does, with the names of system calls
// and architectures. Everything comes from the instructions themselves.
func (f *Filter) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	d := newDisassembler(f)
	width := len(strconv.Itoa(len(f.program)))
	for n := range f.program {
		fmt.Fprintf(out, "  %*d  %s\n", width, n, d.text(n))
		d.follow(n)
	}
	return out.Flush()
}

// instructionJSON is an instruction in the output of [Filter.WriteJSON]: the
// fields of struct sock_filter and the text.
type instructionJSON struct {
	Code uint16 `json:"code"`
	Jt   uint8  `json:"jt"`
	Jf   uint8  `json:"jf"`
	K    uint32 `json:"k"`
	Text string `json:"text"`
}

// Schema is the version of the JSON of a filter. It changes when a member goes or
// gets another meaning, and not when one is added.
const Schema = 1

// WriteJSON prints the filter for machines: one object with what it decides, the
// flags that seccomp(2) gets and all instructions, each on a line of its own.
func (f *Filter) WriteJSON(w io.Writer, list []Listing) error {
	out := bufio.NewWriter(w)
	d := newDisassembler(f)
	fmt.Fprintf(out, `{"schema":%d,"unlisted":%q,"architectures":%s,`, Schema, Unlisted, plainjson.Append(nil, list))
	fmt.Fprintf(out, `"flags":%d,"instructions":[`, f.flags)
	separator := "\n"
	for n, i := range f.program {
		out.WriteString(separator)
		out.Write(plainjson.Append(nil, instructionJSON{i.Code, i.Jt, i.Jf, i.K, d.text(n)}))
		d.follow(n)
		separator = ",\n"
	}
	out.WriteString("\n]}\n")
	return out.Flush()
}

// disassembler says what the instructions of a filter do. It goes through them
// once, because jumps only lead forward.
type disassembler struct {
	filter  []unix.SockFilter
	machine string
	at      []view // by instruction
}

// view is what is known when an instruction runs, however it was reached.
type view struct {
	reached bool
	word    string // what the accumulator holds
	audit   uint32 // the architecture of the call, or 0
}

// The contents of the accumulator for which a comparison has names, and
// wordUnknown for contents that depend on how an instruction was reached.
const (
	wordNumber  = "nr"
	wordArch    = "arch"
	wordUnknown = "A"
)

func newDisassembler(f *Filter) *disassembler {
	d := &disassembler{filter: f.program, machine: f.machine, at: make([]view, len(f.program))}
	d.at[0] = view{reached: true, word: wordUnknown}
	return d
}

// reach notes that instruction n, if there is one, is reached with this view.
func (d *disassembler) reach(n int, v view) {
	if n >= len(d.at) {
		return
	}
	old := &d.at[n]
	if !old.reached {
		*old = v
		return
	}
	if old.word != v.word {
		old.word = wordUnknown
	}
	if old.audit != v.audit {
		old.audit = 0
	}
}

// follow notes what is known behind instruction n.
func (d *disassembler) follow(n int) {
	i, v := d.filter[n], d.at[n]
	switch i.Code & 7 { // the class
	case unix.BPF_RET:
		return
	case unix.BPF_LD:
		v.word = d.field(i.K)
	case unix.BPF_ALU:
		v.word = fmt.Sprintf("%s & %#x", v.word, i.K)
	case unix.BPF_JMP:
		d.followJump(n, i, v)
		return
	}
	d.reach(n+1, v)
}

func (d *disassembler) followJump(n int, i unix.SockFilter, v view) {
	if i.Code == unix.BPF_JMP|unix.BPF_JA {
		d.reach(n+1+int(i.K), v)
		return
	}
	yes := v
	if v.word == wordArch && i.Code == unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K {
		yes.audit = i.K
	}
	d.reach(n+1+int(i.Jt), yes)
	d.reach(n+1+int(i.Jf), v)
}

// field names the 32-bit word at an offset of struct seccomp_data.
func (d *disassembler) field(offset uint32) string {
	switch {
	case offset == offsetNumber:
		return wordNumber
	case offset == offsetArch:
		return wordArch
	case offset < offsetArgs || offset >= offsetArgs+6*8:
		return fmt.Sprintf("data[%d]", offset)
	}
	half := "low"
	if (offset%8 == 4) != bigEndian(d.machine) {
		half = "high"
	}
	return fmt.Sprintf("%s(args[%d])", half, (offset-offsetArgs)/8)
}

// text says what instruction n does.
func (d *disassembler) text(n int) string {
	i, v := d.filter[n], d.at[n]
	switch i.Code {
	case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
		return "A = " + d.field(i.K)
	case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
		return fmt.Sprintf("A &= %#x", i.K)
	case unix.BPF_RET | unix.BPF_K:
		return "return " + verdict(i.K).String()
	case unix.BPF_JMP | unix.BPF_JA:
		return fmt.Sprintf("goto %d", n+1+int(i.K))
	}
	is, isNot, ok := comparison(i.Code)
	if !ok {
		return fmt.Sprintf("code %#x", i.Code)
	}
	operand := v.operand(i.K)
	yes, no := n+1+int(i.Jt), n+1+int(i.Jf)
	switch {
	case i.Jf == 0:
		return fmt.Sprintf("if %s goto %d", fmt.Sprintf(is, v.word, operand), yes)
	case i.Jt == 0:
		return fmt.Sprintf("if %s goto %d", fmt.Sprintf(isNot, v.word, operand), no)
	}
	return fmt.Sprintf("if %s goto %d else %d", fmt.Sprintf(is, v.word, operand), yes, no)
}

// comparison returns how a comparison reads, and its opposite.
func comparison(code uint16) (is, isNot string, ok bool) {
	switch code {
	case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
		return "%s == %s", "%s != %s", true
	case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
		return "%s > %s", "%s <= %s", true
	case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
		return "%s >= %s", "%s < %s", true
	case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
		return "%s & %s != 0", "%s & %s == 0", true
	}
	return "", "", false
}

// operand names what the accumulator is compared with.
func (v view) operand(k uint32) string {
	switch v.word {
	case wordArch:
		for i := range arches {
			if arches[i].audit == k {
				return string(arches[i].name)
			}
		}
	case wordNumber:
		return number(v.audit, k)
	}
	return fmt.Sprintf("%#x", k)
}

// number returns a system call's number with its name, if it has one.
func number(audit, nr uint32) string {
	name := nameOf(audit, nr)
	switch {
	case nr >= x32Bit && name != "":
		return fmt.Sprintf("%#x (x32 %s)", nr, name)
	case nr >= x32Bit:
		return fmt.Sprintf("%#x", nr)
	case name != "":
		return fmt.Sprintf("%d (%s)", nr, name)
	}
	return strconv.FormatUint(uint64(nr), 10)
}

// nameOf returns the name of system call nr of this seccomp_data.arch, or "".
func nameOf(audit, nr uint32) string {
	for i := range arches {
		a := &arches[i]
		if a.audit != audit {
			continue
		}
		for index, name := range syscallNames {
			if n, ok := a.numberAt(index); ok && n == nr {
				return name
			}
		}
	}
	return ""
}

// String returns the verdict as seccomp(2) calls it.
func (v verdict) String() string {
	data := int(v & unix.SECCOMP_RET_DATA)
	switch v & unix.SECCOMP_RET_ACTION_FULL {
	case unix.SECCOMP_RET_KILL_PROCESS:
		return "KILL_PROCESS"
	case unix.SECCOMP_RET_KILL_THREAD:
		return "KILL_THREAD"
	case unix.SECCOMP_RET_TRAP:
		return "TRAP"
	case unix.SECCOMP_RET_ERRNO:
		return "ERRNO(" + errnoName(data) + ")"
	case unix.SECCOMP_RET_USER_NOTIF:
		return "USER_NOTIF"
	case unix.SECCOMP_RET_TRACE:
		return fmt.Sprintf("TRACE(%d)", data)
	case unix.SECCOMP_RET_LOG:
		return "LOG"
	case unix.SECCOMP_RET_ALLOW:
		return "ALLOW"
	}
	return fmt.Sprintf("%#x", uint32(v))
}

func errnoName(n int) string {
	if name := unix.ErrnoName(unix.Errno(n)); name != "" {
		return name
	}
	return strconv.Itoa(n)
}
