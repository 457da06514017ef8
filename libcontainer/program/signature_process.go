package program

import "golang.org/x/sys/unix"

// processSignatures are those of calls on the process and its privileges.
var processSignatures = []signature{
	{unix.SYS_SETNS, "setns", []operand{opFD, opClone}},
	{unix.SYS_UNSHARE, "unshare", []operand{opClone}},
	{unix.SYS_CLONE, "clone", cloneOperands[:]},
	{unix.SYS_CLONE3, "clone3", []operand{opPointer, opInt}},
	{unix.SYS_EXECVE, "execve", []operand{opString, opStrings, opStrings}},
	{unix.SYS_EXECVEAT, "execveat", []operand{opFD, opString, opStrings, opStrings, opAtFlags}},
	{unix.SYS_EXIT, "exit", []operand{opInt}},
	{unix.SYS_EXIT_GROUP, "exit_group", []operand{opInt}},
	{unix.SYS_WAIT4, "wait4", []operand{opInt, opPointer, opHex, opPointer}},
	{unix.SYS_KILL, "kill", []operand{opInt, opSignal}},
	{unix.SYS_GETPID, "getpid", nil},
	{unix.SYS_GETPPID, "getppid", nil},
	{unix.SYS_GETTID, "gettid", nil},
	{unix.SYS_PIDFD_OPEN, "pidfd_open", []operand{opInt, opHex}},
	{unix.SYS_SETSID, "setsid", nil},
	{unix.SYS_SETHOSTNAME, "sethostname", []operand{opBuffer, opInt}},
	{unix.SYS_SETDOMAINNAME, "setdomainname", []operand{opBuffer, opInt}},
	{unix.SYS_UMASK, "umask", []operand{opMode}},
	{unix.SYS_PRLIMIT64, "prlimit64", []operand{opInt, {value: enum, names: rlimitNames}, {data: rlimit}, opPointer}},
	{sysSetgroups, "setgroups", []operand{opInt, {data: ids, count: -1}}},
	{sysSetresgid, "setresgid", []operand{opID, opID, opID}},
	{sysSetresuid, "setresuid", []operand{opID, opID, opID}},
	{unix.SYS_SETFSUID, "setfsuid", []operand{opID}},
	{unix.SYS_SETFSGID, "setfsgid", []operand{opID}},
	{unix.SYS_CAPSET, "capset", []operand{{data: capHeader}, {data: capSets}}},
	{unix.SYS_CAPGET, "capget", []operand{{data: capHeader}, opPointer}},
	{unix.SYS_RT_SIGACTION, "rt_sigaction", []operand{opSignal, {data: sigaction}, opPointer, opInt}},
	{unix.SYS_RT_SIGPROCMASK, "rt_sigprocmask", []operand{{value: enum, names: sigmaskNames}, {data: sigset}, opPointer, opInt}},
	{sysRtSigtimedwait, "rt_sigtimedwait", []operand{{data: sigset}, opPointer, opPointer, opInt}},
	{unix.SYS_SIGNALFD4, "signalfd4", []operand{opInt, {data: sigset}, opInt, opHex}},
	{sysPpoll, "ppoll", []operand{opPointer, opInt, opPointer, opPointer, opInt}},
	{unix.SYS_SIGALTSTACK, "sigaltstack", []operand{opPointer, opPointer}},
	{unix.SYS_SCHED_SETAFFINITY, "sched_setaffinity", []operand{opInt, opInt, {data: cpuSet, count: -1}}},
	{unix.SYS_SCHED_SETSCHEDULER, "sched_setscheduler", []operand{opInt, opSched, opPointer}},
	{unix.SYS_SCHED_SETATTR, "sched_setattr", []operand{opInt, {data: schedAttr}, opInt}},
	{unix.SYS_SETPRIORITY, "setpriority", []operand{opInt, opInt, opInt}},
	{unix.SYS_IOPRIO_SET, "ioprio_set", []operand{{value: enum, names: ioprioWhoNames}, opInt, {value: ioprio}}},
	{unix.SYS_PERSONALITY, "personality", []operand{{value: enum, names: personalityNames}}},
	{unix.SYS_SET_MEMPOLICY, "set_mempolicy", []operand{{value: memoryMode}, {data: nodeMask, count: 1}, opInt}},
	{unix.SYS_SECCOMP, "seccomp", []operand{
		{value: enum, names: seccompNames}, {value: flags, names: seccompFlagNames}, {data: filter},
	}},
}

var (
	opClone = operand{value: flags, names: cloneNames}
	opSched = operand{value: enum, names: schedNames}
	opPrctl = operand{value: enum, names: prctlNames}
	opCap   = operand{value: capability}

	opAmbient = operand{value: enum, names: ambientNames}
)

var prctlSignatures = []signature{
	{unix.PR_CAPBSET_DROP, "prctl", []operand{opPrctl, opCap}},
	{unix.PR_CAPBSET_READ, "prctl", []operand{opPrctl, opCap}},
	{unix.PR_SET_PDEATHSIG, "prctl", []operand{opPrctl, opSignal}},
	{unix.PR_SET_NAME, "prctl", []operand{opPrctl, opString}},
	{unix.PR_SET_SECUREBITS, "prctl", []operand{opPrctl, opHex}},
	{0xffff, "prctl", []operand{opPrctl, opInt}},
}

// ambientSignatures are those of prctl(PR_CAP_AMBIENT, …).
var ambientSignatures = []signature{
	{unix.PR_CAP_AMBIENT_CLEAR_ALL, "prctl", []operand{opPrctl, opAmbient}},
	{0xffff, "prctl", []operand{opPrctl, opAmbient, opCap}},
}

var keyctlSignatures = []signature{
	{unix.KEYCTL_JOIN_SESSION_KEYRING, "keyctl", []operand{opKeyctl, opString}},
	{unix.KEYCTL_SETPERM, "keyctl", []operand{opKeyctl, opInt, {value: flags, names: keyNames}}},
	{0xffff, "keyctl", []operand{opKeyctl, opHex}},
}

var opKeyctl = operand{value: enum, names: keyctlNames}
