package attacks

// crosses has files of the security modules opened behind whatever is mounted over them.
var crosses = edit{"libcontainer/lsm/lsm.go",
	`unix.RESOLVE_BENEATH|unix.RESOLVE_NO_MAGICLINKS|unix.RESOLVE_NO_XDEV)`, `unix.RESOLVE_BENEATH|unix.RESOLVE_NO_MAGICLINKS)`}

// procWeakenings are of what is written to /proc.
func procWeakenings() []weakening {
	const over = "CVE-2019-16884"
	const elsewhere = "CVE-2025-52881, CVE-2025-62596"
	return []weakening{{
		attack:  over,
		without: "nothing is mounted below /proc",
		edits: []edit{{"spec/validate_mounts.go",
			`case strings.HasPrefix(dest, "/proc/") &&`, `case strings.HasPrefix(dest, "//proc/") &&`}},
		bites: []bite{
			script("attack_procmount", `rt succeeded`),
			{"spec", "TestValidateMounts", `which cannot be mounted because it is inside /proc`},
		},
	}, {
		attack:  over,
		without: "what is bound to /proc is a proc file system",
		edits:   []edit{{"libcontainer/mount/mount.go", `b.JumpIfProc(stat, proc)`, `b.Jump(proc)`}},
		bites:   []bite{script("attack_procmount", `rt succeeded`)},
	}, {
		attack:  over,
		without: "the label is written to the kernel's own file",
		edits:   []edit{crosses},
		bites:   []bite{{"libcontainer/lsm", "TestCovered", `over it: failure ""`}},
	}, {
		attack:  over,
		without: "the profile is set",
		edits: []edit{{"libcontainer/lsm/lsm.go",
			"if profile == \"\" {", "if profile != unconfined {"}},
		bites: []bite{script("lsm_apparmor", `unconfined`)},
	}, {
		attack:  elsewhere,
		without: "no other mount is crossed on the way to a sysctl",
		edits: []edit{{"libcontainer/sysctl/sysctl.go",
			`unix.RESOLVE_NO_MAGICLINKS|unix.RESOLVE_NO_XDEV)`, `unix.RESOLVE_NO_MAGICLINKS)`}},
		bites: []bite{{"libcontainer/sysctl", "TestApplyFaults/covered by a mount", `failure "", want`}},
	}, {
		attack:  elsewhere,
		without: "no other mount is crossed on the way to an attribute",
		edits:   []edit{crosses},
		bites:   []bite{{"libcontainer/lsm", "TestCovered", `over it: failure ""`}},
	}, {
		attack:  elsewhere,
		without: "/proc is checked to be a proc file system",
		edits:   []edit{{"libcontainer/process/process.go", `b.JumpIfProc(stat, ok)`, `b.Jump(ok)`}},
		bites:   []bite{{"libcontainer/process", "TestHostProc", `failure ""`}},
	}}
}
