#include "go_asm.h"
#include "textflag.h"

// The interpreter is never called in this process: package image copies its
// machine code from here into the image file. So it follows no Go convention:
// it has no stack, no caller and nothing to return to, and it must not refer
// to any symbol. The addresses it uses are those of the image's layout.
//
// Registers, none of which a system call changes (it may change R0, R3 to R12
// and CR0: Documentation/arch/powerpc/syscall64-abi.rst):
//
//	R14	the first step record
//	R15	the record of the step that runs
//	R16	the data segment: the report, then the slots
//	R17	the progress word
//	R18	the lower part of a packed word; as an errno it stands for any
//	R19	the number of no slot

// ARG loads argument i into reg. If bit i of the record's slot mask, in R9, is
// set, it is the address of a slot, and the slot's content is the argument.
#define ARG(i, reg) \
	MOVD  (const_recArgs+8*i)(R15), reg      \ // the immediate or the address
	ANDCC $(1<<(const_slotShift+i)), R9, R10 \
	BEQ   2(PC)                              \ // not a slot: skip the next instruction
	MOVD  (reg), reg                           // load the slot

TEXT interpreter<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVD  $const_textAddr, R14
	MOVBZ const_flagsOff(R14), R9
	ANDCC $const_flagDumpable, R9, R9
	BNE   begin
	MOVD  $const_setDumpable, R3           // prctl(PR_SET_DUMPABLE, 0),
	MOVD  $0, R4                           // which cannot fail
	SYSCALL $const_prctl

begin:
	ADD  $const_stepsOff, R14, R14
	MOVD $const_dataAddr, R16
	MOVD $const_progressAddr, R17
	MOVD $const_lowMask, R18
	MOVD $const_noSlot, R19
	MOVD $const_firstInput, R9
	MOVD R9, const_slotsOff(R16)           // slot 0: the report descriptor
	ADD  $const_entryOff, R14, R15

step:
	MOVWZ const_recOp(R15), R9
	ARG(0, R3)
	ARG(1, R4)
	ARG(2, R5)
	ARG(3, R6)
	ARG(4, R7)
	ARG(5, R8)
	ANDCC $const_opMask, R9, R9
	BNE   other

	// OpCall. The arguments are where the kernel wants them, but for the number:
	// SYSCALL moves it to R0.
	MOVWZ const_recNr(R15), R10
	AND   R18, R10, R10
	SYSCALL R10
	BVS   failed                           // summary overflow: R3 is an errno

	// R3 is a result.
keep:
	MOVWZ const_recOp(R15), R9
	SRD   $const_lowBits, R9, R9
	CMPU  R9, R19                          // does a slot take the result?
	BEQ   next
	SLD   $3, R9, R9
	ADD   R16, R9, R9
	MOVD  R3, const_slotsOff(R9)

next:
	ADD $const_recSize, R15, R15

progress:
	MOVWZ const_recNr(R15), R9
	SRD   $const_lowBits, R9, R9           // the step that comes next
	MOVW  R9, (R17)                        // is how far the program got
	BR    step

	// A call failed with errno R3: look for it among the outcomes.
failed:
	ADD  $const_recOutcomes, R15, R4       // an unused outcome is errno 0: no match
	MOVD $const_maxOutcomes, R5

outcome:
	MOVWZ (R4), R9
	AND   R18, R9, R9
	CMPU  R9, R3
	BEQ   jump
	CMPU  R9, R18                          // anyErrno
	BEQ   jump
	ADD   $4, R4, R4
	ADDCCC $-1, R5, R5
	BNE   outcome

	// Nobody expects errno R3: fill in the report and go to step 0. If that is the
	// failure of a step that reports a failure, die: the filter of the container may
	// refuse exit_group(2).
unexpected:
	MOVWZ const_recNr(R15), R9
	SRD   $const_lowBits, R9, R9
	CMPU  R9, $const_entry
	BLT   die
	MOVW  R9, 0(R16)                       // program.Report.Step
	MOVW  R3, 4(R16)                       // program.Report.Errno
	MOVD  R14, R15
	BR    progress

	// Go to the target of the outcome at R4.
jump:
	MOVWZ (R4), R9
	SRD   $const_lowBits, R9, R9
	MULLD $const_recSize, R9, R9
	ADD   R14, R9, R15
	BR    progress

	// The operations that are no system call, in the order of their numbers:
	// R9 is OpJumpIf (1), OpJumpIfWord (2), OpStore (3), OpFail (4) or OpLoad (5).
other:
	CMPU  R9, $const_opJumpIfWord
	BLT   condition                        // below it: OpJumpIf
	BEQ   word
	CMPU  R9, $const_opStore
	BEQ   store
	CMPU  R9, $const_opLoad
	BNE   unexpected                       // OpFail: argument 0 is the errno
	MOVWZ (R3), R3                         // OpLoad
	AND   R4, R3, R3
	BR    keep

store:
	MOVW R4, (R3)
	BR   next

word:
	MOVWZ (R3), R3                         // the word at the address

condition:
	AND  R4, R3, R3
	CMPU R3, R5
	BNE  next
	ADD  $const_recOutcomes, R15, R4       // the target is in the first outcome
	BR   jump

die:
	WORD $0                                // no instruction: SIGILL

	// The marker shows that the copied code is whole. It is not executed.
	WORD $const_markerLow
	WORD $const_markerHigh

// interpreterEnd is the function behind the interpreter.
TEXT interpreterEnd<>(SB), NOSPLIT|NOFRAME, $0-0
	RET

// func interpreterBounds() (start, end *byte)
TEXT ·interpreterBounds(SB), NOSPLIT, $0-16
	MOVD $interpreter<>(SB), R9
	MOVD R9, start+0(FP)
	MOVD $interpreterEnd<>(SB), R9
	MOVD R9, end+8(FP)
	RET
