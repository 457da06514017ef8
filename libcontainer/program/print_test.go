package program

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/golden"
	"golang.org/x/sys/unix"
)

// everyCall appends a step for each typed method of the builder, and for what
// else the printer decodes.
func everyCall(b *Builder) {
	b.ShareProgress()
	fileCalls(b)
	mountCalls(b)
	processCalls(b)
	socketCalls(b)
	controlFlow(b)
}

func fileCalls(b *Builder) {
	b.At("", "files")
	dir := b.Openat(Cwd, "/proc", unix.O_PATH|unix.O_DIRECTORY).Result("dir")
	b.Openat(dir, "self", unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW)
	b.Openat(dir, "tty", unix.O_WRONLY|unix.O_NOCTTY)
	b.Openat2(dir, "a/b", unix.O_PATH, 0, unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS).Result("dir")
	b.Openat2(dir, "c", unix.O_CREAT, 0o644, unix.RESOLVE_BENEATH)
	b.Mkdirat(dir, "d", 0o755).Ignore(unix.EEXIST)
	b.Mknodat(dir, "null", unix.S_IFCHR|0o666, unix.Mkdev(1, 3))
	b.Mknodat(dir, "pipe", unix.S_IFIFO|0o600, 0)
	b.Symlinkat("/proc/self/fd", dir, "fd")
	b.Unlinkat(dir, "x", 0)
	b.Unlinkat(dir, "y", unix.AT_REMOVEDIR)
	b.Fchownat(dir, "", 1000, 0xffffffff, unix.AT_EMPTY_PATH)
	b.Fchown(dir, -1, 5)
	b.Faccessat(dir, "true", unix.X_OK)
	b.Faccessat(dir, "true", unix.F_OK)
	b.Faccessat2(dir, "true", unix.X_OK, unix.AT_EACCESS)
	stat := b.Buffer(StatxSize)
	b.Statx(dir, "", unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW, unix.STATX_TYPE|unix.STATX_MODE, stat)
	b.JumpIfWord(stat.At(StatxModeOff), StatxTypeMask, unix.S_IFCHR, b.Here())
	b.JumpIfDevice(stat, 1, 3, b.Here())
	statfs := b.Buffer(StatfsSize)
	b.Fstatfs(dir, statfs)
	b.JumpIfProc(statfs, b.Here())
	b.Write(dir, "0\n\xff")
	b.WriteFrom(dir, b.Buffer(16).At(8), 8)
	b.WriteFrom(dir, b.String("0123456789").At(2), 3)
	b.Read(dir, b.Buffer(16), 16)
	b.Fchdir(dir)
	b.Chroot(".")
	b.Dup3(dir, Imm(0), unix.O_CLOEXEC)
	b.Ioctl(Imm(0), unix.TIOCSCTTY, Imm(1))
	b.Ioctl(dir, 0x1234, Imm(0x5678))
	b.Close(dir)
	b.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC)
	b.Call(unix.SYS_FCNTL, dir, Imm(unix.F_SETFL), Imm(unix.O_NONBLOCK))
	b.Fchmod(dir, Imm(0o1777))
	b.FchownTo(dir, dir, Imm(5))
	b.DupAbove(dir, 64)
	copied := b.Create(dir, "x", unix.O_WRONLY|unix.O_EXCL, 0o600).Result("copied")
	buf := b.Buffer(64)
	b.Getdents(dir, buf, 64)
	b.Writev(copied, buf, 2)
	b.Sendfile(copied, dir, 4096)
	b.Readlinkat(dir, "link", buf, 63)
	b.SymlinkatFrom(buf, dir, "copy")
	b.MknodatMode(dir, "fifo", copied)
	b.FchownatTo(dir, "copy", copied, Imm(0), unix.AT_SYMLINK_NOFOLLOW)
	b.Utimensat(copied, "", b.CopyTimes(stat), 0)
	b.Utimensat(dir, "copy", buf, unix.AT_SYMLINK_NOFOLLOW)
	b.Flistxattr(copied, buf, 64)
	b.Fgetxattr(copied, "user.x", buf, 64)
	b.FsetxattrFrom(copied, "user.x", buf, copied)
	b.Fsetxattr(dir, "security.selinux", "a:b:c")
}

func mountCalls(b *Builder) {
	b.At("mounts[1]", "/dev")
	b.Doing("mount tmpfs")
	fs := b.Fsopen("tmpfs").Result("fs")
	b.FsconfigString(fs, "source", "tmpfs")
	b.FsconfigFlag(fs, "ro")
	b.Call(unix.SYS_FSCONFIG, fs, Imm(unix.FSCONFIG_SET_FD), b.String("fd"), Null, fs)
	b.FsconfigCreate(fs)
	mnt := b.Fsmount(fs, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_STRICTATIME).Result("mount")
	b.MoveMount(mnt, Cwd)
	tree := b.OpenTree(Cwd, "/", unix.OPEN_TREE_CLONE|unix.AT_RECURSIVE).Result("mount")
	b.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, unix.MountAttr{
		Attr_set: unix.MOUNT_ATTR_RDONLY, Attr_clr: unix.MOUNT_ATTR__ATIME, Propagation: unix.MS_SLAVE,
	})
	b.PivotRoot(".", ".")
	b.Umount2(".", unix.MNT_DETACH)
	b.Call(unix.SYS_MOUNT, Null, b.String("/"), Null, Imm(unix.MS_REC|unix.MS_PRIVATE), Null)
}

func processCalls(b *Builder) {
	b.At("process", "")
	b.Setns(Imm(4), unix.CLONE_NEWNET)
	b.Unshare(unix.CLONE_NEWCGROUP | unix.CLONE_NEWTIME)
	b.ForkSibling(unix.CLONE_NEWPID).Result("child")
	b.Fork(0).Result("child")
	b.Setsid()
	b.Sethostname("box")
	b.Setdomainname("example")
	b.Umask(0o22)
	b.Setrlimit(unix.RLIMIT_NOFILE, 1024, unix.RLIM_INFINITY)
	b.Setgroups([]uint32{1, 4294967294})
	b.Setgroups(nil)
	b.Setresgid(1000)
	b.Setresuid(1000)
	b.Prctl(unix.PR_SET_NO_NEW_PRIVS, Imm(1))
	b.Prctl(unix.PR_CAPBSET_DROP, Imm(unix.CAP_SYS_ADMIN))
	b.Prctl(unix.PR_CAP_AMBIENT, Imm(unix.PR_CAP_AMBIENT_CLEAR_ALL))
	b.Prctl(unix.PR_CAP_AMBIENT, Imm(unix.PR_CAP_AMBIENT_RAISE), Imm(unix.CAP_KILL))
	b.Prctl(unix.PR_SET_PDEATHSIG, Imm(unix.SIGKILL))
	b.Prctl(unix.PR_SET_NAME, b.String("init"))
	b.Prctl(0x1234, Imm(1), Imm(2))
	b.Capset(1<<unix.CAP_CHOWN|1<<unix.CAP_BPF, 1<<(unix.CAP_LAST_CAP+1)-1, 1<<63)
	b.SignalDefault(unix.SIGPIPE)
	b.SignalMask(1<<(unix.SIGTERM-1) | 1<<(unix.SIGHUP-1))
	b.SignalMask(0)
	b.SchedSetaffinity([]byte{0b1011, 0, 1})
	b.SchedSetattr(unix.SchedAttr{Policy: unix.SCHED_BATCH, Nice: -5})
	b.SchedSetattr(unix.SchedAttr{
		Policy: unix.SCHED_DEADLINE, Flags: unix.SCHED_FLAG_RECLAIM | unix.SCHED_FLAG_RESET_ON_FORK,
		Runtime: 1000, Deadline: 2000, Period: 3000, Util_min: 1, Util_max: 1024,
	})
	b.IoprioSet(Ioprio(1, 7))
	b.IoprioSet(Ioprio(3, 0))
	b.SetMempolicy(unix.MPOL_DEFAULT, nil)
	b.SetMempolicy(unix.MPOL_BIND|unix.MPOL_F_STATIC_NODES|unix.MPOL_F_NUMA_BALANCING, []uint64{0b1011, 1 << 63})
	b.Personality(8)
	b.KeyctlSetperm(b.KeyctlJoinSession("_ses.x").Result("keyring"), KeyPosAll|KeyUsrView|KeyUsrRead|KeyUsrSearch|KeyUsrLink)
	b.Execve("/bin/sh", b.Strings([]string{"sh", "-c", "a \"b\"\n"}), b.Strings([]string{"PATH=/bin"}))
	b.ExecveFD(Imm(9), b.Strings([]string{"x"}), b.Pointers())
	b.Wait4(Imm(12))
	b.ExitGroup(1)
}

func socketCalls(b *Builder) {
	b.At("", "sockets")
	address := b.Bytes(append([]byte{unix.AF_UNIX, 0}, "/run/x\x00"...))
	s := b.Call(unix.SYS_SOCKET, Imm(unix.AF_UNIX), Imm(unix.SOCK_STREAM|unix.SOCK_CLOEXEC), Imm(0)).Result("socket")
	b.Call(unix.SYS_CONNECT, s, address, Imm(9))
	b.Accept4(Imm(4)).ResultIn(ReportSlot)
	control := b.Buffer(CmsgSpace(1))
	b.StoreRights(control, 1)
	b.Store(control.At(CmsgDataOff), s)
	vector := b.Struct([]byte{8: 5, 15: 0}, Ref{0, b.String("hello")})
	b.Call(unix.SYS_SENDMSG, s, b.Struct([]byte{24: 1, 40: 24, 55: 0}, Ref{16, vector}, Ref{32, control}), Imm(unix.MSG_NOSIGNAL))
	text := b.String("hi")
	b.Sendmsg(s, b.Msghdr(b.Iovec(text, 2), control, CmsgSpace(1)), unix.MSG_NOSIGNAL)
	b.Recvmsg(s, b.Buffer(MsghdrSize), unix.MSG_CMSG_CLOEXEC)
	b.Call(unix.SYS_IOCTL, s, Imm(unix.SIOCSIFFLAGS), b.Bytes([]byte{0: 'l', 1: 'o', 16: unix.IFF_UP, 39: 0}))
}

func controlFlow(b *Builder) {
	b.At("process.args[0]", "tool")
	b.Doing("find the program")
	end := b.NewLabel()
	again := b.Here()
	b.Setsid().On(unix.ENOENT, end).On(unix.ENOTDIR, end).Ignore(unix.EACCES).On(unix.EINTR, again).On(AnyErrno, end)
	b.JumpIf(ReportSlot.Arg(), ^uint64(0), 0, end)
	b.JumpIf(ReportSlot.Arg(), 0xff0, 0x10, again)
	b.Load(b.Buffer(16).At(8), 0o7777, "mode")
	b.Load(b.Buffer(8), WholeWord, "word")
	b.Jump(end)
	b.FailSaying(unix.ENOENT, "executable file not found in $PATH")
	b.Bind(end)
	b.Fail(unix.EACCES)
	b.Call(9999, Imm(77), b.Buffer(4), Null, Imm(-1))
	b.Close(Imm(5))                       // no input
	b.Call(unix.SYS_SETSID, Null, Imm(7)) // more than the call takes
}

func TestWriteText(t *testing.T) {
	p := build(t, everyCall)
	var text bytes.Buffer
	if err := p.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "calls.txt", text.Bytes())
}

func TestWriteJSON(t *testing.T) {
	p := build(t, controlFlow)
	var text bytes.Buffer
	if err := p.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "program.json", text.Bytes())
	if !json.Valid(text.Bytes()) {
		t.Error("not JSON")
	}
}

func TestWriteJSONHasEveryStep(t *testing.T) {
	p := build(t, everyCall)
	var text bytes.Buffer
	if err := p.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Inputs []string
		Steps  []struct {
			Step int
			Text string
			On   map[string]int
		}
	}
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Steps) != len(p.Steps) || len(got.Inputs) != len(p.Inputs) {
		t.Fatalf("%d steps and %d inputs, want %d and %d", len(got.Steps), len(got.Inputs), len(p.Steps), len(p.Inputs))
	}
	for n, s := range got.Steps {
		if s.Step != n || s.Text != stepText(p, n) || len(s.On) != len(p.Steps[n].On) {
			t.Errorf("step %d is %+v, want the text %q", n, s, stepText(p, n))
		}
	}
}

// failingWriter fails after n bytes.
type failingWriter struct{ n int }

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.n -= len(b); w.n < 0 {
		return 0, unix.ENOSPC
	}
	return len(b), nil
}

func TestWriteErrors(t *testing.T) {
	p := build(t, everyCall)
	if err := p.WriteText(&failingWriter{4096}); err != unix.ENOSPC {
		t.Errorf("WriteText on a full disk: %v", err)
	}
	if err := p.WriteJSON(&failingWriter{4096}); err != unix.ENOSPC {
		t.Errorf("WriteJSON on a full disk: %v", err)
	}
}

func TestEveryMethodHasASignature(t *testing.T) {
	p := build(t, everyCall)
	for n := range p.Steps {
		if text := stepText(p, n); strings.Contains(text, "syscall_") && p.Steps[n].Nr != 9999 {
			t.Errorf("step %d is %s: add it to a signature table", n, text)
		}
	}
}

func TestSignaturesAreUnique(t *testing.T) {
	seen := map[uintptr]string{}
	for _, table := range [][]signature{fileSignatures, mountSignatures, processSignatures, socketSignatures} {
		for _, sig := range table {
			if other, twice := seen[sig.nr]; twice {
				t.Errorf("system call %d has the signatures %s and %s", sig.nr, other, sig.name)
			}
			if len(sig.operands) > 6 {
				t.Errorf("%s has %d operands", sig.name, len(sig.operands))
			}
			seen[sig.nr] = sig.name
		}
	}
}

func TestOriginIsOneLine(t *testing.T) {
	o := Origin{Path: "mounts[3]", Subject: "/a\nb", Doing: "mount \x1b[31m"}
	if got, want := o.String(), `mounts[3] (/a\nb): mount \x1b[31m`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPrintsAnything prints random, mostly senseless programs: the printer
// must not fail on what a test or a bug made.
func TestPrintsAnything(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		p := randomProgram(r)
		var text bytes.Buffer
		if err := p.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		if err := p.WriteJSON(&text); err != nil {
			t.Fatal(err)
		}
	}
}

func randomProgram(r *rand.Rand) *Program {
	p := &Program{Slots: r.IntN(4), Origins: []Origin{{}, {Doing: "x"}}, Inputs: []Input{"a"}}
	for range r.IntN(8) {
		d := Datum{Bytes: make([]byte, r.IntN(70)), Mutable: r.IntN(4) == 0}
		for i := range d.Bytes {
			d.Bytes[i] = byte(r.IntN(3) * r.IntN(256))
		}
		if r.IntN(4) == 0 {
			d = Datum{Zeros: r.IntN(70)}
		}
		for range r.IntN(3) {
			d.Refs = append(d.Refs, Ref{uint32(8 * r.IntN(9)), randomAddress(r)})
		}
		p.Data = append(p.Data, d)
	}
	for range 1 + r.IntN(20) {
		s := Step{Op: Op(r.IntN(6)), Nr: uintptr(r.IntN(470)), Result: Slot(r.IntN(6)), Comment: r.IntN(2)}
		for i := range s.Args {
			s.Args[i] = randomArg(r)
		}
		for range r.IntN(3) {
			s.On = append(s.On, Outcome{unix.Errno(r.IntN(200)), r.IntN(20)})
		}
		p.Steps = append(p.Steps, s)
	}
	return p
}

func randomArg(r *rand.Rand) Arg {
	switch r.IntN(4) {
	case 0:
		return Arg{Kind: ArgSlot, Value: uint64(r.IntN(6))}
	case 1:
		return randomAddress(r)
	case 2:
		return Imm(r.Uint64())
	}
	return Imm(r.IntN(64))
}

func randomAddress(r *rand.Rand) Arg {
	return Arg{Kind: ArgAddr, Value: uint64(r.IntN(10)), Off: uint32(r.IntN(80))}
}

// TestEveryNumberHasASignature: everyCall cannot call what somebody has just added. The
// numbers are compared by their names.
func TestEveryNumberHasASignature(t *testing.T) {
	known := map[string]bool{}
	for _, name := range numbersIn(t, "signature*.go") {
		known[name] = true
	}
	called := numbersIn(t, "calls_*.go")
	if len(called) < 60 {
		t.Fatalf("found %q", called)
	}
	for _, name := range called {
		if !known[name] {
			t.Errorf("%s is called: add it to a signature table", name)
		}
	}
}

// numbersIn returns the names of system calls in files, as SYS_READ or sysFchown.
func numbersIn(t *testing.T, pattern string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, regexp.MustCompile(`\b(?:SYS_[A-Z0-9_]+|sys[A-Z]\w*)\b`).FindAllString(string(text), -1)...)
	}
	return names
}
