package engines

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/pty"
)

// Size of the terminals of tests.
const (
	rows = 33
	cols = 77
)

// terminal runs a command of the engine on a terminal, types some input, and
// returns what the terminal shows, with the line ends of files. (An engine that
// does not read from its terminal leaves it to turn \r\n into \r\r\n.)
func (e *engine) terminal(t *testing.T, input string, args ...string) result {
	t.Helper()
	master, peer, err := pty.Open(rows, cols)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	screen, err := os.CreateTemp(e.dir, "screen-")
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	copied := make(chan struct{})
	go func() { pty.Copy(screen, master); close(copied) }()

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := e.command(ctx, args...)
	cmd.Env = append(cmd.Env, "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = peer, peer, peer
	if _, err := master.WriteString(input); err != nil {
		t.Fatal(err)
	}
	err = cmd.Run()
	peer.Close()
	<-copied
	shown, _ := os.ReadFile(screen.Name())
	if ctx.Err() != nil || cmd.ProcessState == nil {
		t.Fatalf("%v: %v\n%s", args, err, shown)
	}
	return result{stdout: strings.ReplaceAll(string(shown), "\r", ""), status: cmd.ProcessState.ExitCode()}
}
