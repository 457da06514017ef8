#include "go_asm.h"
#include "textflag.h"

// The interpreter is never called in this process: package image copies its
// machine code from here into the image file. So it follows no Go convention:
// it has no stack, no caller and nothing to return to, and it must not refer
// to any symbol. The addresses it uses are those of the image's layout.
//
// Registers, none of which a system call changes (it changes R4 and R12 to R20,
// the result and the temporary ones):
//
//	R23	the first step record
//	R24	the record of the step that runs
//	R25	the data segment: the report, then the slots
//	R26	the progress word
//	R27	the lower part of a packed word; as an errno it stands for any
//	R28	the number of no slot

// ARG loads argument i into reg. If bit i of the record's slot mask, in R12, is
// set, it is the address of a slot, and the slot's content is the argument.
#define ARG(i, reg) \
	MOVV (const_recArgs+8*i)(R24), reg       \ // the immediate or the address
	AND  $(1<<(const_slotShift+i)), R12, R13 \
	BEQ  R13, 2(PC)                          \ // not a slot: skip the next instruction
	MOVV (reg), reg                            // load the slot

TEXT interpreter<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVV  $const_textAddr, R23
	MOVBU const_flagsOff(R23), R12
	AND   $const_flagDumpable, R12, R12
	BNE   R12, begin
	MOVV  $const_prctl, R11                // prctl(PR_SET_DUMPABLE, 0),
	MOVV  $const_setDumpable, R4           // which cannot fail
	MOVV  R0, R5
	SYSCALL

begin:
	ADDV $const_stepsOff, R23, R23
	MOVV $const_dataAddr, R25
	MOVV $const_progressAddr, R26
	MOVV $const_lowMask, R27
	MOVV $const_noSlot, R28
	MOVV $const_firstInput, R12
	MOVV R12, const_slotsOff(R25)          // slot 0: the report descriptor
	ADDV $const_entryOff, R23, R24

step:
	MOVWU const_recOp(R24), R12
	ARG(0, R4)
	ARG(1, R5)
	ARG(2, R6)
	ARG(3, R7)
	ARG(4, R8)
	ARG(5, R9)
	AND   $const_opMask, R12, R12
	BNE   R12, other

	// OpCall. The arguments are where the kernel wants them.
	MOVWU const_recNr(R24), R11
	AND   R27, R11, R11
	SYSCALL
	MOVW  $-4096, R12
	BLTU  R12, R4, failed                  // -4095..-1, the largest unsigned values,
	                                       // are an errno

	// R4 is a result.
keep:
	MOVWU const_recOp(R24), R12
	SRLV  $const_lowBits, R12, R12
	BEQ   R12, R28, next                   // does a slot take the result?
	SLLV  $3, R12, R12
	ADDV  R25, R12, R12
	MOVV  R4, const_slotsOff(R12)

next:
	ADDV $const_recSize, R24, R24

progress:
	MOVWU const_recNr(R24), R12
	SRLV  $const_lowBits, R12, R12         // the step that comes next
	MOVW  R12, (R26)                       // is how far the program got
	JMP   step

	// A call failed with errno -R4: look for it among the outcomes.
failed:
	SUBVU R4, R0, R4
	ADDV  $const_recOutcomes, R24, R5      // an unused outcome is errno 0: no match
	MOVV  $const_maxOutcomes, R6

outcome:
	MOVWU (R5), R12
	AND   R27, R12, R12
	BEQ   R12, R4, jump
	BEQ   R12, R27, jump                   // anyErrno
	ADDV  $4, R5, R5
	ADDV  $-1, R6, R6
	BNE   R6, outcome

	// Nobody expects errno R4: fill in the report and go to step 0. If that is the
	// failure of a step that reports a failure, die: the filter of the container may
	// refuse exit_group(2).
unexpected:
	MOVWU const_recNr(R24), R12
	SRLV  $const_lowBits, R12, R12
	MOVV  $const_entry, R13
	BLTU  R12, R13, die
	MOVW  R12, 0(R25)                      // program.Report.Step
	MOVW  R4, 4(R25)                       // program.Report.Errno
	MOVV  R23, R24
	JMP   progress

	// Go to the target of the outcome at R5.
jump:
	MOVWU (R5), R12
	SRLV  $const_lowBits, R12, R12
	MOVV  $const_recSize, R13
	MULV  R13, R12, R12
	ADDV  R23, R12, R24
	JMP   progress

	// The operations that are no system call, in the order of their numbers:
	// R12 is OpJumpIf (1), OpJumpIfWord (2), OpStore (3), OpFail (4) or OpLoad (5).
other:
	MOVV  $const_opJumpIfWord, R13
	BLTU  R12, R13, condition              // below it: OpJumpIf
	BEQ   R12, R13, word
	MOVV  $const_opStore, R13
	BEQ   R12, R13, store
	MOVV  $const_opLoad, R13
	BNE   R12, R13, unexpected             // OpFail: argument 0 is the errno
	MOVWU (R4), R4                         // OpLoad
	AND   R5, R4, R4
	JMP   keep

store:
	MOVW R5, (R4)
	JMP  next

word:
	MOVWU (R4), R4                         // the word at the address

condition:
	AND  R5, R4, R4
	BNE  R4, R6, next
	ADDV $const_recOutcomes, R24, R5       // the target is in the first outcome
	JMP  jump

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
	MOVV $interpreter<>(SB), R12
	MOVV R12, start+0(FP)
	MOVV $interpreterEnd<>(SB), R12
	MOVV R12, end+8(FP)
	RET
