package linux

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

func pair(t *testing.T) (a, b *os.File) {
	t.Helper()
	a, b, err := Socketpair("a", "b")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Close([]*os.File{a, b}) })
	return a, b
}

func TestSendReceive(t *testing.T) {
	a, b := pair(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if n, err := Send(a, []byte("hello"), null); n != 5 || err != nil {
		t.Fatalf("sent %d, %v", n, err)
	}
	buf := make([]byte, 5)
	n, files, err := Receive(b, buf, 1, "it", 0)
	defer Close(files)
	if err != nil || string(buf[:n]) != "hello" || len(files) != 1 || files[0].Name() != "it" {
		t.Fatalf("received %q, %v, %v", buf[:n], files, err)
	}
	if flags, err := unix.FcntlInt(files[0].Fd(), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("not close-on-exec: %x, %v", flags, err)
	}
	if _, _, err := Receive(b, buf, 1, "it", unix.MSG_DONTWAIT); err != unix.EAGAIN {
		t.Errorf("nothing more: %v", err)
	}
	a.Close()
	if n, files, err := Receive(b, buf, 1, "it", 0); n != 0 || files != nil || err != nil {
		t.Errorf("after the end: %d, %v, %v", n, files, err)
	}
	if _, err := Send(b, []byte("x"), nil); err != unix.EPIPE {
		t.Errorf("send to nobody: %v", err)
	}
}

// TestReceiveTooMuch also looks whether descriptors are left behind.
func TestReceiveTooMuch(t *testing.T) {
	for _, test := range []struct{ bytes, files, maxFiles int }{{9, 0, 1}, {9, 1, 1}, {1, 2, 1}, {1, 250, 2}} {
		a, b := pair(t)
		before := leak.OpenDescriptors()
		rights := unix.UnixRights(slices.Repeat([]int{int(a.Fd())}, test.files)...)
		if err := unix.Sendmsg(int(a.Fd()), make([]byte, test.bytes), rights, nil, 0); err != nil {
			t.Fatal(err)
		}
		_, files, err := Receive(b, make([]byte, 8), test.maxFiles, "it", 0)
		if err == nil || !strings.Contains(err.Error(), "more than") || files != nil {
			t.Errorf("%+v: files %v, error %v", test, files, err)
		}
		if left := leak.OpenDescriptors().Since(before); left != nil {
			t.Errorf("%+v: left open: %q", test, left)
		}
	}
}
