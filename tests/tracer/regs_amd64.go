package tracer

import "golang.org/x/sys/unix"

// skipCall makes a thread at the entry of a system call not do it.
func skipCall(tid int) error {
	return change(tid, func(r *unix.PtraceRegs) { r.Orig_rax = ^uint64(0) })
}

// setResult makes a thread at the exit of a system call take it for failed.
func setResult(tid int, errno unix.Errno) error {
	return change(tid, func(r *unix.PtraceRegs) { r.Rax = -uint64(errno) })
}

func change(tid int, f func(*unix.PtraceRegs)) error {
	var r unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &r); err != nil {
		return err
	}
	f(&r)
	return unix.PtraceSetRegs(tid, &r)
}
