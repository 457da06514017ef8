package program

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestPrintSeccomp(t *testing.T) {
	b := NewBuilder("sync")
	call := b.SeccompFilter(unix.SECCOMP_FILTER_FLAG_LOG|unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, make([]unix.SockFilter, 300))
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	const want = "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_SPEC_ALLOW, {300 instructions})"
	if got := stepText(p, call.Step()); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
