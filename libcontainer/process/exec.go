package process

import (
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// defaultPath is searched if the environment of the process has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Exec executes the program of the process, which ends the init's program.
// home is the address of a string "HOME=…" for an environment that
// [NeedsHome], or Null.
//
// The program is found as execvp(3) finds it: a name with a slash is a path,
// another one is looked for in the directories of PATH in process.env. Unlike
// there, a file that is no executable format is an error and not a script. The
// errors read as engines expect them: `exec: "name": executable file not found
// in $PATH`, `exec: "/path": no such file or directory`, `exec: "/path":
// permission denied`.
func Exec(b *program.Builder, p *specs.Process, home program.Arg) {
	e := execution{
		b:      b,
		argv:   b.Strings(p.Args),
		envp:   Environment(b, p.Env, home),
		denied: b.Buffer(8),
	}
	b.At("process.args[0]", "")
	name := p.Args[0]
	if strings.Contains(name, "/") {
		e.path(name)
	} else {
		e.search(name, directories(p.Env, name))
	}
}

// directories returns where name is looked for: nowhere if it is empty.
func directories(env []string, name string) []string {
	if name == "" {
		return nil
	}
	list, ok := find(env, "PATH")
	if !ok {
		list = defaultPath
	}
	return strings.Split(list, ":")
}

// execution is what all tries to execute the program share.
type execution struct {
	b          *program.Builder
	argv, envp program.Arg
	denied     program.Arg // a word: 1 if a file was found but not permitted
}

// path executes the file at path.
func (e *execution) path(path string) {
	e.b.Doing("exec: %q", path)
	e.b.Execve(path, e.argv, e.envp).Ignore(unix.ENOENT)
	e.checkInterpreter(path)
	e.b.Doing("exec: %q", path)
	e.b.Fail(unix.ENOENT)
}

// search executes the first file called name in the directories that can be.
// A file that may not be executed does not end the search, but is what the user
// hears of if it finds no other (execvp(3)).
func (e *execution) search(name string, dirs []string) {
	for _, dir := range dirs {
		e.try(candidate(dir, name))
	}
	notFound(e.b, name, e.denied)
}

// notFound ends the program after a search for name that was in vain. denied
// is the address of a word that is 1 if there was a file that is not
// permitted.
func notFound(b *program.Builder, name string, denied program.Arg) {
	absent := b.NewLabel()
	b.Doing("exec: %q", name)
	b.JumpIfWord(denied, ^uint64(0), 0, absent)
	b.Fail(unix.EACCES)
	b.Bind(absent)
	b.FailSaying(unix.ENOENT, "exec: %q: executable file not found in $PATH", name)
}

// candidate is the path of name in an element of PATH. An empty element is
// the current directory.
func candidate(dir, name string) string {
	switch {
	case dir == "":
		return "./" + name
	case strings.HasSuffix(dir, "/"):
		return dir + name
	}
	return dir + "/" + name
}

// try executes the file at path, and goes on behind its steps if there is none
// or it is not permitted.
func (e *execution) try(path string) {
	b := e.b
	missing, denied, next := b.NewLabel(), b.NewLabel(), b.NewLabel()
	b.Doing("exec: %q", path)
	// The errors that glibc's execvp goes on after: directories that are not
	// there, or whose file system does not answer.
	b.Execve(path, e.argv, e.envp).
		On(unix.ENOENT, missing).On(unix.EACCES, denied).
		On(unix.ENOTDIR, next).On(unix.ESTALE, next).On(unix.ENODEV, next).On(unix.ETIMEDOUT, next)
	b.Bind(denied)
	b.Store(e.denied, program.Imm(1))
	b.Jump(next)
	b.Bind(missing)
	e.checkInterpreter(path)
	b.Bind(next)
}

// checkInterpreter ends the program if there is a file at path: then the
// ENOENT of its execve(2) was about the interpreter that the file names.
func (e *execution) checkInterpreter(path string) {
	b := e.b
	absent := b.NewLabel()
	b.Faccessat(program.Cwd, path, unix.F_OK).On(program.AnyErrno, absent)
	b.Doing("exec: %q: its interpreter (#! line or dynamic loader)", path)
	b.Fail(unix.ENOENT)
	b.Bind(absent)
}
