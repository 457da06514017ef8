package cli

import (
	"fmt"
	"time"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer"
)

func (r *rt) eventsCommand() *command {
	interval, once := "5s", false
	return &command{
		name:  "events",
		args:  "ID",
		usage: "print what a container uses and that it was out of memory, as lines of JSON, until it stops",
		flags: func(f *flags) {
			f.string(&interval, "interval", "the `TIME` between two prints of what it uses")
			f.bool(&once, "stats", "print what it uses once")
		},
		run: func(args []string) error {
			pause, err := time.ParseDuration(interval)
			if err != nil || pause <= 0 {
				return fmt.Errorf("--interval: %q (want a time like 5s)", interval)
			}
			return r.with(args[0], func(c *libcontainer.Container) error {
				if once {
					return r.printStats(args[0], c)
				}
				return c.Events(pause, r.printEvent)
			})
		},
	}
}

func (r *rt) printStats(id string, c *libcontainer.Container) error {
	s, err := c.Stats()
	if err != nil {
		return err
	}
	return r.printEvent(&libcontainer.Event{Type: "stats", ID: id, Data: s})
}

func (r *rt) printEvent(e *libcontainer.Event) error {
	_, err := r.out.Write(append(plainjson.Append(nil, e), '\n'))
	return err
}
