package cli

import "github.com/oci-rt/rt/libcontainer"

func (r *rt) pauseCommand() *command {
	return &command{
		name:  "pause",
		args:  "ID",
		usage: "freeze all processes of a container",
		run:   func(args []string) error { return r.with(args[0], (*libcontainer.Container).Pause) },
	}
}

func (r *rt) resumeCommand() *command {
	return &command{
		name:  "resume",
		args:  "ID",
		usage: "let a paused container go on",
		run:   func(args []string) error { return r.with(args[0], (*libcontainer.Container).Resume) },
	}
}

// with opens a container for do.
func (r *rt) with(id string, do func(*libcontainer.Container) error) error {
	c, err := r.store.Open(id)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}
