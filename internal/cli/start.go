package cli

func (r *rt) startCommand() *command {
	return &command{
		name:  "start",
		args:  "ID",
		usage: "execute the program of a created container",
		run:   func(args []string) error { return r.store.Start(args[0], serviceManager()) },
	}
}
