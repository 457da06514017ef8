package attacks

// initWeakenings are of the ninth defence: rt does not believe the init.
func initWeakenings() []weakening {
	const attack = "rt does not believe the init"
	const creator, helper = "libcontainer/creator", "libcontainer/helper"
	return []weakening{{
		attack:  "processes of the container kill or stop",
		without: "an exec holds no lock",
		edits: []edit{{"libcontainer/exec.go",
			"\tif err := c.takesExec(cfg.IgnorePaused); err != nil {\n", "\tif err := c.dir.Lock(ctx); err != nil {\n\t\treturn nil, err\n\t}\n\tif err := c.takesExec(cfg.IgnorePaused); err != nil {\n"}},
		bites: []bite{script("attack_signals", `another command|rt exited with status 1`)},
	}, {
		attack:  attack,
		without: "a step that the init reports is one of its program's",
		edits: []edit{{"libcontainer/program/program.go",
			`if n < 0 || n >= len(p.Steps) {`, `if n < 0 {`}},
		bites: []bite{{creator, "TestForgedReport", `panic: runtime error: index out of range`}},
	}, {
		attack:  attack,
		without: "a pid that the init tells is that of a child",
		edits: []edit{{"libcontainer/creator/session.go",
			`int(pid) == s.pid || !isChild(int(pid)) {`, `int(pid) == s.pid {`}},
		bites: []bite{
			{creator, "TestForgedPid", `pid 1: init 1, <nil>`},
		},
	}, {
		attack:  attack,
		without: "descriptors that nobody expected are closed",
		edits: []edit{{"libcontainer/creator/message.go",
			"Report {\n\tm.close()\n", "Report {\n"}},
		bites: []bite{{creator, "FuzzMessages", `left open`}},
	}, {
		attack:  attack,
		without: "a descriptor that the init sends is a terminal",
		edits: []edit{{"libcontainer/processstart.go",
			`if p.handover.tty != nil || !terminal.IsMaster(f) {`, `if p.handover.tty != nil || terminal.IsMaster(f) {`}},
		bites: []bite{{"libcontainer", "TestForgedTerminal", `was taken for a terminal`}},
	}, {
		attack:  attack,
		without: "no more descriptors are received than are wanted",
		edits: []edit{
			{"internal/linux/message.go", `case got&unix.MSG_CTRUNC != 0, len(files) > maxFiles:`, `case got&unix.MSG_OOB != 0:`},
		},
		bites: []bite{{helper, "TestReceiveHostile", `got 8 bytes, 2 descriptors, <nil>, want "more than 2"`}},
	}, {
		attack:  attack,
		without: "a name that the init lists is one component of a path",
		edits: []edit{{"libcontainer/helper/copy.go",
			`case e.name == "" || strings.ContainsRune(e.name, '/'):`, `case e.name == "" && strings.ContainsRune(e.name, '/'):`}},
		bites: []bite{{helper, "TestForgedList", `want .*is not the name`}},
	}, {
		attack:  attack,
		without: "descriptors that come with a refused message are closed",
		edits: []edit{{"internal/linux/message.go",
			"\tClose(files)\n\treturn 0, nil, err\n", "\treturn 0, nil, err\n"}},
		bites: []bite{{helper, "FuzzAnswer", `left open`}},
	}}
}
