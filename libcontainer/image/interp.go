package image

//lint:file-ignore U1000 the assembly uses these constants, through go_asm.h

import (
	"golang.org/x/sys/unix"

	"github.com/oci-rt/rt/libcontainer/program"
)

// What only the interpreter needs.
const (
	// entryOff is the offset of the first step to run from the first step.
	entryOff = program.Entry * recSize
	// entry is the first step that is not part of the failure handler.
	entry = program.Entry
	// firstInput is what slot 0, the report descriptor, contains at the start.
	firstInput = program.FirstInput

	opJumpIfWord = program.OpJumpIfWord
	opStore      = program.OpStore
	opLoad       = program.OpLoad

	// prctl and setDumpable make the process non-dumpable.
	prctl       = unix.SYS_PRCTL
	setDumpable = unix.PR_SET_DUMPABLE
)
