package cli

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/terminal"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
)

// socketOptions are the flags for sockets of engines.
type socketOptions struct {
	console, pidfd string
}

func (o *socketOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "console-socket", TakesFile: true, Usage: consoleUsage, Destination: &o.console},
		&cli.StringFlag{Name: "pidfd-socket", TakesFile: true, Usage: "send a pidfd of the process to the unix socket at `PATH`", Destination: &o.pidfd},
	}
}

const consoleUsage = "send the terminal to the unix socket at `PATH`"

func (o *socketOptions) paths() libcontainer.Sockets {
	return libcontainer.Sockets{Console: o.console, Pidfd: o.pidfd}
}

// checkTerminal checks that the other end of a process's terminal, if it has
// one, will have exactly one holder: rt while it waits for the process, and
// otherwise the listener on the console socket. The rules are runc's.
func (o *socketOptions) checkTerminal(p *specs.Process, detach bool) error {
	switch {
	case p.Terminal && detach && o.console == "":
		return errors.New("process.terminal: rt does not wait for the process, so its terminal needs --console-socket (or leave out --detach)")
	case o.console != "" && !p.Terminal:
		return errors.New("--console-socket: the process has no terminal (see process.terminal, exec --tty)")
	case o.console != "" && !detach:
		return errors.New("--console-socket: rt waits for the process and keeps its terminal itself (see --detach)")
	}
	return nil
}

// ownStreams returns rt's own streams, on which it shows a terminal.
func ownStreams() terminal.Streams {
	return terminal.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
}

// showTerminal sets the size of a terminal that rt will show to that of rt's
// own terminal.
func showTerminal(p *specs.Process, detach bool) {
	if !p.Terminal || detach {
		return
	}
	if size := ownStreams().Size(); size != nil {
		p.ConsoleSize = size
	}
}

// attach connects the terminal of a process, if it has one, with rt's own
// streams.
func (r *rt) attach(p *libcontainer.Process) (*terminal.Session, error) {
	if p.Terminal == nil {
		return nil, nil
	}
	session, err := terminal.Attach(p.Terminal, ownStreams(), func() {
		if err := p.HungUp(); err != nil {
			r.log.warn(fmt.Errorf("process.terminal: hang up: %w", err))
		}
	})
	if err != nil {
		return nil, fmt.Errorf("process.terminal: %w", err)
	}
	p.Terminal = nil
	return session, nil
}

// detach gives the user's terminal back when the process has ended. While it
// waits for the reader of the output, signals end rt as they end any other
// program.
func (r *rt) detach(s *terminal.Session) {
	if s == nil {
		return
	}
	signal.Reset(endingSignals...)
	if err := s.Close(); err != nil {
		r.log.warn(fmt.Errorf("process.terminal: output is lost: %w", err))
	}
}

// absolute returns the absolute path for the path of a flag. "" stays.
func absolute(flag, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	return abs, nil
}
