package attacks

// dumpable makes every init one that others may look into.
var dumpable = edit{"libcontainer/image/file.go", `l.dumpable = readable`, `l.dumpable = true`}

// readable makes every image one that its process may read, which alone keeps it from
// being dumpable where CAP_DAC_OVERRIDE is missing.
var readable = edit{"libcontainer/image/file.go", `mode: modeOpaque}`, `mode: modeReadable}`}

// leaksImage has the init get the descriptor of its image, as a runtime's own.
var leaksImage = edit{"libcontainer/image/launch.go",
	`unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, `, `unix.FcntlInt(uintptr(fd), unix.F_DUPFD, `}

// leavesOpen has programs get what the init has left open.
var leavesOpen = edit{"libcontainer/process/process.go", "\tb.CloseRange(first+1, 1<<32-1, 0)\n", ""}

// hostProcOpen has the init keep a directory of the host.
var hostProcOpen = edit{"libcontainer/compile/compile.go", "\tc.closeHostProc(proc)\n", ""}

// imageWeakenings are of the init's process: who can look into it, and what it leaves.
func imageWeakenings() []weakening {
	const attack = "CVE-2016-9962"
	const lib = "libcontainer"
	return []weakening{{
		attack:  attack,
		without: "the init is not dumpable, neither by prctl(2) nor by the mode of its file",
		edits:   []edit{dumpable, readable},
		bites: []bite{
			{"libcontainer/image", "TestDumpable", `reading the memory: <nil>, want EPERM`},
			{lib, "TestExecIsNotAccessible", `got at the init:(\n.*)*leak mem`},
			{lib, "TestCreatedInPodIsNotAccessible", `got at the init:(\n.*)*leak mem`},
			{lib, "TestExecOfUserIsNotAccessible", `got at the init:(\n.*)*leak mem`},
			{lib, "TestExecOfNamespacesRootIsNotAccessible", `got at the init:(\n.*)*leak mem`},
		},
	}, {
		attack:  attack,
		without: "an ordinary user's init is dumpable in a user namespace of its own only",
		edits: []edit{{"libcontainer/compile/compiler.go",
			`c.plan.Dumpable = c.namespaces.NewUser`, `c.plan.Dumpable = c.namespaces.User`}},
		bites: []bite{{lib, "TestJoiningUserIsNotAccessible", `got at the init:(\n.*)*leak mem`}},
	}, {
		attack:  attack,
		without: "such an init hides while it waits for start",
		edits: []edit{{"libcontainer/compile/protocol.go",
			`if c.plan.Dumpable && !c.listens()`, `if c.plan.Dumpable && c.listens()`}},
		bites: []bite{{lib, "TestCreatedOfUserIsNotAccessible", `the memory of the waiting init can be opened`}},
	}, {
		attack:  attack,
		without: "the image's descriptor closes as the image is executed",
		edits:   []edit{leaksImage},
		bites:   []bite{{"libcontainer/image", "TestDescriptors", `program reads "lkjihgfedcba!+"`}},
	}, {
		attack:  attack,
		without: "the init closes what is not the process's; what it has of rt is still open (the image, which closes by itself, too)",
		edits:   []edit{leaksImage, leavesOpen},
		bites: []bite{
			script("run_stdin", `unexpected match for .* found in stdout: \d`),
			script("fds_preserved", "no match for `? ?2 -> "),
		},
	}, {
		attack:  "a descriptor, working directory, variable",
		without: "the image is executed without variables",
		edits: []edit{{"libcontainer/image/launch.go",
			`attr := &syscall.ProcAttr{`, `attr := &syscall.ProcAttr{Env: os.Environ(),`}},
		bites: []bite{script("attack_descriptors", "unexpected match for `\\.` found in stdout: (.*\n)*SECRET=of-rt|SECRET=of-rt")},
	}, {
		attack:  "a descriptor, working directory, variable",
		without: "the init closes what is not the process's; what it has of rt is still open (the image, which closes by itself, too)",
		edits:   []edit{leaksImage, leavesOpen},
		bites:   []bite{script("attack_descriptors", `^-startContainer: 0 1 .* in tmp$`)},
	}, {
		attack:  "CVE-2024-21626",
		without: "the init closes what is not the process's, and opens no other directory of the host than /proc (here the root)",
		edits: []edit{leavesOpen, {"libcontainer/process/process.go",
			"\tproc := b.Openat(", "\tb.Openat(program.Cwd, \"/\", unix.O_PATH|unix.O_DIRECTORY)\n\tproc := b.Openat("}},
		bites: []bite{script("attack_entrypoint", `^got out`)},
	}, {
		attack:  "CVE-2019-5736",
		without: "the image is sealed against writing, and against changes of its mode, which implies that (F_SEAL_EXEC)",
		edits: []edit{
			{"libcontainer/image/memfd.go", `unix.F_SEAL_GROW | unix.F_SEAL_WRITE`, `unix.F_SEAL_GROW`},
			{"libcontainer/image/memfd.go", `seals |= unix.F_SEAL_EXEC`, `seals |= 0`},
		},
		bites: []bite{
			{"libcontainer/image", "TestSeals", `write: <nil>, want EPERM`},
			{"libcontainer/image", "TestImageCannotBeWritten", `image was written to`},
			script("attack_image", `the image was overwritten`),
		},
	}, {
		attack:  "CVE-2019-5736",
		without: "an image that cannot be a memfd is on a read-only file system",
		edits: []edit{{"libcontainer/image/tmpfs.go",
			`Attr_set: unix.MOUNT_ATTR_RDONLY}`, `Attr_set: unix.MOUNT_ATTR_NOSUID}`}},
		bites: []bite{{"libcontainer/image", "TestImageCannotBeWritten", `image was written to`}},
	}, {
		attack:  "CVE-2021-43784",
		without: "addresses in data are checked against the data's size",
		edits: []edit{{"libcontainer/image/layout.go",
			`if a.Value >= uint64(len(l.addrs)) {`, `if a.Value = a.Value % uint64(len(l.addrs)); false {`}},
		bites: []bite{{"libcontainer/image", "TestFaults", `want: image: program .*datum 7 of 4`}},
	}, {
		attack:  "CVE-2021-43784",
		without: "a program that lacks what the interpreter relies on is refused",
		edits: []edit{{"libcontainer/image/layout.go",
			`if err := checkShape(p); err != nil {`, `if err := checkShape(p); false {`}},
		bites: []bite{{"libcontainer/image", "TestStartFaults", `panic: runtime error: index out of range`}},
	}}
}
