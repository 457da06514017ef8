package creator

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// TestAwaitForkOrder: the child's first report may come before its pid.
func TestAwaitForkOrder(t *testing.T) {
	word := func(step uint32, errno unix.Errno) []byte {
		b := binary.NativeEndian.AppendUint32(nil, step)
		return binary.NativeEndian.AppendUint32(b, uint32(errno))
	}
	child := sleeping(t)
	pid := binary.NativeEndian.AppendUint32(word(7, 0), uint32(child))
	tests := []struct {
		name     string
		messages [][]byte
		pid      int
		next     program.Report
		err      error
	}{
		{"usual", [][]byte{pid, word(9, 0)}, child, program.Report{Step: 9}, nil},
		{"child first", [][]byte{word(9, 0), pid}, child, program.Report{Step: 9}, nil},
		{"child fails first", [][]byte{word(2, unix.EIO), pid}, child, program.Report{Step: 2, Errno: unix.EIO}, nil},
		{"child first, pid fails", [][]byte{word(9, 0), word(7, unix.EPERM)}, 0, program.Report{}, unix.EPERM},
		{"no child", [][]byte{word(2, unix.ENOSPC)}, 0, program.Report{}, unix.ENOSPC},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ours, theirs, err := connection()
			if err != nil {
				t.Fatal(err)
			}
			defer ours.Close()
			for _, m := range test.messages {
				if _, err := theirs.Write(m); err != nil {
					t.Fatal(err)
				}
			}
			theirs.Close()
			s := hostileSession(t, nil)
			s.conn.Close()
			s.conn = ours
			_, err = s.awaitFork(fork)
			if !errors.Is(err, test.err) || s.pid != test.pid {
				t.Fatalf("pid %d, %v, want %d, %v", s.pid, err, test.pid, test.err)
			}
			if test.err != nil {
				return
			}
			if m, err := s.receive(); m.Report != test.next || err != nil {
				t.Errorf("next is %+v, %v, want %+v", m, err, test.next)
			}
		})
	}
}

// A first process that died before it could tell the pid never will, although
// the child keeps the connection open.
func TestAwaitForkWithoutPid(t *testing.T) {
	ours, theirs, err := connection()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer theirs.Close()
	if _, err := theirs.Write(make([]byte, program.ReportSize)); err != nil {
		t.Fatal(err)
	}
	s := hostileSession(t, nil)
	s.conn.Close()
	s.conn = ours
	if _, err := s.awaitFork(fork); err == nil || s.pid != 0 {
		t.Errorf("pid %d, error %v, want an error", s.pid, err)
	}
}
