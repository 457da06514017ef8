package image

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

func TestMachineCode(t *testing.T) {
	code, err := machineCode()
	if err != nil {
		t.Fatal(err)
	}
	if len(code) >= 500 {
		t.Errorf("the interpreter has %d bytes; documents say less than 500", len(code))
	}
	start, end := interpreterBounds()
	text := textBetween(start, end)
	if rest := text[len(code):]; !bytes.HasPrefix(rest, marker()) {
		t.Errorf("code is followed by %q, not by its marker", rest)
	}
	if bytes.Count(text, marker()) != 1 {
		t.Error("the marker is not unique")
	}
}

// simple is a program with constant and initialised mutable data.
func simple(t *testing.T) *program.Program {
	p := compile(t, func(b *program.Builder) {
		b.Write(stdout, "constant")
		b.Buffer(5)
		b.ExitGroup(0)
	})
	p.Data = append(p.Data, program.Datum{Bytes: []byte("mutable"), Mutable: true})
	return p
}

func content(t *testing.T, p *program.Program) []byte {
	t.Helper()
	f, err := newFile(p, false)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, f.dataOff+int64(len(f.data)))
	copy(b, f.text)
	copy(b[f.dataOff:], f.data)
	return b
}

func TestELF(t *testing.T) {
	image := content(t, simple(t))
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	machine, _ := machine(runtime.GOARCH)
	if f.Type != elf.ET_EXEC || f.Machine != elf.Machine(machine) || f.Entry != textAddr+codeOff {
		t.Errorf("header is %+v", f.FileHeader)
	}
	var got []elf.ProgHeader
	for _, p := range f.Progs {
		got = append(got, p.ProgHeader)
	}
	// 4 steps, "constant\0"; the report, a slot, 5 zeros, "mutable".
	const text, data = stepsOff + 4*recSize + 9, 8 + 8 + 8 + 7 // a slot of 4 bytes has padding behind it
	want := []elf.ProgHeader{
		{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_X, Vaddr: textAddr, Paddr: textAddr, Filesz: text, Memsz: text, Align: maxPage},
		{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_W, Off: maxPage, Vaddr: dataAddr, Paddr: dataAddr, Filesz: data, Memsz: data, Align: maxPage},
		{Type: elf.PT_LOAD, Flags: elf.PF_R | elf.PF_W, Vaddr: progressAddr, Paddr: progressAddr, Memsz: progressSize, Align: maxPage},
		{Type: elf.PT_GNU_STACK, Flags: elf.PF_R | elf.PF_W, Align: maxPage},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("segments (-want +got):\n%s", diff)
	}
}

func TestContent(t *testing.T) {
	image := content(t, simple(t))
	code, err := machineCode()
	if err != nil {
		t.Fatal(err)
	}
	for off, want := range map[int]string{
		codeOff:                    string(code),
		stepsOff + 4*recSize:       "constant\x00",
		stepsOff + recSize + recNr: string(binary.NativeEndian.AppendUint32(nil, unix.SYS_EXIT_GROUP|1<<12)),
		maxPage + 24:               "mutable",
	} {
		if got := string(image[off:][:len(want)]); got != want {
			t.Errorf("at %#x is %q, want %q", off, got, want)
		}
	}
	if !bytes.Equal(image, content(t, simple(t))) {
		t.Error("two images of one program differ")
	}
}

// TestZeroData checks that a file holds no zero data: a page of it would be
// charged to the container's memory.
func TestZeroData(t *testing.T) {
	f, err := newFile(compile(t, func(b *program.Builder) {
		b.Buffer(1 << 20)
		b.ExitGroup(0)
	}), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.data) != 0 {
		t.Errorf("file has %d bytes of data", len(f.data))
	}
}

// atWord are the operands of a step on the word there.
func atWord(datum int, off uint32) [6]program.Arg { return [6]program.Arg{addr(datum, off)} }

// faultTests change the program of TestFaults, and its first step.
var faultTests = []struct {
	want   string
	change func(p *program.Program, step *program.Step)
}{
	{"has no step to run", func(p *program.Program, _ *program.Step) { p.Steps = p.Steps[:2] }},
	{"has 1048576 steps", func(p *program.Program, _ *program.Step) { p.Steps = make([]program.Step, 1<<20) }},
	{"has 0 slots", func(p *program.Program, _ *program.Step) { p.Slots = 0 }},
	{"has 1048576 slots", func(p *program.Program, _ *program.Step) { p.Slots = 1 << 20 }},
	{"has no report", func(p *program.Program, _ *program.Step) { p.Data = nil }},
	{"has a report that is not", func(p *program.Program, _ *program.Step) { p.Data[0].Zeros = 16 }},
	{"has a report that is not", func(p *program.Program, _ *program.Step) { p.Data[0].Mutable = false }},
	{"does not fit", func(p *program.Program, _ *program.Step) { p.Data[2].Zeros = maxSegment }},
	{"does not fit", func(p *program.Program, _ *program.Step) { p.Data[2].Zeros = math.MaxInt }},
	{"step 2 has the unknown operation 9", func(_ *program.Program, s *program.Step) { s.Op = 9 }},
	{"step 2 has the unknown operand kind 9", func(_ *program.Program, s *program.Step) { s.Args[5].Kind = 9 }},
	{"step 2 reads slot 1 of 1", func(_ *program.Program, s *program.Step) { s.Args[3] = program.Slot(1).Arg() }},
	{"step 2 writes slot 1 of 1", func(_ *program.Program, s *program.Step) { s.Result = 1 }},
	{"step 2 addresses datum 4 of 4", func(_ *program.Program, s *program.Step) { s.Args[1] = addr(4, 0) }},
	{"step 2 addresses byte 10 of datum 1, which has 9", func(_ *program.Program, s *program.Step) { s.Args[1] = addr(1, 10) }},
	{"step 2 makes system call 4096", func(_ *program.Program, s *program.Step) { s.Nr = 4096 }},
	{"step 2 has 7 outcomes", func(_ *program.Program, s *program.Step) { s.On = make([]program.Outcome, 7) }},
	{"step 2 expects errno 0", func(_ *program.Program, s *program.Step) { s.On = []program.Outcome{{}} }},
	{"step 2 expects errno 4096", func(_ *program.Program, s *program.Step) { s.On = []program.Outcome{{Errno: 4096}} }},
	{"step 2 goes to step 4 of 4", func(_ *program.Program, s *program.Step) { s.On = []program.Outcome{{Errno: 1, To: 4}} }},
	{"step 2 goes to step -1 of 4", func(_ *program.Program, s *program.Step) { s.Op, s.To = program.OpJumpIf, -1 }},
	{"step 2 goes to step 4 of 4", func(_ *program.Program, s *program.Step) {
		*s = program.Step{Op: program.OpJumpIfWord, Args: atWord(2, 0), To: 4}
	}},
	{"step 2 uses a word that is not in the arena", func(_ *program.Program, s *program.Step) {
		*s = program.Step{Op: program.OpJumpIfWord, Args: [6]program.Arg{program.Imm(dataAddr)}}
	}},
	{"step 2 uses a word that ends after datum 2", func(_ *program.Program, s *program.Step) {
		*s = program.Step{Op: program.OpJumpIfWord, Args: atWord(2, 5)}
	}},
	{"step 2 uses a word that ends after datum 2", func(_ *program.Program, s *program.Step) {
		*s = program.Step{Op: program.OpStore, Args: atWord(2, 5)}
	}},
	{"step 2 stores to datum 1, which is constant", func(_ *program.Program, s *program.Step) {
		*s = program.Step{Op: program.OpStore, Args: atWord(1, 0)}
	}},
	{"step 2 uses a word that ends after datum 1", func(_ *program.Program, s *program.Step) {
		*s = program.Step{Op: program.OpLoad, Args: atWord(1, 6), Result: program.NoSlot}
	}},
	{"step 2 writes slot 1 of 1", func(_ *program.Program, s *program.Step) {
		*s = program.Step{Op: program.OpLoad, Args: atWord(2, 0), Result: 1}
	}},
	{"step 3 is the last one", func(p *program.Program, _ *program.Step) { p.Steps[3].Nr = unix.SYS_GETPID }},
	{"step 3 is the last one", func(p *program.Program, _ *program.Step) {
		p.Steps[3] = program.Step{Op: program.OpJumpIf, Args: [6]program.Arg{program.Imm(1)}}
	}},
	{"datum 3 has a pointer at byte 5 of 8", func(p *program.Program, _ *program.Step) { p.Data[3].Refs[0].Off = 5 }},
	{"datum 3 has a pointer at byte 0 that is not an address", func(p *program.Program, _ *program.Step) { p.Data[3].Refs[0].To = program.Imm(1) }},
	{"datum 3 addresses datum 7 of 4", func(p *program.Program, _ *program.Step) { p.Data[3].Refs[0].To = addr(7, 0) }},
}

func TestFaults(t *testing.T) {
	for _, test := range faultTests {
		p := compile(t, func(b *program.Builder) {
			b.Write(stdout, "constant")
			b.Buffer(8)
			b.Struct(make([]byte, 8), program.Ref{To: b.String("constant")})
			b.ExitGroup(0)
		})
		test.change(p, &p.Steps[program.Entry])
		_, err := newFile(p, false)
		if err == nil || !strings.HasPrefix(err.Error(), "image: program "+test.want) {
			t.Errorf("error is %v, want: image: program %s", err, test.want)
		}
	}
}

func BenchmarkNewFile(b *testing.B) {
	builder := program.NewBuilder("report")
	for range 200 {
		builder.Openat(program.Cwd, "/some/path", 0).Ignore(unix.ENOENT)
	}
	builder.ExitGroup(0)
	p, err := builder.Program()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newFile(p, false); err != nil {
			b.Fatal(err)
		}
	}
}
