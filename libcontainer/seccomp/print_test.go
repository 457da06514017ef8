package seccomp

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/golden"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// The filter of Docker's default profile, in full: a change of what rt makes
// of profiles shows here, line by line.
func TestDockerGolden(t *testing.T) {
	f, err := New(docker(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := f.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "docker.txt", text.Bytes())
}

// TestPrint prints each kind of instruction and verdict.
func TestPrint(t *testing.T) {
	arg := func(op specs.LinuxSeccompOperator) []specs.LinuxSeccompArg {
		return []specs.LinuxSeccompArg{{Index: 2, Value: 5 << 32, ValueTwo: 1 << 32, Op: op}}
	}
	s := &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Syscalls: []specs.LinuxSyscall{
			{Names: []string{"read"}, Action: specs.ActErrno, ErrnoRet: new(uint(4000))},
			{Names: []string{"write"}, Action: specs.ActTrace, ErrnoRet: new(uint(7)), Args: arg(specs.OpMaskedEqual)},
			{Names: []string{"open"}, Action: specs.ActTrap, Args: arg(specs.OpLessThan)},
			{Names: []string{"close"}, Action: specs.ActLog, Args: arg(specs.OpNotEqual)},
			{Names: []string{"mount"}, Action: specs.ActKillProcess},
		},
	}
	f, err := New(s, "amd64")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := f.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"A = arch\n", "if arch != SCMP_ARCH_X86_64 goto ", "A = nr\n", "if nr < 165 (mount) goto ", "A = high(args[2])\n",
		"A &= 0x5\n", "if high(args[2]) & 0x5 ", "return ERRNO(4000)\n", "return TRACE(7)\n", "return TRAP\n", "return LOG\n",
		"return KILL_PROCESS\n", "return KILL_THREAD\n", "return ALLOW\n", "if nr < 0x40000000 (x32 read) goto ",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	checkJSON(t, f, text.String())
}

// checkJSON compares the two forms.
func checkJSON(t *testing.T, f *Filter, text string) {
	t.Helper()
	var out bytes.Buffer
	if err := f.WriteJSON(&out, nil); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Flags        uint64
		Instructions []struct {
			Code   uint16
			Jt, Jf uint8
			K      uint32
			Text   string
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if got.Flags != f.flags || len(got.Instructions) != len(lines) || len(lines) != len(f.program) {
		t.Fatalf("flags %#x, %d instructions, %d lines; want %#x, %d", got.Flags, len(got.Instructions), len(lines), f.flags, len(f.program))
	}
	for n, i := range got.Instructions {
		if want := (unix.SockFilter{Code: i.Code, Jt: i.Jt, Jf: i.Jf, K: i.K}); f.program[n] != want || !strings.HasSuffix(lines[n], "  "+i.Text) {
			t.Errorf("instruction %d is %+v in JSON, %+v in the filter, %q in the text", n, i, f.program[n], lines[n])
		}
	}
}
