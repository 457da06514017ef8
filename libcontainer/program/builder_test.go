package program

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// build returns the program of a builder that steps has filled.
func build(t *testing.T, steps func(b *Builder)) *Program {
	t.Helper()
	b := NewBuilder("sync")
	steps(b)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// stepText returns step n as WriteText prints it, without its number.
func stepText(p *Program, n int) string { return newPrinter(p, unique).step(n) }

func TestNewBuilderMakesFailureHandler(t *testing.T) {
	b := NewBuilder("sync")
	if n := b.Next(); n != Entry {
		t.Errorf("first step of the caller is %d, want Entry (%d)", n, Entry)
	}
	b.Close(Imm(9))
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	write, exit := p.Steps[0], p.Steps[1]
	if write.Nr != unix.SYS_WRITE || write.Args[0] != ReportSlot.Arg() {
		t.Errorf("step 0 is %s, want a write to the report slot", stepText(p, 0))
	}
	if want := (Outcome{AnyErrno, 1}); len(write.On) != 1 || write.On[0] != want {
		t.Errorf("step 0 has the outcomes %v, want %v: a handler that fails must end all the same", write.On, want)
	}
	if exit.Nr != unix.SYS_EXIT_GROUP {
		t.Errorf("step 1 is %s, want exit_group", stepText(p, 1))
	}
	if d := p.Data[ReportDatum]; !d.Mutable || d.Len() != ReportSize {
		t.Errorf("report datum is %+v", d)
	}
	if p.Origin(Entry) == p.Origin(0) {
		t.Error("steps of the caller have the failure handler's origin")
	}
}

func TestBuilderFaults(t *testing.T) {
	tests := []struct {
		name  string
		steps func(b *Builder)
		want  string
	}{
		{"jump to unbound label", func(b *Builder) { b.Jump(b.NewLabel()) }, "step 2 jumps to label 1, which is nowhere"},
		{"outcome to unbound label", func(b *Builder) { b.Setsid().On(unix.EPERM, b.NewLabel()) }, "step 2 jumps to label 1"},
		{"too many outcomes", func(b *Builder) {
			b.Setsid().Ignore(1, 2, 3, 4, 5, 6, 7)
		}, "step 2 has more than 6 outcomes"},
		{"NUL in string", func(b *Builder) { b.Chroot("a\x00b") }, `step 2 uses the string "a\x00b", which contains NUL`},
		{"too many steps", func(b *Builder) {
			b.At("mounts[9]", "/x")
			b.Setsid()
			b.At("", "")
			for range MaxSteps {
				b.Setsid()
			}
		}, "mounts[9]: exceeds the limit of 1048575 steps of a program"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := NewBuilder("sync")
			test.steps(b)
			p, err := b.Program()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			if err != nil && p != nil {
				t.Error("there is a program in spite of the error")
			}
		})
	}
}

func TestLabels(t *testing.T) {
	p := build(t, func(b *Builder) {
		end := b.NewLabel()
		again := b.Here()
		b.Setsid().On(unix.EINTR, again).On(unix.EPERM, end).Ignore(unix.ENOSYS) // 2
		b.JumpIf(Imm(1), 1, 1, again)                                            // 3
		b.Jump(end)                                                              // 4
		b.Fail(unix.EIO)                                                         // 5
		b.Bind(end)
		b.ExitGroup(0) // 6
	})
	want := []Outcome{{unix.EINTR, 2}, {unix.EPERM, 6}, {unix.ENOSYS, 3}}
	if diff := cmp.Diff(want, p.Steps[2].On); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if p.Steps[3].To != 2 || p.Steps[4].To != 6 {
		t.Errorf("jumps go to %d and %d, want 2 and 6", p.Steps[3].To, p.Steps[4].To)
	}
}

func TestLabelAtTheEnd(t *testing.T) {
	// The builder does not know whether more steps follow; where a jump behind
	// the last step leads is the caller's business.
	p := build(t, func(b *Builder) { b.Setsid().Ignore(unix.EPERM) })
	if to := p.Steps[2].On[0].To; to != 3 {
		t.Errorf("ignored errno goes to %d, want 3", to)
	}
}

func TestRetry(t *testing.T) {
	p := build(t, func(b *Builder) {
		b.Setsid()
		b.Read(Imm(0), b.Buffer(8), 8).Retry()
	})
	if want := (Outcome{unix.EINTR, 3}); p.Steps[3].On[0] != want {
		t.Errorf("outcome is %v, want %v", p.Steps[3].On[0], want)
	}
}

func TestStringsAreShared(t *testing.T) {
	b := NewBuilder("sync")
	a, same, other := b.String("tmpfs"), b.String("tmpfs"), b.String("tmp")
	if a != same {
		t.Error("equal strings have two places")
	}
	if a == other {
		t.Error("different strings share a place")
	}
	if b.Bytes([]byte("tmpfs\x00")) == a {
		t.Error("bytes share a string's place: whoever made them may change them")
	}
	if one, two := b.Buffer(8), b.Buffer(8); one == two {
		t.Error("two buffers share a place")
	}
}

func TestStringHasNUL(t *testing.T) {
	p := build(t, func(b *Builder) { b.Chroot("/a") })
	if got := string(p.Data[p.Steps[2].Args[0].Value].Bytes); got != "/a\x00" {
		t.Errorf("string is %q", got)
	}
}

func TestPointersAreNullTerminated(t *testing.T) {
	b := NewBuilder("sync")
	list := b.Strings([]string{"a", "b"})
	empty := b.Strings(nil)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	d := p.Data[list.Value]
	want := []Ref{{0, b.String("a")}, {8, b.String("b")}}
	if diff := cmp.Diff(want, d.Refs); diff != "" || d.Len() != 24 {
		t.Errorf("array of %d bytes, pointers (-want +got):\n%s", d.Len(), diff)
	}
	if d := p.Data[empty.Value]; len(d.Refs) != 0 || d.Len() != 8 {
		t.Errorf("empty array is %+v, want one null pointer", d)
	}
}

func TestInputs(t *testing.T) {
	b := NewBuilder("sync")
	start := b.Input("start")
	if start != Imm(4) || b.Input("sync") != Imm(3) || b.Input("start") != start {
		t.Errorf("inputs are %v and %v, want descriptors 3 and 4, the same at each call", b.Input("sync"), start)
	}
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Input{"sync", "start"}, p.Inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

func TestOrigins(t *testing.T) {
	p := build(t, func(b *Builder) {
		b.At("hostname", "")
		b.Doing("set hostname to %s", "a%b")
		b.Sethostname("a%b")
		b.Doing("leave the session")
		b.Setsid()
		b.FailSaying(unix.ENOENT, "%q: not found", "x")
		b.Setsid()
		b.At("mounts[0]", "/proc")
		b.Setsid()
	})
	want := []string{
		"hostname: set hostname to a%b", "hostname: leave the session", `hostname: "x": not found`,
		"hostname: leave the session", "mounts[0] (/proc)",
	}
	for i, text := range want {
		if got := p.Origin(Entry + i).String(); got != text {
			t.Errorf("step %d: origin %q, want %q", Entry+i, got, text)
		}
	}
	if !p.Origin(Entry+2).Complete || p.Origin(Entry+3).Complete {
		t.Error("exactly the step of FailSaying must have a complete origin")
	}
}

func TestOriginString(t *testing.T) {
	tests := map[string]Origin{
		"":                              {},
		"start":                         {Doing: "start"},
		"hostname":                      {Path: "hostname"},
		"/proc":                         {Subject: "/proc"},
		"/proc: mount":                  {Subject: "/proc", Doing: "mount"},
		"mounts[3] (/dev/shm): mount x": {Path: "mounts[3]", Subject: "/dev/shm", Doing: "mount x"},
	}
	for want, o := range tests {
		if got := o.String(); got != want {
			t.Errorf("%+v: %q, want %q", o, got, want)
		}
	}
}

func TestArgAt(t *testing.T) {
	a := Arg{Kind: ArgAddr, Value: 5}
	if b := a.At(8).At(4); b.Off != 12 || b.Value != 5 || a.Off != 0 {
		t.Errorf("a is %+v, moved twice %+v", a, b)
	}
}

func TestImmKeepsSign(t *testing.T) {
	if Imm(int32(-1)).Value != ^uint64(0) || Imm(uint32(0xffffffff)).Value != 0xffffffff {
		t.Error("negative numbers must be sign-extended and unsigned ones not")
	}
}
