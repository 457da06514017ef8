package libcontainer

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/oci-rt/rt/libcontainer/image"
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
	pid := binary.NativeEndian.AppendUint64(word(7, 0), uint64(child))
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
			ours, theirs, err := socketpair()
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
			p := &program.Program{Steps: make([]program.Step, 10), Origins: make([]program.Origin, 1)}
			s := &starter{prog: p, init: &launched{sync: ours, ended: true}}
			err = s.awaitFork()
			if !errors.Is(err, test.err) || s.init.pid != test.pid {
				t.Fatalf("pid %d, %v, want %d, %v", s.init.pid, err, test.pid, test.err)
			}
			if test.err != nil {
				return
			}
			if r, err := s.init.receive(); r != test.next || err != nil {
				t.Errorf("next is %+v, %v, want %+v", r, err, test.next)
			}
		})
	}
}

// A first process that died before it could tell the pid never will, although
// the child keeps the connection open.
func TestAwaitForkWithoutPid(t *testing.T) {
	ours, theirs, err := socketpair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer theirs.Close()
	if _, err := theirs.Write(make([]byte, program.ReportSize)); err != nil {
		t.Fatal(err)
	}
	p := &program.Program{Steps: make([]program.Step, 10), Origins: make([]program.Origin, 1)}
	s := &starter{prog: p, init: &launched{sync: ours, ended: true, proc: &image.Process{}}}
	if err := s.awaitFork(); err == nil || s.init.pid != 0 {
		t.Errorf("pid %d, error %v, want an error", s.init.pid, err)
	}
}
