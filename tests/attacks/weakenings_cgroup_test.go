package attacks

// upwards lets the path of a cgroup leave the container's.
var upwards = edit{"libcontainer/cgroup/sub.go",
	`if slices.Contains(strings.Split(path, "/"), "..") {`, `if slices.Contains(strings.Split(path, "/"), "...") {`}

// cgroupWeakenings are of what a container makes in its cgroups.
func cgroupWeakenings() []weakening {
	const deep = "a container makes cgroups whose paths"
	const many = "a container has more processes"
	return []weakening{{
		attack:  "exec --cgroup out",
		without: ".. is refused",
		edits:   []edit{upwards},
		bites:   []bite{{"libcontainer/cgroup", "TestSub", `sub/\.\.: error <nil>, want "leads out"`}},
	}, {
		attack:  "exec --cgroup out",
		without: ".. is refused, and would lead no higher than to the container's cgroup",
		edits: []edit{upwards, {"libcontainer/cgroup/cgroup.go",
			`filepath.Clean("/"+path))`, `path)`}},
		bites: []bite{script("exec_cgroup", `rt succeeded`)},
	}, {
		attack:  deep,
		without: "a tree of cgroups is walked by descriptor",
		edits: []edit{{"libcontainer/cgroup/tree.go",
			"\tfd, err := linux.OpenAt(t.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)\n", `
	path := t.top
	for _, l := range t.levels {
		path = filepath.Join(path, l.name)
	}
	fd, err := linux.OpenAt(unix.AT_FDCWD, filepath.Join(path, name), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
`}},
		bites: []bite{
			script("delete_deepcgroups", `file name too long`),
			{"libcontainer/cgroup", "TestDeepCgroups", `file name too long`},
			{"libcontainer/cgroup", "TestWalkWhileRemoved", `want \["" "a" "b" "c" "z"\]`},
		},
	}, {
		attack:  "a container makes cgroups, forks",
		without: "cgroups are removed with all below them",
		edits: []edit{{"libcontainer/cgroup/remove.go",
			"\tif !inUse(err) {\n\t\treturn removed(err, path)", "\tif !inUse(err) || path != \"\" {\n\t\treturn removed(err, path)"}},
		bites: []bite{script("attack_cgroupfill", `device or resource busy`)},
	}, {
		attack:  many,
		without: "processes are opened in batches",
		edits: []edit{{"libcontainer/cgroup/signal.go",
			`return errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE)`, `return errors.Is(err, unix.EINVAL)`}},
		bites: []bite{{"libcontainer/cgroup", "TestKillManyProcesses", `too many open files`}},
	}, {
		attack:  many,
		without: "processes that cannot be opened are an error",
		edits: []edit{{"libcontainer/cgroup/signal.go",
			"\t\ts.close()\n\t\tif err != nil {\n\t\t\treturn err\n", "\t\ts.close()\n\t\tif err != nil {\n\t\t\treturn nil\n"}},
		bites: []bite{{"libcontainer/cgroup", "TestSignalWithoutDescriptors", `Kill = <nil>, want EMFILE`}},
	}}
}
