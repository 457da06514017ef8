package engines

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// startDaemon starts an engine's daemon and waits until it is ready. In the end
// of the test it ends the daemon, before the engine's leaks are looked for.
func (e *engine) startDaemon(t *testing.T, ready func() bool, argv ...string) {
	t.Helper()
	log, err := os.Create(e.path("daemon.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TEST_TAG=" + e.mark.Tag}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C is for the tests
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		stopDaemon(t, cmd.Process, ended)
		log.Close()
		if t.Failed() {
			t.Logf("the daemon's log:\n%s", tail(log.Name()))
		}
	})
	if !poll(func() bool { return len(ended) > 0 || ready() }) || len(ended) > 0 {
		t.Fatalf("%s does not get ready", argv[0])
	}
}

// stopDaemon asks a daemon to end, and insists after a while.
func stopDaemon(t *testing.T, p *os.Process, ended <-chan error) {
	_ = p.Signal(unix.SIGTERM)
	select {
	case <-ended:
	case <-time.After(patience):
		t.Errorf("daemon %d does not end", p.Pid)
		_ = p.Kill()
		<-ended
	}
}

// tail returns the end of a log.
func tail(path string) []byte {
	const most = 8 << 10
	data, err := os.ReadFile(path)
	if err != nil {
		return []byte(err.Error())
	}
	return data[max(0, len(data)-most):]
}
