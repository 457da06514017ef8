package script

import (
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// runTimeout bounds every rt that a script waits for.
const runTimeout = time.Minute

// process is an rt that a script started.
//
// Its standard streams are files, never pipes: a container that is left
// running holds them open, and a test would wait for the end of the pipe as it
// would under an engine.
type process struct {
	cmd      *exec.Cmd
	out, err *os.File
	exited   chan error
}

// startRT starts rt with the script's state directory. Arguments may begin
// with redirections as a shell has them: <FILE, and >FILE for both outputs.
func startRT(ts *testscript.TestScript, args []string) *process {
	p := &process{exited: make(chan error, 1)}
	stdin, output, args := redirections(args)
	p.cmd = exec.Command(binary, append([]string{"--root", ts.Getenv("ROOT")}, args...)...)
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = append([]string{"PATH=" + ts.Getenv("PATH"), "RT_DEBUG=" + ts.Getenv("RT_DEBUG"), "COLUMNS=" + ts.Getenv("COLUMNS")}, busEnv(ts)...)
	if stdin != "" {
		f, err := os.Open(ts.MkAbs(stdin))
		ts.Check(err)
		defer f.Close()
		p.cmd.Stdin = f
	}
	if output != "" {
		f, err := os.Create(ts.MkAbs(output))
		ts.Check(err)
		defer f.Close()
		p.cmd.Stdout, p.cmd.Stderr = f, f
	} else {
		p.out, p.err = tempFile(ts), tempFile(ts)
		p.cmd.Stdout, p.cmd.Stderr = p.out, p.err
	}
	ts.Check(p.cmd.Start())
	go func() { p.exited <- p.cmd.Wait() }()
	return p
}

func redirections(args []string) (stdin, output string, rest []string) {
	for len(args) > 0 {
		if file, ok := strings.CutPrefix(args[0], "<"); ok {
			stdin = file
		} else if file, ok := strings.CutPrefix(args[0], ">"); ok {
			output = file
		} else {
			break
		}
		args = args[1:]
	}
	return stdin, output, args
}

// tempFile returns a file without a name.
func tempFile(ts *testscript.TestScript) *os.File {
	f, err := os.CreateTemp("", "rt-script-output-")
	ts.Check(err)
	ts.Check(os.Remove(f.Name()))
	return f
}

// wait waits for the process's end and hands its output to the script's
// stdout and stderr commands. It returns the exit status.
func (p *process) wait(ts *testscript.TestScript) int {
	select {
	case <-p.exited:
	case <-time.After(runTimeout):
		_ = p.cmd.Process.Kill()
		<-p.exited
		ts.Fatalf("%v: not finished after %v", p.cmd, runTimeout)
	}
	if p.out != nil {
		_, err := ts.Stdout().Write(contents(ts, p.out))
		ts.Check(err)
		_, err = ts.Stderr().Write(contents(ts, p.err))
		ts.Check(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// contents reads a file from its start, whatever its descriptor's position,
// and closes it.
func contents(ts *testscript.TestScript, f *os.File) []byte {
	defer f.Close()
	st, err := f.Stat()
	ts.Check(err)
	data := make([]byte, st.Size())
	n, _ := f.ReadAt(data, 0)
	return data[:n]
}

func (s *stage) killBackground() {
	for _, p := range s.background {
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}
