package survey

import (
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// rootfs looks at the root file system and for the program in it.
func (g *gatherer) rootfs() {
	if g.spec.Root == nil || g.spec.Root.Path == "" {
		return
	}
	root, err := linux.Open(spec.RootfsPath(g.Bundle, g.spec.Root), unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return
	}
	defer unix.Close(root)
	var st unix.Statfs_t
	if unix.Fstatfs(root, &st) == nil {
		g.facts.RootfsNoExec = st.Flags&unix.ST_NOEXEC != 0
	}
	p := g.spec.Process
	if p == nil || !g.sound("process.args") || !g.sound("process.cwd") || !spec.HasProgram(g.spec) {
		return
	}
	if spec.HasHooks(g.spec.Hooks, spec.CreateHooks()...) || spec.HasHooks(g.spec.Hooks, spec.StartContainer) {
		return // a hook may bring it
	}
	s := search{root: root, arch: g.Runtime.Arch, otherFormats: otherFormats()}
	for i := range min(len(g.spec.Mounts), check.MaxMounts) {
		s.mount(g.spec.Mounts[i].Destination)
	}
	g.facts.Program = s.program(p.Args[0], p.Cwd, process.Candidates(p))
}

// search looks for a program in a rootfs before anything is mounted there.
type search struct {
	root int // descriptor
	arch string
	// otherFormats says that the kernel executes more than scripts and ELF files for
	// this machine.
	otherFormats bool

	steps  int             // names looked up so far
	mounts map[string]bool // what will be mount points
	above  map[string]bool // mounts and every directory above one
}

// mount notes that something will be mounted at a path: a program may be there, or in a
// directory that is made for the mount.
func (s *search) mount(dest string) {
	if s.mounts == nil {
		s.mounts, s.above = map[string]bool{}, map[string]bool{}
	}
	found, _, _ := s.resolve(dest)
	for _, p := range []string{path.Clean("/" + dest), found} {
		s.mounts[p] = true
		for p != "/" && !s.above[p] {
			s.above[p] = true
			p = path.Dir(p)
		}
	}
}

// covers reports whether a mount may decide what is at a path: one at it or above it,
// or one below it if there is nothing in the rootfs.
func (s *search) covers(p string, missing bool) bool {
	if p = path.Clean("/" + p); missing && s.above[p] {
		return true
	}
	for ; p != "/"; p = path.Dir(p) {
		if s.mounts[p] {
			return true
		}
	}
	return s.mounts["/"]
}

// program returns what is wrong with the program called name. It is looked for at
// candidates, which are relative to cwd.
func (s *search) program(name, cwd string, candidates []string) check.Program {
	const want = "a program of the root file system, as a path or in a directory of PATH in process.env"
	denied := ""
	for _, c := range candidates {
		if !path.IsAbs(c) {
			c = path.Join("/", cwd) + "/" + c
		}
		switch problem, err := s.look(c); {
		case errors.Is(err, errUnknown), err == nil && problem == "":
			return check.Program{}
		case err == nil && denied == "":
			denied = problem
		}
	}
	switch {
	case denied != "":
		return check.Program{Problem: denied, Want: want}
	case strings.Contains(name, "/"):
		return check.Program{Problem: strconv.Quote(name) + " does not exist in the root file system", Want: want}
	}
	return check.Program{Problem: strconv.Quote(name) + " is in no directory of PATH in the root file system", Want: want}
}

// errUnknown says that a mount, or something that this process may not see, decides.
var errUnknown = errors.New("not known")

// maxSteps is how many names the kernel looks up in all. A hostile root file system and
// configuration could make it billions.
const maxSteps = 500_000

// maxLinks is how many symbolic links the kernel follows in a path (MAXSYMLINKS).
const maxLinks = 40

// look returns what keeps the file at a path from being executed, or "". The error is
// unix.ENOENT if there is none.
func (s *search) look(p string) (problem string, err error) {
	if problem, err = s.file(p); err == nil && problem == "" {
		problem = s.format(p)
	}
	return problem, err
}

// file is look without a look into the file.
func (s *search) file(p string) (problem string, err error) {
	found, st, err := s.resolve(p)
	if s.covers(p, false) || s.covers(found, err != nil) {
		return "", errUnknown
	}
	if err != nil {
		return "", err
	}
	return notExecutable(p, st), nil
}

// resolve follows a path link by link, because a mount may be where one of them leads.
// It returns the path without links. If there is nothing, that is what is missing, and
// the error is unix.ENOENT.
func (s *search) resolve(p string) (found string, st *unix.Stat_t, err error) {
	at, todo, links := "/", strings.Split(p, "/"), 0
	for len(todo) > 0 {
		if s.steps += 1 + strings.Count(at, "/"); s.steps > maxSteps {
			return at, nil, errUnknown
		}
		next := path.Join(at, todo[0]) // ".." leads not out of /
		todo = todo[1:]
		var target string
		st, target, err = s.stat(next)
		switch {
		case err != nil:
			return next, nil, err
		case target == "":
			at = next
			continue
		}
		if links++; links > maxLinks {
			return next, nil, unix.ENOENT
		}
		if path.IsAbs(target) {
			at = "/"
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return at, st, nil
}

// stat returns the attributes of a file of the rootfs, and where it leads if it is a
// link.
func (s *search) stat(p string) (st *unix.Stat_t, target string, err error) {
	fd, err := linux.OpenLinkInRoot(s.root, p)
	switch err {
	case nil:
	case unix.ENOENT, unix.ENOTDIR:
		return nil, "", unix.ENOENT
	default:
		return nil, "", errUnknown
	}
	defer unix.Close(fd)
	st = new(unix.Stat_t)
	if err := unix.Fstat(fd, st); err != nil {
		return nil, "", errUnknown
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return st, "", nil
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(fd, "", buf)
	if err != nil || n == 0 {
		return nil, "", errUnknown
	}
	return st, string(buf[:n]), nil
}

func notExecutable(p string, st *unix.Stat_t) string {
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return strconv.Quote(p) + " is a directory"
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return strconv.Quote(p) + " is not a regular file"
	case st.Mode&0o111 == 0:
		return strconv.Quote(p) + " has no permission to be executed"
	}
	return ""
}
