package attacks

import "slices"

// weakenings is the table: the rows of docs/security.md, each with what takes its defence
// away and what must notice.
func weakenings() []weakening {
	return slices.Concat(identityWeakenings(), imageWeakenings(), rootfsWeakenings(), procWeakenings(), cgroupWeakenings(), initWeakenings(), socketWeakenings())
}

// identityWeakenings are of users, capabilities, ids and pids.
func identityWeakenings() []weakening {
	return []weakening{{
		attack:  "CVE-2016-3697",
		without: "passwd is searched by number only",
		edits: []edit{{"libcontainer/creator/home.go",
			`fields[2] == want &&`, `(fields[0] == want || fields[2] == want) &&`}},
		bites: []bite{script("attack_passwd", `^/home/wrong$`)},
	}, {
		attack:  "/etc/passwd of the image leads",
		without: "links of the image stay inside its root",
		edits: []edit{{"internal/linux/open.go",
			`Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}`, `Resolve: 0}`}},
		bites: []bite{script("attack_passwd", "no match for `\\^/\\\\n\\$` found in stdout")},
	}, {
		attack:  "/etc/passwd of the image leads",
		without: "a FIFO is told from a file",
		edits: []edit{{"internal/linux/stored.go",
			`st.Mode&unix.S_IFMT != unix.S_IFREG || st.Size == 0`, `st.Mode == 0`}},
		bites: []bite{{"internal/linux", "TestReadStored", `fifo: read ""`}},
	}, {
		attack:  "/etc/passwd of the image leads",
		without: "the kernel's own file systems are known",
		edits: []edit{{"internal/linux/stored.go",
			`kernelInterfaces[:]`, `kernelInterfaces[:0]`}},
		bites: []bite{{"internal/linux", "TestReadStored", `/sys/kernel/.*: read`}},
	}, {
		attack:  "/etc/passwd of the image leads",
		without: "open does not wait for the holder of a lease",
		edits: []edit{{"internal/linux/stored.go",
			`unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY`, `unix.O_RDONLY|unix.O_NOCTTY`}},
		bites: []bite{{"internal/linux", "TestReadLeased", `took [1-9]`}},
	}, {
		attack:  "CVE-2022-29162, CVE-2022-27650",
		without: "the inheritable set is that of the configuration",
		edits: []edit{{"libcontainer/process/capabilities.go",
			`take("inheritable", c.Inheritable, `, `take("inheritable", c.Bounding, `}},
		bites: []bite{script("attack_capabilities", `^CapInh:\s+0000000020000420$`)},
	}, {
		attack:  "CVE-2022-29162, CVE-2022-27650",
		without: "exec --cap leaves the inheritable set alone",
		edits:   []edit{inheritsAdded},
		bites:   []bite{script("exec_flags", `^CapInh:\s+0*2000000$`)},
	}, {
		attack:  "a set-user-ID program",
		without: "noNewPrivileges is set",
		edits: []edit{{"libcontainer/process/process.go",
			"\tb.Prctl(unix.PR_SET_NO_NEW_PRIVS, program.Imm(1))\n", "\tb.Prctl(unix.PR_GET_NO_NEW_PRIVS)\n"}},
		bites: []bite{script("attack_setuid", `^Uid:\s+1000\s+0\s+0\s+0$`)},
	}, {
		attack:  "a set-user-ID program",
		without: "capabilities are dropped from the bounding set",
		edits: []edit{{"libcontainer/process/capabilities.go",
			`if c.Bounding>>bit&1 == 0 {`, `if c.Bounding>>bit&1 == 0 && bit > last {`}},
		bites: []bite{script("attack_setuid", "no match for `\\^CapPrm")},
	}, {
		attack:  "CVE-2026-30892",
		without: "what is no number is no user",
		edits: []edit{{"internal/cli/exec_process.go",
			`if err != nil || id > last {`, `if err == nil && id > last {`}},
		bites: []bite{script("exec_user", `rt succeeded`)},
	}, {
		attack:  "CVE-2025-27612",
		without: "an exec has no capabilities that its process object does not name",
		edits: []edit{{"libcontainer/exec.go",
			`if p.Capabilities == nil {`, `if p.Capabilities == nil || len(p.Capabilities.Bounding) == 0 {`}},
		bites: []bite{script("exec_process", `^CapBnd:\s+0*20000420$`)},
	}, {
		attack:  "CVE-2025-27612",
		without: "exec --cap adds to three sets",
		edits:   []edit{inheritsAdded},
		bites:   []bite{script("exec_flags", `^CapInh:\s+0*2000000$`)},
	}, {
		attack:  "ids and cgroup paths",
		without: "an id has no slash",
		edits: []edit{{"spec/id.go",
			`return c == '_' ||`, `return c == '/' || c == '_' ||`}},
		bites: []bite{script("create_badid", `rt succeeded`)},
	}, {
		attack:  "ids and cgroup paths",
		without: "a cgroup path has no ..",
		edits: []edit{{"spec/validate.go",
			`if hasDotDot(p) {`, `if p == "" && hasDotDot(p) {`}},
		bites: []bite{script("config_cgroupname", `rt succeeded`)},
	}, {
		attack:  "a pid that now belongs",
		without: "a process is known by more than its pid",
		edits: []edit{
			{"libcontainer/state/identity.go", `return pidfdInode(fd) == id.Inode, nil`, `return true, nil`},
			{"libcontainer/state/identity.go", `return st.startTime == id.StartTime, nil`, `return st.startTime > 0, nil`},
			{"libcontainer/state/identity.go", `if st.startTime != id.StartTime && pidInProc(fd) != id.Pid {`, `if pidInProc(fd) != id.Pid {`},
		},
		bites: []bite{{"libcontainer/state", "TestIdentityTellsReusedPid", `open of a reused pid = .*, <nil>`}},
	}, {
		attack:  "SIGKILL of the runtime",
		without: "the state says what is about to be made",
		edits: []edit{{"libcontainer/newcontainer.go",
			"\treturn b.dir.Save(b.state)\n}\n\n// untilReady", "\treturn nil\n}\n\n// untilReady"}},
		bites: []bite{{"tests/script", "TestKilledCreator", `killed after .*(left behind|exit status)`}},
	}}
}

// socketWeakenings are of sockets and files of the state directory.
func socketWeakenings() []weakening {
	return []weakening{{
		attack:  "the socket for readiness",
		without: "the socket's mode is changed without following links",
		edits: []edit{{"libcontainer/sdnotify/sdnotify.go",
			"\treturn openToAll(p.path)\n", "\t_ = openToAll\n\treturn unix.Chmod(p.path, 0o777)\n"}},
		bites: []bite{{"libcontainer/sdnotify", "TestSocketIsReplaced", `a file of the host has mode -rwxrwxrwx`}},
	}, {
		attack:  "another local user starts",
		without: "a container's directory is closed to others",
		edits: []edit{
			{"libcontainer/state/dir.go", `err := unix.Mkdir(path, 0o700)`, `err := unix.Mkdir(path, 0o755)`},
			{"libcontainer/state/dir.go", `err = unix.Mkdir(path, 0o700)`, `err = unix.Mkdir(path, 0o755)`},
		},
		bites: []bite{{"tests/script", "TestOtherUser", `lock a container: <nil>`}},
	}, {
		attack:  "another local user connects to the shim",
		without: "the shim's socket is closed to others",
		edits: []edit{{"shim/boot/socket.go",
			`os.Chmod(path, 0o600)`, `os.Chmod(path, 0o666)`}},
		bites: []bite{{"shim/boot", "TestStrangers", `connect: <nil>`}},
	}}
}

// inheritsAdded makes capabilities of exec --cap inheritable.
var inheritsAdded = edit{"internal/cli/exec_process.go",
	`&caps.Permitted, &caps.Effective}`, `&caps.Permitted, &caps.Effective, &caps.Inheritable}`}
