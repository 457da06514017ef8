package creator

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/elfhead"
	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/libcontainer/process"
	"golang.org/x/sys/unix"
)

// LookAtProgram finds out why the file of a process could not be executed, and puts it
// into the error. root is the root directory of the container, as far as it can be seen.
// It does nothing if the error is another one, or the file is not there.
func LookAtProgram(e *StepError, root *os.File) {
	path := programOf(e)
	if path == "" {
		return
	}
	handle, err := linux.OpenInRoot(int(root.Fd()), path)
	if err != nil {
		return
	}
	defer unix.Close(handle)
	var st unix.Stat_t
	var fs unix.Statfs_t
	if unix.Fstat(handle, &st) != nil || unix.Fstatfs(handle, &fs) != nil {
		return
	}
	switch e.Errno {
	case unix.EACCES:
		e.Found = whyDenied(st.Mode, int64(fs.Flags))
	case unix.ENOEXEC, unix.ENOENT:
		head, err := linux.ReadStored(int(root.Fd()), path, maxHead)
		if err != nil && st.Size > 0 {
			return
		}
		e.Found = whyNoProgram(e.Errno, head)
	}
}

// programOf returns the path of the file that the step was to execute, or "".
func programOf(e *StepError) string {
	if e.Origin.Path != process.ArgsPath {
		return ""
	}
	path, ok := strings.CutPrefix(e.Origin.Doing, "exec ")
	if !ok {
		quoted, _ := strings.CutPrefix(e.Origin.Doing, "exec: ")
		path, _ = strconv.Unquote(quoted)
	}
	if e.Origin.Complete {
		path, _, _ = strings.Cut(path, ": no such file or directory")
	}
	if !strings.HasPrefix(path, "/") {
		return ""
	}
	return path
}

// whyDenied explains EACCES of execve(2) by the file's mode and its file system's flags.
func whyDenied(mode uint32, flags int64) string {
	switch {
	case mode&unix.S_IFMT == unix.S_IFDIR:
		return "it is a directory"
	case mode&unix.S_IFMT != unix.S_IFREG:
		return "it is not a regular file"
	case mode&0o111 == 0:
		return "it has no permission to be executed: chmod +x it in the image"
	case flags&unix.ST_NOEXEC != 0:
		return "its file system is mounted noexec: mount it with exec, or put the bundle elsewhere"
	}
	return "process.user may not execute it, or not search a directory on the way to it, or SELinux or AppArmor forbids it"
}

// maxHead is how much of a file is read. The kernel looks at 256 bytes for a #! line
// (BINPRM_BUF_SIZE), and the program headers of an ELF file are near its beginning.
const maxHead = 4096

// whyNoProgram explains ENOEXEC, or ENOENT for a file that exists, by the beginning of the
// file.
func whyNoProgram(errno unix.Errno, head []byte) string {
	line, isScript := bytes.CutPrefix(head, []byte("#!"))
	machine, loader, isELF := elfhead.Read(head)
	switch {
	case len(head) == 0:
		return "the file is empty"
	case isScript:
		return whyNoInterpreter(line)
	case isELF && errno == unix.ENOENT && loader != "":
		return fmt.Sprintf("its dynamic loader is %q: put that into the image, with the libraries of the program, or link the program statically", loader)
	case isELF && machine != ownMachine():
		return fmt.Sprintf("it is a program for %v, and this machine is %v: use an image for this machine, or register an emulator with binfmt_misc",
			machineName(machine), machineName(ownMachine()))
	case isELF:
		return "the ELF file is damaged, or cut off"
	}
	return "it is no ELF file and has no #! line: for a script make the first line #!/bin/sh"
}

// whyNoInterpreter explains the failure of a script that begins with #! and line.
func whyNoInterpreter(line []byte) string {
	line, _, _ = bytes.Cut(line, []byte("\n"))
	name, _, _ := strings.Cut(strings.TrimLeft(string(line), " \t"), " ")
	if strings.HasSuffix(name, "\r") {
		return fmt.Sprintf("the interpreter in its #! line is %q, with a carriage return: give the file the line ends of Unix", name)
	}
	return fmt.Sprintf("the interpreter in its #! line is %q: put that into the image, or correct the line", name)
}

// machineName names a machine, or has its number.
func machineName(m elfhead.Machine) string {
	if name := m.Name(); name != "" {
		return name
	}
	return fmt.Sprintf("machine %d", m.Number)
}

// ownMachine returns this machine, from the file that this process executes.
func ownMachine() elfhead.Machine {
	head := make([]byte, 20)
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return elfhead.Machine{}
	}
	defer f.Close()
	_, _ = f.Read(head)
	m, _, _ := elfhead.Read(head)
	return m
}
