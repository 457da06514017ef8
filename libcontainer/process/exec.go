package process

import (
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// ArgsPath is the setting that the steps of [Exec] come from.
const ArgsPath = "process.args[0]"

// defaultPath is searched if the environment of the process has no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Exec executes the program of the process, which ends the init's program.
// home is the address of a string "HOME=…" for an environment that
// [NeedsHome], or Null.
//
// The program is found as execvp(3) finds it: a name with a slash is a path,
// and any other name is looked for in the directories of PATH in process.env.
// Unlike in execvp(3), a file that is no executable format is an error and not
// a script. The errors read like runc's, which engines and people look for:
// `exec: "name": executable file not found in $PATH`, `exec: "/path": stat
// /path: no such file or directory`, `exec: "/path": permission denied`, `exec
// /path: exec format error`.
func Exec(b *program.Builder, p *specs.Process, home program.Arg) {
	e := execution{
		b:      b,
		argv:   b.Strings(p.Args),
		envp:   Environment(b, p.Env, home),
		denied: b.Buffer(8),
	}
	b.At(ArgsPath, "")
	name := p.Args[0]
	if strings.Contains(name, "/") {
		e.path(name)
	} else {
		e.search(name, directories(p.Env, name))
	}
}

// directories returns where name is looked for: nowhere if name is empty.
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

// execution has what all attempts to execute the program share.
type execution struct {
	b          *program.Builder
	argv, envp program.Arg
	denied     program.Arg // a word: 1 if a file was found but not permitted
}

// path executes the file at path.
func (e *execution) path(path string) {
	b := e.b
	denied := b.NewLabel()
	doingExec(b, path)
	b.Execve(path, e.argv, e.envp).Ignore(unix.ENOENT).On(unix.EACCES, denied)
	e.checkInterpreter(path)
	failAbsent(b, path)
	b.Bind(denied)
	failDenied(b, path)
}

// doingExec says what the following steps do.
func doingExec(b *program.Builder, path string) { b.Doing("exec %s", path) }

// failAbsent ends the program because there is no file at path.
func failAbsent(b *program.Builder, path string) {
	b.FailSaying(unix.ENOENT, "exec: %q: stat %[1]s: no such file or directory", path)
}

// failDenied ends the program because name may not be executed.
func failDenied(b *program.Builder, name string) {
	b.Doing("exec: %q", name)
	b.Fail(unix.EACCES)
}

// search executes the first file called name in the directories that can be
// executed. A file that may not be executed does not end the search. If no
// other file is found, the error is about that one (execvp(3)).
func (e *execution) search(name string, dirs []string) {
	for _, dir := range dirs {
		e.try(candidate(dir, name))
	}
	notFound(e.b, name, e.denied)
}

// notFound ends the program after a search for name without success. denied is
// the address of a word that is 1 if a file was found but not permitted.
func notFound(b *program.Builder, name string, denied program.Arg) {
	absent := b.NewLabel()
	b.Doing("search for %q", name)
	b.JumpIfWord(denied, program.WholeWord, 0, absent)
	failDenied(b, name)
	b.Bind(absent)
	b.FailSaying(unix.ENOENT, "exec: %q: executable file not found in $PATH", name)
}

// Candidates returns the paths at which the program of the process is looked for, in
// this order. They may be relative to its working directory.
func Candidates(p *specs.Process) []string {
	name := p.Args[0]
	if strings.Contains(name, "/") {
		return []string{name}
	}
	dirs := directories(p.Env, name)
	for i, dir := range dirs {
		dirs[i] = candidate(dir, name)
	}
	return dirs
}

// candidate returns the path of name in an element of PATH. An empty element is
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

// try executes the file at path. If there is none, or it is not permitted, the
// program goes on behind these steps.
//
// As in execvp(3) of glibc and in [Find], the search does not end if something
// keeps the file from being reached: a directory that is not there, a loop of
// links, a file system that does not answer. So if the call fails in another
// way and there is no file, the search goes on. If there is a file, the call is
// made again, and its error counts.
func (e *execution) try(path string) {
	b := e.b
	missing, denied, doubt, again, next := b.NewLabel(), b.NewLabel(), b.NewLabel(), b.NewLabel(), b.NewLabel()
	doingExec(b, path)
	b.Execve(path, e.argv, e.envp).
		On(unix.ENOENT, missing).On(unix.EACCES, denied).On(program.AnyErrno, doubt)
	b.Bind(doubt)
	// A seccomp filter may refuse this call (ENOSYS, EPERM).
	b.Faccessat(program.Cwd, path, unix.F_OK).
		On(unix.ENOSYS, again).On(unix.EPERM, again).On(program.AnyErrno, next)
	b.Bind(again)
	b.Execve(path, e.argv, e.envp)
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
	b.FailSaying(unix.ENOENT, "exec %s: no such file or directory: it exists, but its interpreter (#! line or dynamic loader) does not", path)
	b.Bind(absent)
}
