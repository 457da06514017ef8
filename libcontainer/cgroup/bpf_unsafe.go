package cgroup

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This file is the bpf(2) system call. Each of its commands takes a structure
// of its own, the beginning of union bpf_attr; addresses are numbers in it, so
// what they point to is pinned for the call.

// bpfRetries is how often a command is tried that a signal has interrupted:
// the verifier then gives up with EAGAIN (Linux 4.20).
const bpfRetries = 30

func bpf[T any](command uintptr, attr *T) (int, error) {
	for try := 0; ; try++ {
		n, _, errno := unix.Syscall(unix.SYS_BPF, command, uintptr(unsafe.Pointer(attr)), unsafe.Sizeof(*attr))
		if errno == 0 {
			return int(n), nil
		}
		if try == bpfRetries || errno != unix.EAGAIN && errno != unix.EINTR {
			return -1, errno
		}
	}
}

// address pins b and returns where it is.
func address[T any](pin *runtime.Pinner, b []T) uint64 {
	if len(b) == 0 {
		return 0
	}
	pin.Pin(&b[0])
	return uint64(uintptr(unsafe.Pointer(&b[0])))
}

// bpfLoad loads a device filter and returns its descriptor. If log is not
// empty, the verifier says there what it did.
func bpfLoad(code []byte, log []byte) (int, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	license := []byte("Apache-2.0\x00") // a filter needs no helper that the kernel keeps for the GPL
	attr := struct {
		programType, instructions uint32
		code, license             uint64
		logLevel, logSize         uint32
		log                       uint64
	}{
		programType: unix.BPF_PROG_TYPE_CGROUP_DEVICE, instructions: uint32(len(code) / instructionSize),
		code: address(&pin, code), license: address(&pin, license),
	}
	if len(log) > 0 {
		attr.logLevel, attr.logSize, attr.log = 1, uint32(len(log)), address(&pin, log)
	}
	return bpf(unix.BPF_PROG_LOAD, &attr)
}

// bpfAttachment is the structure of BPF_PROG_ATTACH and BPF_PROG_DETACH.
type bpfAttachment struct {
	cgroup, program, attachType, flags, replaced uint32
}

// bpfAttach attaches a device filter to a cgroup besides those that are there,
// or in the place of one of them if replaced is not 0 (Linux 5.6).
func bpfAttach(cgroup, program, replaced int) error {
	attr := bpfAttachment{uint32(cgroup), uint32(program), unix.BPF_CGROUP_DEVICE, unix.BPF_F_ALLOW_MULTI, uint32(replaced)}
	if replaced != 0 {
		attr.flags |= unix.BPF_F_REPLACE
	}
	_, err := bpf(unix.BPF_PROG_ATTACH, &attr)
	return err
}

func bpfDetach(cgroup, program int) error {
	_, err := bpf(unix.BPF_PROG_DETACH, &bpfAttachment{cgroup: uint32(cgroup), program: uint32(program), attachType: unix.BPF_CGROUP_DEVICE})
	return err
}

// maxFilters is how many programs of a type a cgroup takes
// (BPF_CGROUP_MAX_PROGS).
const maxFilters = 64

// bpfQuery returns the ids of the device filters attached to a cgroup.
func bpfQuery(cgroup int) ([]uint32, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	ids := make([]uint32, maxFilters)
	attr := struct {
		cgroup, attachType, queryType, flags uint32
		ids                                  uint64
		count, _                             uint32
		// Linux since 6.6 writes the last of these, whatever size it is told.
		_, _, _, _ uint64
	}{cgroup: uint32(cgroup), attachType: unix.BPF_CGROUP_DEVICE, ids: address(&pin, ids), count: maxFilters}
	if _, err := bpf(unix.BPF_PROG_QUERY, &attr); err != nil {
		return nil, err
	}
	return ids[:attr.count], nil
}

// bpfOpen returns a descriptor of the program with this id.
func bpfOpen(id uint32) (int, error) {
	return bpf(unix.BPF_PROG_GET_FD_BY_ID, &struct{ id, next, flags uint32 }{id: id})
}
