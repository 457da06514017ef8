package spec

import (
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// maxErrno is the highest errno (include/linux/err.h, MAX_ERRNO), to which the
// kernel reduces higher ones. A tracer gets 16 bits.
const (
	maxErrno     = 4095
	maxTraceData = 1<<16 - 1
)

// seccomp checks linux.seccomp. Names need not be names of system calls here:
// profiles name calls of many architectures and kernels.
func (v *validator) seccomp() {
	const at = "linux.seccomp."
	s := v.linux.Seccomp
	if s == nil {
		return
	}
	v.seccompAction(at+"defaultAction", s.DefaultAction, at+"defaultErrnoRet", s.DefaultErrnoRet)
	for i, a := range s.Architectures {
		v.seccompWord(index(at+"architectures", i, ""), string(a), seccompArchitectures[:])
	}
	for i, f := range s.Flags {
		v.seccompWord(index(at+"flags", i, ""), string(f), constantNames(seccompFlags[:]))
	}
	for i := range s.Syscalls {
		v.seccompRule(index(at+"syscalls", i, ""), &s.Syscalls[i])
	}
	v.seccompListener(s)
}

func (v *validator) seccompWord(at, word string, words []string) {
	for _, w := range words {
		if w == word {
			return
		}
	}
	v.unknown(at, word, strings.Join(words, ", "))
}

// seccompAction checks an action and the errno that belongs to it.
func (v *validator) seccompAction(at string, a specs.LinuxSeccompAction, atErrno string, errno *uint) {
	_, takesErrno, ok := SeccompAction(a)
	switch {
	case !ok:
		v.unknown(at, string(a), strings.Join(constantNames(seccompActions[:]), ", "))
	case errno == nil:
	case !takesErrno:
		v.faults.addf(atErrno, "SCMP_ACT_ERRNO or SCMP_ACT_TRACE", "is set, but %s takes no errno", a)
	case a == specs.ActErrno && *errno > maxErrno:
		v.faults.addf(atErrno, "at most 4095", "is %d", *errno)
	case *errno > maxTraceData:
		v.faults.addf(atErrno, "at most 65535", "is %d", *errno)
	}
}

func (v *validator) seccompRule(at string, s *specs.LinuxSyscall) {
	if len(s.Names) == 0 {
		v.faults.add(at+".names", "at least one", "is empty")
	}
	for i, name := range s.Names {
		if name == "" {
			v.faults.add(index(at+".names", i, ""), "the name of a system call", "is empty")
		}
	}
	v.seccompAction(at+".action", s.Action, at+".errnoRet", s.ErrnoRet)
	for i, a := range s.Args {
		if a.Index > maxSyscallArg {
			v.faults.addf(index(at+".args", i, "index"), "0 to 5", "is %d", a.Index)
		}
		if _, ok := SeccompOperator(a.Op); !ok {
			v.unknown(index(at+".args", i, "op"), string(a.Op), strings.Join(constantNames(seccompOperators[:]), ", "))
		}
	}
}

// maxSyscallArg is the index of the last argument of a system call.
const maxSyscallArg = 5

// seccompListener checks the agent for calls with SCMP_ACT_NOTIFY.
func (v *validator) seccompListener(s *specs.LinuxSeccomp) {
	const at = "linux.seccomp.listenerPath"
	switch path, agent := SeccompAgent(v.spec); {
	case agent != "":
		v.absolute(path, agent)
	case AsksAgent(s):
		v.faults.add(at, "the socket of an agent", "is missing, but there is an action SCMP_ACT_NOTIFY")
	case s.ListenerMetadata != "":
		v.faults.add("linux.seccomp.listenerMetadata", "listenerPath too", "is set without listenerPath")
	}
}

// AsksAgent reports whether the filter has an agent decide on some calls.
func AsksAgent(s *specs.LinuxSeccomp) bool {
	for _, sc := range s.Syscalls {
		if sc.Action == specs.ActNotify {
			return true
		}
	}
	return s.DefaultAction == specs.ActNotify
}
