#include "go_asm.h"
#include "textflag.h"

// The interpreter is never called in this process: package image copies its
// machine code from here into the image file. So it follows no Go convention:
// it has no stack, no caller and nothing to return to, and it must not refer
// to any symbol. The addresses it uses are those of the image's layout.
//
// Registers, none of which a system call changes (it changes R0 only). R10 and
// R11 are Go's:
//
//	R8	the record of the step that runs
//	R9	the data segment: the report, then the slots
//	R12	the first step record
//	R14	the number of no slot
//
// Constants are 8 bits, shifted: others the assembler would put into a literal
// pool, which is not copied.

// ARG loads argument i into reg. If bit i of the record's slot mask, in R6, is
// set, it is the address of a slot, and the slot's content is the argument.
#define ARG(i, reg) \
	MOVW    (const_recArgs+4*i)(R8), reg      \ // the immediate or the address
	TST     $(1<<(const_slotShift+i)), R6     \ // or is it a slot?
	MOVW.NE (reg), reg                          // load it

// LOW reduces the packed word in reg to its lower part.
#define LOW(reg) \
	SLL $(32-const_lowBits), reg, reg \
	SRL $(32-const_lowBits), reg, reg

TEXT interpreter<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVW  $const_textAddr, R12
	MOVBU const_flagsOff(R12), R6
	TST   $const_flagDumpable, R6
	BNE   begin
	MOVW  $const_prctl, R7                 // prctl(PR_SET_DUMPABLE, 0),
	MOVW  $const_setDumpable, R0           // which cannot fail
	MOVW  $0, R1
	SWI   $0

begin:
	ADD  $const_stepsOff, R12, R12
	MOVW $const_dataAddr, R9
	MVN  $0, R14
	SRL  $const_lowBits, R14, R14          // const_noSlot
	MOVW $const_firstInput, R6
	MOVW R6, const_slotsOff(R9)            // slot 0: the report descriptor
	ADD  $const_entryOff, R12, R8

step:
	MOVW const_recOp(R8), R6
	ARG(0, R0)
	ARG(1, R1)
	ARG(2, R2)
	ARG(3, R3)
	ARG(4, R4)
	ARG(5, R5)
	AND.S $const_opMask, R6, R6
	BNE  other

	// OpCall. The arguments are where the kernel wants them.
	MOVW const_recNr(R8), R7
	LOW(R7)
	SWI  $0
	CMN  $4096, R0                         // -4095..-1, the largest unsigned values,
	BHI  failed                            // are an errno

	// R0 is a result.
keep:
	MOVW const_recOp(R8), R6
	SRL  $const_lowBits, R6, R6
	CMP  R14, R6                           // does a slot take the result?
	BEQ  next
	ADD  R6<<2, R9, R6
	MOVW R0, const_slotsOff(R6)

next:
	ADD $const_recSize, R8, R8

progress:
	MOVW const_recNr(R8), R6
	SRL  $const_lowBits, R6, R6            // the step that comes next
	MOVW $const_progressAddr, R7
	MOVW R6, (R7)                          // is how far the program got
	B    step

	// A call failed with errno -R0: look for it among the outcomes.
failed:
	RSB  $0, R0, R0
	ADD  $const_recOutcomes, R8, R1        // an unused outcome is errno 0: no match
	MOVW $const_maxOutcomes, R2

outcome:
	MOVW (R1), R6
	LOW(R6)
	CMP  R0, R6
	BEQ  jump
	ADD  $1, R6, R6
	CMP  $(const_anyErrno+1), R6
	BEQ  jump
	ADD  $4, R1, R1
	SUB.S $1, R2, R2
	BNE  outcome

	// Nobody expects errno R0: fill in the report and go to step 0. If that is the
	// failure of a step that reports a failure, die: the filter of the container may
	// refuse exit_group(2).
unexpected:
	MOVW const_recNr(R8), R6
	SRL  $const_lowBits, R6, R6
	CMP  $const_entry, R6
	BLO  die
	MOVW R6, 0(R9)                         // program.Report.Step
	MOVW R0, 4(R9)                         // program.Report.Errno
	MOVW R12, R8
	B    progress

	// Go to the target of the outcome at R1.
jump:
	MOVW (R1), R6
	SRL  $const_lowBits, R6, R6
	MOVW $const_recSize, R7
	MULA R6, R7, R12, R8                   // R8 = R6*R7 + R12
	B    progress

	// The operations that are no system call, in the order of their numbers:
	// R6 is OpJumpIf (1), OpJumpIfWord (2), OpStore (3), OpFail (4) or OpLoad (5).
other:
	CMP  $const_opJumpIfWord, R6
	BLO  condition                         // below it: OpJumpIf
	BEQ  word
	CMP  $const_opStore, R6
	BEQ  store
	CMP  $const_opLoad, R6
	BNE  unexpected                        // OpFail: argument 0 is the errno
	MOVW (R0), R0                          // OpLoad
	AND  R1, R0, R0
	B    keep

store:
	MOVW R1, (R0)
	B    next

word:
	MOVW (R0), R0                          // the word at the address

condition:
	AND  R1, R0, R0
	CMP  R2, R0
	BNE  next
	ADD  $const_recOutcomes, R8, R1        // the target is in the first outcome
	B    jump

die:
	WORD $0xe7f000f0                       // udf: SIGILL

	// The marker shows that the copied code is whole. It is not executed.
	WORD $const_markerLow
	WORD $const_markerHigh

// interpreterEnd is the function behind the interpreter.
TEXT interpreterEnd<>(SB), NOSPLIT|NOFRAME, $0-0
	RET

// func interpreterBounds() (start, end *byte)
TEXT ·interpreterBounds(SB), NOSPLIT, $0-8
	MOVW $interpreter<>(SB), R0
	MOVW R0, start+0(FP)
	MOVW $interpreterEnd<>(SB), R0
	MOVW R0, end+4(FP)
	RET
