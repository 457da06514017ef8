package libcontainer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// startSocket is the name of the socket that a created container's init
// listens on. Only the init holds the listening end, so it vanishes with it.
const startSocket = "start.sock"

// listenForStart makes the socket that the init will accept start on.
func (e *entry) listenForStart() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("start socket: %w", err)
	}
	file := os.NewFile(uintptr(fd), startSocket)
	if err := errors.Join(unix.Bind(fd, e.startAddress()), unix.Listen(fd, 1)); err != nil {
		file.Close()
		return nil, fmt.Errorf("start socket: %w", err)
	}
	return file, nil
}

// startAddress names the socket through the directory's descriptor, because the
// path of the state directory may exceed the 108 bytes of unix(7).
func (e *entry) startAddress() unix.Sockaddr {
	dir := strconv.Itoa(int(e.dir.Fd()))
	return &unix.SockaddrUnix{Name: "/proc/self/fd/" + dir + "/" + startSocket}
}

// Start makes a created container execute its program. It returns once the
// kernel has accepted the program, or with the reason why it did not. manager is
// the address of the service manager's socket (NOTIFY_SOCKET), or "": with one,
// for which the container was created too, Start waits until it is ready.
func (s Store) Start(id, manager string) error {
	c, err := s.openLocked(id)
	if err != nil {
		return err
	}
	defer c.Close()
	status, err := c.Status()
	if err != nil {
		return err
	}
	switch status {
	case Created:
		return c.startFor(manager)
	case Stopped:
		return errors.New("cannot start a container that has stopped")
	default:
		return fmt.Errorf("cannot start an already running container: it is %s", status)
	}
}

func (c *Container) start() error {
	if err := c.runStartHooks(); err != nil {
		return errors.Join(err, c.delete())
	}
	c.store.debugf("releases the init process %d", c.state.Init.Pid)
	if err := c.release(); err != nil {
		return err
	}
	c.store.debugf("the init process has executed the program")
	c.state.Phase = phaseRunning
	if err := c.entry.save(c.state); err != nil {
		// The program runs, which Status sees without the record.
		c.store.warn(err)
	}
	_ = os.Remove(filepath.Join(c.entry.path, startSocket))
	if err := c.runHooks(spec.Poststart, Running, c.state.Init.Pid); err != nil {
		return errors.Join(err, c.delete())
	}
	return nil
}

// release connects to the waiting init, which is the sign to go on, and waits
// for its last word.
func (c *Container) release() error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("start socket: %w", err)
	}
	conn := os.NewFile(uintptr(fd), startSocket)
	defer conn.Close()
	if err := retryEINTR(func() error { return unix.Connect(fd, c.entry.startAddress()) }); err != nil {
		return fmt.Errorf("start socket: %w (the init process %d is not waiting)", err, c.state.Init.Pid)
	}
	r, err := awaitExec(conn)
	switch {
	case errors.Is(err, errSilent):
		return fmt.Errorf("%w, before it executed the program%s", err, c.explainSilence())
	case err != nil:
		return err
	case r.Errno != 0:
		c.awaitFailed()
		return &StepError{Origin: c.state.LastSteps.origin(r.Step), Step: int(r.Step), Errno: r.Errno}
	}
	return nil
}

// explainSilence says that the init was killed for lack of memory, or returns "".
func (c *Container) explainSilence() string {
	if oom := c.state.Cgroup.OOM(); oom != "" {
		return ": it " + oom
	}
	return ""
}

// awaitFailed waits for the end of an init that has reported why it does not
// execute the program: an engine that hears of the failure deletes the
// container at once, and containerd refuses to delete one that it does not
// know as stopped yet.
func (c *Container) awaitFailed() {
	init, err := c.state.Init.open()
	if err != nil {
		return // it has ended
	}
	defer init.Close()
	_ = c.awaitEnd(init)
}

// awaitExec reads the reports of an init that is about to execute the
// container's program: first that it has come to that step, then nothing more
// once the program has taken its place. It returns the report of a failure, or
// one without errno.
func awaitExec(conn *os.File) (program.Report, error) {
	r, err := receive(conn)
	if err != nil || r.Errno != 0 {
		return r, err
	}
	last, err := receive(conn)
	if errors.Is(err, errSilent) {
		return r, nil
	}
	return last, err
}

// stepNotes keeps, in the state file, where the steps come from that run after
// the creator has gone, so that start can explain a failure.
type stepNotes []stepNote

// stepNote is the origin of the steps from First up to the next note.
type stepNote struct {
	First  uint32         `json:"first"`
	Origin program.Origin `json:"origin"`
}

// notesFrom collects the notes of p's steps from first on.
func notesFrom(p *program.Program, first int) stepNotes {
	var notes stepNotes
	for n := first; n < len(p.Steps); n++ {
		o := p.Origin(n)
		if len(notes) == 0 || notes[len(notes)-1].Origin != o {
			notes = append(notes, stepNote{uint32(n), o})
		}
	}
	return notes
}

// origin returns where a step comes from.
func (notes stepNotes) origin(step uint32) program.Origin {
	var o program.Origin
	for _, n := range notes {
		if n.First > step {
			break
		}
		o = n.Origin
	}
	return o
}
