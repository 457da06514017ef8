package cli

import "github.com/oci-rt/rt/libcontainer"

func (r *rt) killCommand() *command {
	var all bool
	return &command{
		name:  "kill",
		args:  "ID [SIGNAL]",
		usage: "send a signal to a container's first process, SIGTERM by default",
		flags: func(f *flags) {
			f.bool(&all, "all a", "signal every process of the container")
		},
		run: func(args []string) error {
			name := "SIGTERM"
			if len(args) > 1 {
				name = args[1]
			}
			return r.kill(args[0], name, all)
		},
	}
}

func (r *rt) kill(id, signal string, all bool) error {
	sig, err := parseSignal(signal)
	if err != nil {
		return err
	}
	return r.with(id, func(c *libcontainer.Container) error { return c.Signal(sig, all) })
}
