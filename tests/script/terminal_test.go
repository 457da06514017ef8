package script

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/tests/pty"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// terminal is the end of a terminal that a script holds: of the one that it
// gave an rt, or of one that it received.
type terminal struct {
	master *os.File
	copied chan struct{} // closed when the copy in the file is complete
	// peer and settings are those of an rt's terminal: rt leaves it as it was.
	peer     *os.File
	settings *unix.Termios
}

// keepTerminal copies what is written to a terminal to a file in the script's
// directory that is called like the terminal.
func keepTerminal(ts *testscript.TestScript, name string, t *terminal) {
	file, err := os.Create(ts.MkAbs(name))
	ts.Check(err)
	t.copied = make(chan struct{})
	stageOf(ts).terminals[name] = t
	go func() {
		defer close(t.copied)
		defer file.Close()
		pty.Copy(file, t.master)
	}()
}

// tty NAME ROWS COLS ARG...: starts rt in the background, for join and signal,
// with a terminal of its own, for type and resize. What it writes goes into the
// file NAME.
func cmdTTY(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 4, "tty NAME ROWS COLS ARG...")
	master, peer, err := pty.Open(number(ts, args[1]), number(ts, args[2]))
	ts.Check(err)
	settings, err := unix.IoctlGetTermios(int(peer.Fd()), unix.TCGETS)
	ts.Check(err)
	p := &process{exited: make(chan error, 1)}
	p.cmd = exec.Command(binary, append([]string{"--root", ts.Getenv("ROOT")}, args[3:]...)...)
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TERM=" + ts.Getenv("TERM"), "NO_COLOR=" + ts.Getenv("NO_COLOR")}
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = peer, peer, peer
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	ts.Check(p.cmd.Start())
	go func() { p.exited <- p.cmd.Wait() }()
	stageOf(ts).background[args[0]] = p
	keepTerminal(ts, args[0], &terminal{master: master, peer: peer, settings: settings})
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

func terminalOf(ts *testscript.TestScript, name string) *terminal {
	t := stageOf(ts).terminals[name]
	if t == nil {
		ts.Fatalf("no terminal is called %s", name)
	}
	return t
}

// type NAME TEXT: types a line at a terminal. ^D is the key for the end.
func cmdType(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "type NAME TEXT")
	text := args[1] + "\n"
	if args[1] == "^D" {
		text = "\x04"
	}
	_, err := terminalOf(ts, args[0]).master.WriteString(text)
	ts.Check(err)
}

// resize NAME ROWS COLS: changes the size of a terminal's window.
func cmdResize(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 3, "resize NAME ROWS COLS")
	window := &unix.Winsize{Row: uint16(number(ts, args[1])), Col: uint16(number(ts, args[2]))}
	control(ts, terminalOf(ts, args[0]).master, func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, window)
	})
}

// control calls f with the descriptor of a file, which stays the poller's.
func control(ts *testscript.TestScript, file *os.File, f func(fd int) error) {
	conn, err := file.SyscallConn()
	ts.Check(err)
	var ctlErr error
	ts.Check(conn.Control(func(fd uintptr) { ctlErr = f(int(fd)) }))
	ts.Check(ctlErr)
}

// closeTerminal waits for what an ended rt has written to its terminal, if it
// had one, and checks that it left that as it was.
func closeTerminal(ts *testscript.TestScript, name string) {
	t := stageOf(ts).terminals[name]
	if t == nil || t.peer == nil {
		return
	}
	settings, err := unix.IoctlGetTermios(int(t.peer.Fd()), unix.TCGETS)
	ts.Check(err)
	t.peer.Close()
	<-t.copied
	if diff := cmp.Diff(t.settings, settings); diff != "" {
		ts.Fatalf("%s: rt changed the settings of its terminal (-before +after):\n%s", name, diff)
	}
}

// socket is what a script listens on for a descriptor.
type socket struct {
	fd       int
	received *os.File
}

// listen NAME PATH: listens on a socket for a descriptor.
func cmdListen(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "listen NAME PATH")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	ts.Check(err)
	path := ts.MkAbs(args[1])
	// A long path is bound by a short one.
	dir, err := os.Open(filepath.Dir(path))
	ts.Check(err)
	defer dir.Close()
	short := "/proc/self/fd/" + strconv.Itoa(int(dir.Fd())) + "/" + filepath.Base(path)
	ts.Check(unix.Bind(fd, &unix.SockaddrUnix{Name: short}))
	ts.Check(unix.Listen(fd, 1))
	stageOf(ts).sockets[args[0]] = &socket{fd: fd}
}

// receive NAME TEXT: receives the descriptor that was sent to a socket, in one
// message with this text. A terminal is for type and resize then, and what is
// written to it goes into the file NAME.
func cmdReceive(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "receive NAME TEXT")
	s := stageOf(ts).sockets[args[0]]
	usage(ts, s == nil, "receive NAME TEXT, of a socket that was listened on")
	conn, _, err := unix.Accept(s.fd)
	ts.Check(err)
	defer unix.Close(conn)
	text, oob := make([]byte, 4096), make([]byte, 256)
	n, oobn, _, _, err := unix.Recvmsg(conn, text, oob, unix.MSG_CMSG_CLOEXEC)
	ts.Check(err)
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	ts.Check(err)
	if len(messages) != 1 || string(text[:n]) != args[1] {
		ts.Fatalf("receive: text %q with %d control messages, want %q with one", text[:n], len(messages), args[1])
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	ts.Check(err)
	if len(fds) != 1 {
		ts.Fatalf("receive: %d descriptors, want one", len(fds))
	}
	if n, _ := unix.Read(conn, text); n != 0 {
		ts.Fatalf("receive: %q behind the descriptor, want the end", text[:n])
	}
	if _, err := unix.IoctlGetTermios(fds[0], unix.TCGETS); err == nil {
		ts.Check(unix.SetNonblock(fds[0], true))
		keepTerminal(ts, args[0], &terminal{master: os.NewFile(uintptr(fds[0]), args[0])})
		return
	}
	s.received = os.NewFile(uintptr(fds[0]), args[0])
}

// pidfd NAME PIDFILE: the descriptor that was received is that of the process
// in the pid file.
func cmdPidfd(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "pidfd NAME PIDFILE")
	s := stageOf(ts).sockets[args[0]]
	usage(ts, s == nil || s.received == nil, "pidfd NAME PIDFILE, of a descriptor that was received")
	info, err := os.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(int(s.received.Fd())))
	ts.Check(err)
	if want := "\nPid:\t" + ts.ReadFile(args[1]) + "\n"; !strings.Contains(string(info), want) {
		ts.Fatalf("pidfd: fdinfo\n%swant%s", info, want)
	}
}

// closeDescriptors gives up what the script holds.
func (s *stage) closeDescriptors() {
	for _, t := range s.terminals {
		t.master.Close()
		if t.peer != nil {
			t.peer.Close()
		}
		<-t.copied
	}
	for _, s := range s.sockets {
		_ = unix.Close(s.fd)
		if s.received != nil {
			s.received.Close()
		}
	}
}
