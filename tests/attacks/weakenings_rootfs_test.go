package attacks

// anywhere has paths below the rootfs lead out of it.
var anywhere = edit{"libcontainer/mount/target.go",
	`inside = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS`, `inside = 0`}

// checkThenUse has paths below the rootfs checked first, and then used: a link is an error,
// and where there is none, the path is opened by its name.
var checkThenUse = edit{"libcontainer/mount/target.go",
	"\treturn r.b.Openat2(dir, path, flags|unix.O_PATH, 0, resolve).On(unix.EAGAIN, again)\n", `
	r.b.Openat2(dir, path, flags|unix.O_PATH, 0, resolve|unix.RESOLVE_NO_SYMLINKS).On(unix.EAGAIN, again).Ignore(unix.ENOENT, unix.ENOTDIR)
	return r.b.Openat2(dir, path, flags|unix.O_PATH, 0, 0).On(unix.EAGAIN, again)
`}

// rootfsWeakenings are of paths below the root.
func rootfsWeakenings() []weakening {
	const mount = "libcontainer/mount"
	return []weakening{{
		attack:  "CVE-2019-19921",
		without: "/proc and /sys are reached without links",
		edits: []edit{{"libcontainer/mount/target.go",
			`plain = inside | unix.RESOLVE_NO_SYMLINKS`, `plain = inside | unix.RESOLVE_NO_MAGICLINKS`}},
		bites: []bite{
			script("attack_procsymlink", `rt succeeded`),
			{mount, "TestOrdinaryDirectory", `got "", want ".*must be mounted on ordinary directory`},
		},
	}, {
		attack:  "CVE-2021-30465",
		without: "paths stay below the root",
		edits:   []edit{anywhere},
		bites: []bite{
			script("attack_mounttarget", `victim`),
			{mount, "TestRace", `round \d+: (the host was changed|mounted on the host)`},
			{mount, "TestLinksStayInside", `got "", want .*asks for help with link`},
		},
	}, {
		attack:  "CVE-2021-30465",
		without: "a path is not checked first and used then: only the race remains",
		edits:   []edit{checkThenUse},
		bites: []bite{
			{mount, "TestRace", `round \d+: (the host was changed|mounted on the host)`},
			{"tests/script", "TestExchangedByContainer", `round \d+: the host was changed`},
		},
	}, {
		attack:  "CVE-2024-45310",
		without: "what is missing of a mount point is made below the root",
		edits: []edit{{"libcontainer/mount/target.go",
			`c := t.r.openPath(path, flags, t.resolve)`, `c := t.r.openPath(path, flags, t.resolve&^unix.RESOLVE_IN_ROOT)`}},
		bites: []bite{
			script("attack_mounttarget", `victim`),
			{mount, "TestRace", `round \d+: (the host was changed|mounted on the host)`},
			{mount, "TestLinksStayInside", `got "", want .*asks for help with link`},
		},
	}, {
		attack:  "the directory on which /proc is mounted",
		without: "paths below /proc are opened from the descriptor of the mount",
		edits: []edit{{"libcontainer/mount/keep.go",
			`if mount, ok := r.kept[top]; ok && below != "" {`, `if mount, ok := r.kept[top+"."]; ok && below != "" {`}},
		bites: []bite{{mount, "TestMountOfHiddenIsMoved", `nothing is mounted at /proc/sys`}},
	}, {
		attack:  "CVE-2024-21626",
		without: "the working directory is not reached by magic links, nor from elsewhere",
		edits:   []edit{cwdAnywhere},
		bites: []bite{
			{"libcontainer/process", "TestEnterCwdByDescriptor", `failure "", want`},
			script("exec_flags", `change directory: not a directory`),
		},
	}, {
		attack: "CVE-2024-21626",
		without: "the working directory is not reached by magic links, no directory of the host is open then, " +
			"and making it does not refuse such links first",
		edits: []edit{cwdAnywhere, anywhere, hostProcOpen},
		bites: []bite{script("attack_cwd", `rt succeeded`)},
	}, {
		attack:  "CVE-2025-31133",
		without: "masks are the host's null device; what the container has there is not checked by those that make devices either",
		edits: []edit{
			{"libcontainer/mount/mask.go", `null := b.Openat(program.Cwd, "/dev/null", unix.O_PATH|unix.O_NOFOLLOW).Result("/dev/null")`,
				`null := r.openPath("dev/null", 0, inside).Result("/dev/null")`},
			{"libcontainer/mount/mask.go", `b.JumpIfWord(buf.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFCHR, isDevice)`, `b.Jump(isNull)`},
			{"libcontainer/device/create.go", `c.verify(fd, n, unix.EEXIST, "create device %s: another file is in its place", n)`, ``},
		},
		bites: []bite{script("attack_devnull", `rt succeeded`)},
	}, {
		attack:  "CVE-2025-31133",
		without: "masks are checked to be the null device",
		edits: []edit{
			{"libcontainer/mount/mask.go", `b.JumpIfWord(buf.At(program.StatxModeOff), program.StatxTypeMask, unix.S_IFCHR, isDevice)`, `b.Jump(isNull)`},
		},
		bites: []bite{{mount, "TestMaskDevNull", `with a file: $`}},
	}, {
		attack:  "CVE-2026-41579, CVE-2026-47766",
		without: "paths stay below the root",
		edits:   []edit{anywhere},
		bites: []bite{
			script("attack_dev", `victim/null does not exist`),
			{"libcontainer/device", "TestCreateInHostileDev/$/victim", `outside the rootfs`},
		},
	}, {
		attack:  "mount points, devices and paths to hide",
		without: "paths stay below the root",
		edits:   []edit{anywhere},
		bites:   []bite{script("attack_links", `victim/(pts|shm|mqueue)`)},
	}, {
		attack:  "mount points, devices and paths to hide",
		without: "the owner of a device is changed by descriptor",
		edits: []edit{{"libcontainer/device/create.go",
			`On(unix.EEXIST, existing)`, `Ignore(unix.EEXIST)`}, {"libcontainer/device/create.go",
			"\t\tfd := c.verified(dir, name, n)\n", "\t\tfd := b.Openat(dir, name, unix.O_PATH).Result(\"device\")\n"}},
		bites: []bite{script("attack_links", `rt succeeded`)},
	}, {
		attack:  "CVE-2025-52565, CVE-2026-88264",
		without: "a link at /dev/console is not followed",
		edits: []edit{
			{"libcontainer/terminal/console.go", `b.Openat(dev, "console", unix.O_PATH|unix.O_NOFOLLOW)`, `b.Openat(dev, "console", unix.O_RDWR|unix.O_CREAT)`},
			{"libcontainer/terminal/console.go", "\tt.refuseLink(file)\n", "\t_ = t.refuseLink\n"},
		},
		bites: []bite{script("attack_console", `rt succeeded`)},
	}, {
		attack:  "CVE-2025-52565, CVE-2026-88264",
		without: "the process's end of the terminal comes from the multiplexer, and not by its name (here always the same one)",
		edits: []edit{{"libcontainer/terminal/terminal.go",
			`t.peer = b.Ioctl(t.master, unix.TIOCGPTPEER, program.Imm(unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)).Result("terminal")`,
			`t.peer = b.Openat2(root, "dev/pts/0", unix.O_RDWR|unix.O_NOCTTY, 0, unix.RESOLVE_IN_ROOT).Result("terminal")`}},
		bites: []bite{script("attack_execterminal", `join two\n(.*\n)*.*rt exited with status 255`)},
	}}
}

// cwdAnywhere enters the working directory as chdir(2) does.
var cwdAnywhere = edit{"libcontainer/process/cwd.go",
	`unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS)`, `0)`}
