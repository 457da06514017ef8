package process

import (
	"fmt"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"golang.org/x/sys/unix"
)

// describeSession writes what keyctl(2) says of the process's session keyring.
func describeSession(b *program.Builder) {
	buf := b.Buffer(256)
	n := b.Call(unix.SYS_KEYCTL, program.Imm(unix.KEYCTL_DESCRIBE), program.Imm(unix.KEY_SPEC_SESSION_KEYRING), buf, program.Imm(256)).Result("length")
	b.Call(unix.SYS_WRITE, program.Imm(1), buf, n)
}

// TestNewKeyring makes a keyring, and joins it from a process that does not
// possess it.
func TestNewKeyring(t *testing.T) {
	need.Root(t)
	r := succeed(t, steps.Run(t, func(b *program.Builder) {
		NewKeyring(b, "_ses.test-keyring")
		describeSession(b)
		child, end := b.NewLabel(), b.NewLabel()
		pid := b.Fork(0).Result("child")
		b.JumpIf(pid, ^uint64(0), 0, child)
		b.Call(unix.SYS_WAIT4, pid, program.Null, program.Imm(0), program.Null)
		b.Jump(end)
		b.Bind(child)
		b.KeyctlJoinSession("_ses.test-other")
		JoinKeyring(b, "_ses.test-keyring")
		describeSession(b)
		b.Bind(end)
	}))
	const want = "keyring;0;0;3f1b0000;_ses.test-keyring\x00"
	if r.Output != want+want {
		t.Errorf("got %q, want %q twice", r.Output, want)
	}
}

func TestNoNewKeyring(t *testing.T) {
	b := program.NewBuilder("sync")
	NewKeyring(b, "")
	JoinKeyring(b, "")
	if b.Next() != program.Entry {
		t.Error("there are steps")
	}
}

// TestKeyringQuota fills a user's quota up.
func TestKeyringQuota(t *testing.T) {
	need.Root(t)
	r := steps.Run(t, func(b *program.Builder) {
		b.Setresuid(54321)
		for size := 16384; size > 0; size /= 2 {
			for i := range 2 {
				b.Call(unix.SYS_ADD_KEY, b.String("user"), b.String(fmt.Sprint("filler ", size, i)), b.String(strings.Repeat("x", size)),
					program.Imm(size), program.Imm(unix.KEY_SPEC_PROCESS_KEYRING)).Ignore(unix.EDQUOT)
			}
		}
		NewKeyring(b, "_ses.test-quota")
	})
	const want = "make session keyring _ses.test-quota: its user has no room for more keys: raise kernel.keys.maxkeys"
	if !strings.HasPrefix(r.Failure, want) {
		t.Errorf("failure %q, want %q…", r.Failure, want)
	}
}
