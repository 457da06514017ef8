package survey

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/check"
	"github.com/oci-rt/rt/spec"
	"golang.org/x/sys/unix"
)

// files looks at the files of the host that the configuration names.
func (g *gatherer) files() {
	g.facts.Files = map[string]check.File{spec.ConfigFile: g.bundleFile()}
	if root := g.spec.Root; root != nil && root.Path != "" {
		g.look(root.Path, spec.RootfsPath(g.Bundle, root))
	}
	for i := range min(len(g.spec.Mounts), check.MaxMounts) {
		m := &g.spec.Mounts[i]
		if o, _ := spec.ParseMountOptions(m.Options); o.Bind && !o.Remount && m.Source != "" {
			g.look(m.Source, spec.BindSource(g.Bundle, m.Source))
		}
	}
	for i := range g.linux.Devices {
		g.look(g.linux.Devices[i].Path, g.linux.Devices[i].Path)
	}
	for _, stage := range []spec.HookStage{spec.Prestart, spec.CreateRuntime, spec.CreateContainer, spec.Poststart, spec.Poststop} {
		for _, h := range spec.Hooks(g.spec.Hooks, stage) {
			g.hook(h.Path)
		}
	}
}

// look notes what is at a path that the configuration calls by this name.
func (g *gatherer) look(name, path string) check.File {
	f, known := g.facts.Files[name]
	if !known {
		f = lookAt(path)
		g.facts.Files[name] = f
	}
	return f
}

// hook looks at a hook's program, and at who can change it.
func (g *gatherer) hook(path string) {
	f := g.look(path, path)
	if f.Problem != "" || f.Writers != "" {
		return
	}
	if f.Kind == unix.S_IFREG && unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS) != nil {
		f.Problem = path + " is not executable"
	}
	f.Writers = g.writers(f.Real)
	g.facts.Files[path] = f
}

// bundleFile looks at who can change config.json.
func (g *gatherer) bundleFile() check.File {
	f := lookAt(filepath.Join(g.Bundle, spec.ConfigFile))
	if f.Problem == "" {
		f.Writers = g.writers(f.Real)
	}
	return f
}

// lookAt returns what is at a path of the host.
func lookAt(path string) check.File {
	fd, err := linux.Open(path, unix.O_PATH, 0)
	if err != nil {
		return noFile(path, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return noFile(path, err)
	}
	real, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil || !filepath.IsAbs(real) {
		real = "" // a pipe, a socket, or no /proc
	}
	return check.File{
		Real: real, Kind: st.Mode & unix.S_IFMT,
		Major: unix.Major(uint64(st.Rdev)), Minor: unix.Minor(uint64(st.Rdev)),
	}
}

func noFile(path string, err error) check.File {
	if errors.Is(err, unix.ENOENT) {
		return check.File{Problem: path + " does not exist", Missing: true}
	}
	var cause *os.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return check.File{Problem: fmt.Sprintf("%s cannot be opened: %v", path, err)}
}

// writers says who besides root and the runtime's user can change the file at a path
// without links, or put another one there. In a user namespace, where other users'
// ids are not known, it says nothing.
func (g *gatherer) writers(path string) string {
	if path == "" || g.Runtime.InUserNamespace {
		return ""
	}
	for p := path; ; p = filepath.Dir(p) {
		var st unix.Stat_t
		if unix.Lstat(p, &st) != nil {
			return ""
		}
		if who := writersOf(&st, p == path); who != "" {
			return p + " " + who
		}
		if p == "/" {
			return ""
		}
	}
}

// writersOf says who can change a file, or in a directory replace what belongs to
// others.
func writersOf(st *unix.Stat_t, file bool) string {
	uid, gid := uint32(os.Geteuid()), uint32(os.Getegid())
	sticky := !file && st.Mode&unix.S_ISVTX != 0
	switch {
	case st.Uid != 0 && st.Uid != uid:
		return fmt.Sprintf("belongs to user %d", st.Uid)
	case sticky:
		return ""
	case st.Mode&unix.S_IWOTH != 0:
		return "can be written by everybody"
	case st.Mode&unix.S_IWGRP != 0 && st.Gid != 0 && st.Gid != gid:
		return fmt.Sprintf("can be written by group %d", st.Gid)
	}
	return ""
}

// read returns the text of a file of the kernel without white space around it, or "".
func read(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
