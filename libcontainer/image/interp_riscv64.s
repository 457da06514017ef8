#include "go_asm.h"
#include "textflag.h"

// The interpreter is never called in this process: package image copies its
// machine code from here into the image file. So it follows no Go convention:
// it has no stack, no caller and nothing to return to, and it must not refer
// to any symbol. The addresses it uses are those of the image's layout.
//
// Registers, none of which a system call changes (it changes A0 only):
//
//	S2	the first step record
//	S3	the record of the step that runs
//	S4	the data segment: the report, then the slots
//	S5	the progress word
//	S6	the lower part of a packed word; as an errno it stands for any
//	S7	the number of no slot
//	S8	the size of a record

// ARG loads argument i into reg. If bit i of the record's slot mask, in T0, is
// set, it is the address of a slot, and the slot's content is the argument.
#define ARG(i, reg) \
	MOV  (const_recArgs+8*i)(S3), reg      \ // the immediate or the address
	ANDI $(1<<(const_slotShift+i)), T0, T1 \
	BEQZ T1, 2(PC)                         \ // not a slot: skip the next instruction
	MOV  (reg), reg                          // load the slot

TEXT interpreter<>(SB), NOSPLIT|NOFRAME, $0-0
	MOV   $const_textAddr, S2
	MOVBU const_flagsOff(S2), T0
	ANDI  $const_flagDumpable, T0, T0
	BNEZ  T0, begin
	MOV   $const_prctl, A7                 // prctl(PR_SET_DUMPABLE, 0),
	MOV   $const_setDumpable, A0           // which cannot fail
	MOV   ZERO, A1
	ECALL

begin:
	ADD $const_stepsOff, S2, S2
	MOV $const_dataAddr, S4
	MOV $const_progressAddr, S5
	MOV $const_lowMask, S6
	MOV $const_noSlot, S7
	MOV $const_recSize, S8
	MOV $const_firstInput, T0
	MOV T0, const_slotsOff(S4)             // slot 0: the report descriptor
	ADD $const_entryOff, S2, S3

step:
	MOVWU const_recOp(S3), T0
	ARG(0, A0)
	ARG(1, A1)
	ARG(2, A2)
	ARG(3, A3)
	ARG(4, A4)
	ARG(5, A5)
	ANDI  $const_opMask, T0, T0
	BNEZ  T0, other

	// OpCall. The arguments are where the kernel wants them.
	MOVWU const_recNr(S3), A7
	AND   S6, A7, A7
	ECALL
	MOV   $-4096, T0
	BLTU  T0, A0, failed                   // -4095..-1, the largest unsigned values,
	                                       // are an errno

	// A0 is a result.
keep:
	MOVWU const_recOp(S3), T0
	SRL   $const_lowBits, T0, T0
	BEQ   T0, S7, next                     // does a slot take the result?
	SLL   $3, T0, T0
	ADD   S4, T0, T0
	MOV   A0, const_slotsOff(T0)

next:
	ADD $const_recSize, S3, S3

progress:
	MOVWU const_recNr(S3), T0
	SRL   $const_lowBits, T0, T0           // the step that comes next
	MOVW  T0, (S5)                         // is how far the program got
	JMP   step

	// A call failed with errno -A0: look for it among the outcomes.
failed:
	NEG A0, A0
	ADD $const_recOutcomes, S3, A1         // an unused outcome is errno 0: no match
	MOV $const_maxOutcomes, A2

outcome:
	MOVWU (A1), T0
	AND   S6, T0, T0
	BEQ   T0, A0, jump
	BEQ   T0, S6, jump                     // anyErrno
	ADD   $4, A1, A1
	ADD   $-1, A2, A2
	BNEZ  A2, outcome

	// Nobody expects errno A0: fill in the report and go to step 0. If that is the
	// failure of a step that reports a failure, die: the filter of the container may
	// refuse exit_group(2).
unexpected:
	MOVWU const_recNr(S3), T0
	SRL   $const_lowBits, T0, T0
	MOV   $const_entry, T1
	BLTU  T0, T1, die
	MOVW  T0, 0(S4)                        // program.Report.Step
	MOVW  A0, 4(S4)                        // program.Report.Errno
	MOV   S2, S3
	JMP   progress

	// Go to the target of the outcome at A1.
jump:
	MOVWU (A1), T0
	SRL   $const_lowBits, T0, T0
	MUL   S8, T0, T0
	ADD   S2, T0, S3
	JMP   progress

	// The operations that are no system call, in the order of their numbers:
	// T0 is OpJumpIf (1), OpJumpIfWord (2), OpStore (3), OpFail (4) or OpLoad (5).
other:
	MOV   $const_opJumpIfWord, T1
	BLTU  T0, T1, condition                // below it: OpJumpIf
	BEQ   T0, T1, word
	MOV   $const_opStore, T1
	BEQ   T0, T1, store
	MOV   $const_opLoad, T1
	BNE   T0, T1, unexpected               // OpFail: argument 0 is the errno
	MOVWU (A0), A0                         // OpLoad
	AND   A1, A0, A0
	JMP   keep

store:
	MOVW A1, (A0)
	JMP  next

word:
	MOVWU (A0), A0                         // the word at the address

condition:
	AND A1, A0, A0
	BNE A0, A2, next
	ADD $const_recOutcomes, S3, A1         // the target is in the first outcome
	JMP jump

die:
	WORD $0xc0001073                       // unimp: SIGILL

	// The marker shows that the copied code is whole. It is not executed.
	WORD $const_markerLow
	WORD $const_markerHigh

// interpreterEnd is the function behind the interpreter.
TEXT interpreterEnd<>(SB), NOSPLIT|NOFRAME, $0-0
	RET

// func interpreterBounds() (start, end *byte)
TEXT ·interpreterBounds(SB), NOSPLIT, $0-16
	MOV $interpreter<>(SB), T0
	MOV T0, start+0(FP)
	MOV $interpreterEnd<>(SB), T0
	MOV T0, end+8(FP)
	RET
