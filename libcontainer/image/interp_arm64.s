#include "go_asm.h"
#include "textflag.h"

// The interpreter is never called in this process: package image copies its
// machine code from here into the image file. So it follows no Go convention:
// it has no stack, no caller and nothing to return to, and it must not refer
// to any symbol. The addresses it uses are those of the image's layout.
//
// Registers, none of which a system call changes (it changes R0 only):
//
//	R19	the first step record
//	R20	the record of the step that runs
//	R21	the slots
//	R22	the progress word
//	R23	the data segment: the report
//	R24	the size of a record
//	R25	the lower part of a packed word; as an errno it stands for any
//	R26	the number of no slot
//
// Constants are loaded with MOVZ or ORR, because MOVD could make the assembler
// put them into a literal pool, which is not copied.

// ARG turns argument i, loaded into reg, into its value: if bit i of the
// record's slot mask, in R9, is set, it is the address of a slot, and the slot's
// content is the argument.
#define ARG(i, reg) \
	TBZ  $(const_slotShift+i), R9, 2(PC) \ // not a slot: skip the next instruction
	MOVD (reg), reg                        // load the slot

TEXT interpreter<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVZ  $const_textAddr, R19
	MOVBU const_flagsOff(R19), R9
	TBNZ  $const_flagDumpableBit, R9, begin
	MOVZ  $const_prctl, R8                 // prctl(PR_SET_DUMPABLE, 0),
	MOVZ  $const_setDumpable, R0           // which cannot fail
	MOVD  ZR, R1
	SVC

begin:
	ADD  $const_stepsOff, R19, R19
	MOVZ $const_lowMask, R25
	ORR  $const_noSlot, ZR, R26
	MOVZ $const_dataAddr, R23
	MOVZ $const_progressAddr, R22
	ADD  $const_slotsOff, R23, R21
	MOVZ $const_recSize, R24
	MOVZ $const_firstInput, R0
	MOVD R0, (R21)                         // slot 0: the report descriptor
	ADD  $const_entryOff, R19, R20

step:
	LDP   (const_recArgs+0)(R20), (R0, R1)
	LDP   (const_recArgs+16)(R20), (R2, R3)
	LDP   (const_recArgs+32)(R20), (R4, R5)
	MOVWU const_recOp(R20), R9
	ARG(0, R0)
	ARG(1, R1)
	ARG(2, R2)
	ARG(3, R3)
	ARG(4, R4)
	ARG(5, R5)
	AND   $const_opMask, R9, R9
	CBNZ  R9, other

	// OpCall. The arguments are where the kernel wants them.
	MOVWU const_recNr(R20), R8
	AND   R25, R8, R8
	SVC
	CMN   $4095, R0                        // carry: -4095..-1, the largest unsigned
	BCS   failed                           // values, are an errno

	// R0 is a result.
keep:
	MOVWU const_recOp(R20), R9
	LSR   $const_lowBits, R9, R9
	CMP   R26, R9                          // does a slot take the result?
	BEQ   next
	MOVD  R0, (R21)(R9<<3)

next:
	ADD $const_recSize, R20, R20

progress:
	MOVWU const_recNr(R20), R9
	LSR   $const_lowBits, R9, R9           // the step that comes next
	MOVW  R9, (R22)                        // is how far the program got
	B     step

	// A call failed with errno -R0: look for it among the outcomes.
failed:
	NEG  R0, R0
	ADD  $const_recOutcomes, R20, R1       // an unused outcome is errno 0: no match
	MOVZ $const_maxOutcomes, R2

outcome:
	MOVWU (R1), R9
	AND   R25, R9, R9
	CMP   R0, R9
	BEQ   jump
	CMP   R25, R9                          // anyErrno
	BEQ   jump
	ADD   $4, R1, R1
	SUBS  $1, R2, R2
	BNE   outcome

	// Nobody expects errno R0: fill in the report and go to step 0. If that is the
	// failure of a step that reports a failure, die: the filter of the container may
	// refuse exit_group(2).
unexpected:
	MOVWU const_recNr(R20), R9
	LSR   $const_lowBits, R9, R9
	CMP   $const_entry, R9
	BCC   die
	MOVW  R9, 0(R23)                       // program.Report.Step
	MOVW  R0, 4(R23)                       // program.Report.Errno
	MOVD  R19, R20
	B     progress

	// Go to the target of the outcome at R1.
jump:
	MOVWU (R1), R9
	LSR   $const_lowBits, R9, R9
	MADD  R9, R19, R24, R20                // R20 = R19 + R24*R9
	B     progress

	// The operations that are no system call, in the order of their numbers:
	// R9 is OpJumpIf (1), OpJumpIfWord (2), OpStore (3), OpFail (4) or OpLoad (5).
other:
	CMP $const_opJumpIfWord, R9
	BCC condition                          // below it: OpJumpIf
	BEQ word
	CMP $const_opStore, R9
	BEQ store
	CMP $const_opLoad, R9
	BNE unexpected                         // OpFail: argument 0 is the errno
	MOVWU (R0), R0                         // OpLoad
	AND   R1, R0, R0
	B     keep

store:
	MOVW R1, (R0)
	B    next

word:
	MOVWU (R0), R0                         // the word at the address

condition:
	AND R1, R0, R0
	CMP R2, R0
	BNE next
	ADD $const_recOutcomes, R20, R1        // the target is in the first outcome
	B   jump

die:
	UNDEF                                  // SIGILL

	// The marker shows that the copied code is whole. It is not executed.
	WORD $const_markerLow
	WORD $const_markerHigh

// interpreterEnd is the function behind the interpreter.
TEXT interpreterEnd<>(SB), NOSPLIT|NOFRAME, $0-0
	RET

// func interpreterBounds() (start, end *byte)
TEXT ·interpreterBounds(SB), NOSPLIT, $0-16
	MOVD $interpreter<>(SB), R0
	MOVD R0, start+0(FP)
	MOVD $interpreterEnd<>(SB), R0
	MOVD R0, end+8(FP)
	RET
