package cli

func (r *rt) deleteCommand() *command {
	var force bool
	return &command{
		name:  "delete",
		args:  "ID",
		usage: "remove a container that has stopped or was never started",
		flags: func(f *flags) {
			f.bool(&force, "force f", "kill a container that runs; one that does not exist is no error")
		},
		run: func(args []string) error { return r.store.Delete(args[0], force) },
	}
}
