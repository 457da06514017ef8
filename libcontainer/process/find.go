package process

import (
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Find ends the program with the error of [Exec] if Exec would find no file to
// execute, or none that is permitted.
//
// It is for create: Podman answers 127 or 126 only to an error of create, and
// nobody wants a container that cannot start. Only execve(2) can tell what kind
// of file it is.
//
// Preconditions: the process has the ids and capabilities that it will have
// when it executes the program.
func Find(b *program.Builder, p *specs.Process) {
	s := search{b: b, found: b.NewLabel(), denied: b.Buffer(8)}
	b.At("process.args[0]", "")
	name := p.Args[0]
	if strings.Contains(name, "/") {
		s.path(name)
	} else {
		s.name(name, directories(p.Env, name))
	}
	b.Bind(s.found)
}

// search has what all places to look for the program share.
type search struct {
	b      *program.Builder
	found  program.Label
	denied program.Arg // a word: 1 if a file was found but not permitted
}

// path ends the search if there is a program at path, and ends the init
// otherwise.
func (s *search) path(path string) {
	b := s.b
	absent, denied := b.NewLabel(), b.NewLabel()
	doingExec(b, path)
	s.executable(path).On(unix.ENOENT, absent).On(unix.EACCES, denied)
	s.directory(path).On(program.AnyErrno, s.found)
	b.Jump(denied)
	b.Bind(absent)
	failAbsent(b, path)
	b.Bind(denied)
	failDenied(b, path)
}

// name ends the search if there is a program of this name in one of dirs, and
// ends the init otherwise.
func (s *search) name(name string, dirs []string) {
	for _, dir := range dirs {
		s.try(candidate(dir, name))
	}
	notFound(s.b, name, s.denied)
}

// try ends the search if there is a program at path.
func (s *search) try(path string) {
	b := s.b
	denied, next := b.NewLabel(), b.NewLabel()
	b.Doing("exec: %q", path)
	s.executable(path).On(unix.EACCES, denied).On(program.AnyErrno, next)
	s.directory(path).On(program.AnyErrno, s.found)
	b.Bind(denied)
	b.Store(s.denied, program.Imm(1))
	b.Bind(next)
}

// executable appends the question whether the process may execute the file. If
// a seccomp filter around rt refuses the question, only execve(2) can tell.
func (s *search) executable(path string) *program.Call {
	return s.b.Faccessat2(program.Cwd, path, unix.X_OK, unix.AT_EACCESS).
		On(unix.ENOSYS, s.found).On(unix.EPERM, s.found)
}

// directory appends the question whether the executable file is a directory.
// The call fails if it is not.
func (s *search) directory(path string) *program.Call {
	return s.b.Faccessat2(program.Cwd, path+"/", unix.F_OK, 0)
}
