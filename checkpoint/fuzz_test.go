package checkpoint

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"github.com/oci-rt/rt/tests/leak"
	"golang.org/x/sys/unix"
)

// FuzzAnswers has CRIU answer a dump with anything, also with descriptors. The dump ends,
// succeeds only if CRIU's last word is that it did, and leaves no descriptor.
func FuzzAnswers(f *testing.F) {
	add := func(answers ...*rpc.CriuResp) {
		var script []byte
		for _, a := range answers {
			data, err := a.MarshalVT()
			if err != nil {
				f.Fatal(err)
			}
			script = append(append(script, byte(len(data)), 0), data...)
		}
		f.Add(script)
	}
	add(notified("a"), notified("b"), answer(kindDump, true))
	add(notified("orphan-pts-master"), answer(kindDump, false))
	add(answer(rpc.CriuReqType_VERSION, true))
	add(answer(rpc.CriuReqType_EMPTY, true))
	f.Add([]byte{2, 1, 8, 9, 3, 7, 0xff, 0xff, 0xff})
	f.Add([]byte{0, 0})
	dir, err := os.Open(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	defer dir.Close()
	f.Fuzz(func(t *testing.T, script []byte) {
		before := leak.OpenDescriptors()
		conn, last := answerWith(t, script)
		s := &session{conn: conn, process: &os.Process{Pid: 1}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		err := s.run(ctx, &request{Kind: kindDump, Images: dir, Notify: func(n notification) error {
			if n.Step == "" {
				return errFailed
			}
			return nil
		}})
		conn.Close()
		if a := <-last; err == nil && (!a.GetSuccess() || a.GetType() != kindDump) {
			t.Errorf("succeeds with %+v", a)
		}
		if ctx.Err() != nil {
			t.Error("does not end")
		}
		if left := leak.OpenDescriptors().Since(before); left != nil {
			t.Errorf("left open: %q", left)
		}
	})
}

// answerWith answers each message with the next of a script, which are a size, a number of
// descriptors, and that many bytes. last is what was said last, if it is a message.
func answerWith(t *testing.T, script []byte) (ours *os.File, last <-chan *rpc.CriuResp) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan *rpc.CriuResp, 1)
	go func() {
		answer := new(rpc.CriuResp)
		defer func() { said <- answer }()
		defer unix.Close(fds[1])
		for len(script) >= 2 {
			if n, err := unix.Read(fds[1], make([]byte, maxMessage)); n <= 0 || err != nil {
				return
			}
			size := min(int(script[0]), len(script)-2)
			var rights []byte
			if n := int(script[1]) % 4; n > 0 {
				rights = unix.UnixRights([]int{0, 0, 0}[:n]...)
			}
			message := script[2 : 2+size]
			answer = new(rpc.CriuResp)
			_ = answer.UnmarshalVT(message)
			if unix.Sendmsg(fds[1], message, rights, nil, unix.MSG_NOSIGNAL) != nil {
				return
			}
			script = script[2+size:]
		}
	}()
	return os.NewFile(uintptr(fds[0]), "criu"), said
}

// FuzzLog reads any text as CRIU's log, which has names of the container's files: a few
// lines come of it, and no control character.
func FuzzLog(f *testing.F) {
	f.Add("(00.006) Error (criu/mount.c:1080): mnt: \x1b[31m\n(1) 42: Error (a")
	f.Add("\u009b31m \u202e")
	f.Add("no error\n\n\r\x7f\u009b\n" + strings.Repeat("Error (x): y\n", 9))
	f.Fuzz(func(t *testing.T, log string) {
		for _, lines := range [][]string{errorLines(log), lastLines(log)} {
			if len(lines) > maxLines {
				t.Errorf("%d lines", len(lines))
			}
			for _, line := range lines {
				if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r == '\u202e' }) {
					t.Errorf("%q", line)
				}
			}
		}
	})
}
