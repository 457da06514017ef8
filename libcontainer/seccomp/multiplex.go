package seccomp

import "github.com/oci-rt/rt/spec"

// multiplexed returns the conditions of a rule on call sub if that is made
// through socketcall(2) or ipc(2), as it can or must be on some architectures.
// Their first argument, which says what call it is, takes the place of the
// call's own first argument. The call's own arguments are in memory there, out
// of a filter's reach, so the first one is not compared. A condition on another
// argument is never met in earnest. libseccomp does the same.
func (y *policy) multiplexed(sub uint64, conditions []condition) []condition {
	list := []condition{{arg: 0, op: spec.SeccompEqual, mask: y.arch.mask(), value: sub}}
	for _, c := range conditions {
		if c.arg != 0 {
			list = append(list, c)
		}
	}
	return list
}

// multiplexer returns the call through which the call of this name can be made,
// and the number that this has there (include/uapi/linux/net.h and ipc.h).
func multiplexer(name string) (through string, sub uint64) {
	for i, n := range socketCalls {
		if n == name {
			return "socketcall", uint64(i) + 1
		}
	}
	for _, c := range ipcCalls {
		if c.name == name {
			return "ipc", c.sub
		}
	}
	return "", 0
}

var socketCalls = [...]string{
	"socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername",
	"socketpair", "send", "recv", "sendto", "recvfrom", "shutdown", "setsockopt",
	"getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg",
}

var ipcCalls = [...]struct {
	name string
	sub  uint64
}{
	{"semop", 1}, {"semget", 2}, {"semctl", 3}, {"semtimedop", 4},
	{"msgsnd", 11}, {"msgrcv", 12}, {"msgget", 13}, {"msgctl", 14},
	{"shmat", 21}, {"shmdt", 22}, {"shmget", 23}, {"shmctl", 24},
}
