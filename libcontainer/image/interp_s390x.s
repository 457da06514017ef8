#include "go_asm.h"
#include "textflag.h"

// The interpreter is never called in this process: package image copies its
// machine code from here into the image file. So it follows no Go convention:
// it has no stack, no caller and nothing to return to, and it must not refer
// to any symbol. The addresses it uses are those of the image's layout.
//
// Registers, none of which a system call changes (it changes R2 only). R10 and
// R11 are the assembler's own:
//
//	R8	the record of the step that runs
//	R9	the first step record
//	R12	the data segment: the report, then the slots
//	R14	the progress word

// ARG loads argument i into reg. If bit i of the record's slot mask, in R0, is
// set, it is the address of a slot, and the slot's content is the argument.
#define ARG(i, reg) \
	MOVD (const_recArgs+8*i)(R8), reg    \ // the immediate or the address
	TMLL R0, $(1<<(const_slotShift+i))   \
	BEQ  2(PC)                           \ // not a slot: skip the next instruction
	MOVD (reg), reg                        // load the slot

TEXT interpreter<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVD  $const_textAddr, R9
	MOVBZ const_flagsOff(R9), R0
	TMLL  R0, $const_flagDumpable
	BNE   begin
	MOVD  $const_prctl, R1                 // prctl(PR_SET_DUMPABLE, 0),
	MOVD  $const_setDumpable, R2           // which cannot fail
	MOVD  $0, R3
	SYSCALL

begin:
	ADD  $const_stepsOff, R9
	MOVD $const_dataAddr, R12
	MOVD $const_progressAddr, R14
	MOVD $const_firstInput, R1
	MOVD R1, const_slotsOff(R12)           // slot 0: the report descriptor
	MOVD $const_entryOff(R9), R8

step:
	MOVWZ const_recOp(R8), R0
	ARG(0, R2)
	ARG(1, R3)
	ARG(2, R4)
	ARG(3, R5)
	ARG(4, R6)
	ARG(5, R7)
	AND   $const_opMask, R0
	BNE   other

	// OpCall. The arguments are where the kernel wants them.
	MOVWZ const_recNr(R8), R1
	AND   $const_lowMask, R1
	SYSCALL
	MOVD  $-4095, R1                       // -4095..-1, the largest unsigned values,
	CMPUBGE R2, R1, failed                 // are an errno

	// R2 is a result.
keep:
	MOVWZ const_recOp(R8), R1
	SRD   $const_lowBits, R1
	CMPWU R1, $const_noSlot                // does a slot take the result?
	BEQ   next
	SLD   $3, R1
	MOVD  R2, const_slotsOff(R12)(R1*1)

next:
	ADD $const_recSize, R8

progress:
	MOVWZ const_recNr(R8), R1
	SRD   $const_lowBits, R1               // the step that comes next
	MOVW  R1, (R14)                        // is how far the program got
	BR    step

	// A call failed with errno -R2: look for it among the outcomes.
failed:
	NEG  R2, R2
	MOVD $const_recOutcomes(R8), R3        // an unused outcome is errno 0: no match
	MOVD $const_maxOutcomes, R4

outcome:
	MOVWZ (R3), R1
	AND   $const_lowMask, R1
	CMPUBEQ R1, R2, jump
	CMPWU R1, $const_anyErrno
	BEQ   jump
	ADD   $4, R3
	ADD   $-1, R4
	BNE   outcome

	// Nobody expects errno R2: fill in the report and go to step 0. If that is the
	// failure of a step that reports a failure, die: the filter of the container may
	// refuse exit_group(2).
unexpected:
	MOVWZ const_recNr(R8), R1
	SRD   $const_lowBits, R1
	CMPWU R1, $const_entry
	BLT   die
	MOVW  R1, 0(R12)                       // program.Report.Step
	MOVW  R2, 4(R12)                       // program.Report.Errno
	MOVD  R9, R8
	BR    progress

	// Go to the target of the outcome at R3.
jump:
	MOVWZ (R3), R1
	SRD   $const_lowBits, R1
	MULLD $const_recSize, R1
	MOVD  $(R9)(R1*1), R8
	BR    progress

	// The operations that are no system call, in the order of their numbers:
	// R0 is OpJumpIf (1), OpJumpIfWord (2), OpStore (3), OpFail (4) or OpLoad (5).
other:
	CMPWU R0, $const_opJumpIfWord
	BLT   condition                        // below it: OpJumpIf
	BEQ   word
	CMPWU R0, $const_opStore
	BEQ   store
	CMPWU R0, $const_opLoad
	BNE   unexpected                       // OpFail: argument 0 is the errno
	MOVWZ (R2), R2                         // OpLoad
	AND   R3, R2
	BR    keep

store:
	MOVW R3, (R2)
	BR   next

word:
	MOVWZ (R2), R2                         // the word at the address

condition:
	AND  R3, R2
	CMPUBNE R2, R4, next
	MOVD $const_recOutcomes(R8), R3        // the target is in the first outcome
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
	MOVD $interpreter<>(SB), R1
	MOVD R1, start+0(FP)
	MOVD $interpreterEnd<>(SB), R1
	MOVD R1, end+8(FP)
	RET
