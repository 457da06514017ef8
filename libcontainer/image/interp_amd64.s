#include "go_asm.h"
#include "textflag.h"

// The interpreter is never called in this process: package image copies its
// machine code from here into the image file. So it follows no Go convention:
// it has no stack, no caller and nothing to return to, and it must not refer
// to any symbol. The addresses it uses are those of the image's layout.
//
// Registers, none of which a system call changes (it changes AX, CX and R11;
// syscall(2), "Architecture calling conventions"):
//
//	BX	the record of the step that runs
//	R12	the first step record
//	R13	the data segment: the report, then the slots
//	R14	the progress word

// ARG loads argument i into reg. If bit i of the record's slot mask, in AX, is
// set, it is the address of a slot, and the slot's content is the argument.
#define ARG(i, reg) \
	MOVQ  const_recArgs+8*i(BX), reg       \ // the immediate or the address
	BTL   $(const_slotShift+i), AX         \ // or is it a slot?
	JCC   2(PC)                            \ // no: skip the next instruction
	MOVQ  (reg), reg                         // yes: load it

TEXT interpreter<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVL  $const_textAddr, R12
	TESTB $const_flagDumpable, const_flagsOff(R12)
	JNE   begin
	MOVL  $const_prctl, AX                 // prctl(PR_SET_DUMPABLE, 0),
	MOVL  $const_setDumpable, DI           // which cannot fail
	XORL  SI, SI
	SYSCALL

begin:
	ADDQ $const_stepsOff, R12
	MOVL $const_dataAddr, R13
	MOVL $const_progressAddr, R14
	MOVQ $const_firstInput, const_slotsOff(R13) // slot 0: the report descriptor
	LEAQ const_entryOff(R12), BX

step:
	MOVL const_recOp(BX), AX
	ARG(0, DI)
	ARG(1, SI)
	ARG(2, DX)
	ARG(3, R10)
	ARG(4, R8)
	ARG(5, R9)
	ANDL $const_opMask, AX
	JNE  other

	// OpCall. The arguments are where the kernel wants them.
	MOVL const_recNr(BX), AX
	ANDL $const_lowMask, AX
	SYSCALL
	CMPQ AX, $-4095                        // -4095..-1, the largest unsigned values,
	JCC  failed                            // are an errno

	// AX is a result.
keep:
	MOVL const_recOp(BX), CX
	SHRL $const_lowBits, CX
	CMPL CX, $const_noSlot                 // does a slot take the result?
	JEQ  next
	MOVQ AX, const_slotsOff(R13)(CX*8)

next:
	ADDQ $const_recSize, BX

progress:
	MOVL const_recNr(BX), AX
	SHRL $const_lowBits, AX               // the step that comes next
	MOVL AX, (R14)                         // is how far the program got
	JMP  step

	// A call failed with errno -AX: look for it among the outcomes.
failed:
	NEGQ AX
	LEAQ const_recOutcomes(BX), SI        // an unused outcome is errno 0: no match
	MOVL $const_maxOutcomes, DX

outcome:
	MOVL (SI), CX
	ANDL $const_lowMask, CX
	CMPL CX, AX
	JEQ  jump
	CMPL CX, $const_anyErrno
	JEQ  jump
	ADDQ $4, SI
	DECL DX
	JNE  outcome

	// Nobody expects errno AX: fill in the report and go to step 0. If that is the
	// failure of a step that reports a failure, die: the filter of the container may
	// refuse exit_group(2).
unexpected:
	MOVL const_recNr(BX), CX
	SHRL $const_lowBits, CX
	CMPL CX, $const_entry
	JCS  die
	MOVL CX, 0(R13)                        // program.Report.Step
	MOVL AX, 4(R13)                        // program.Report.Errno
	MOVQ R12, BX
	JMP  progress

	// Go to the target of the outcome at SI.
jump:
	MOVL   (SI), CX
	SHRL   $const_lowBits, CX
	IMUL3Q $const_recSize, CX, BX
	ADDQ   R12, BX
	JMP    progress

	// The operations that are no system call, in the order of their numbers:
	// AX is OpJumpIf (1), OpJumpIfWord (2), OpStore (3), OpFail (4) or OpLoad (5).
other:
	CMPL AX, $const_opJumpIfWord
	JCS  condition                         // below it: OpJumpIf
	JEQ  word
	CMPL AX, $const_opStore
	JEQ  store
	CMPL AX, $const_opLoad
	JEQ  load
	MOVL DI, AX                            // OpFail: argument 0 is the errno
	JMP  unexpected

word:
	MOVL (DI), DI                          // the word at the address

condition:
	ANDQ SI, DI
	CMPQ DI, DX
	JNE  next
	LEAQ const_recOutcomes(BX), SI        // the target is in the first outcome
	JMP  jump

store:
	MOVL SI, (DI)
	JMP  next

load:
	MOVL (DI), AX
	ANDQ SI, AX
	JMP  keep

die:
	UNDEF                                  // SIGILL

	// The marker shows that the copied code is whole. It is not executed.
	LONG $const_markerLow
	LONG $const_markerHigh

// interpreterEnd is the function behind the interpreter.
TEXT interpreterEnd<>(SB), NOSPLIT|NOFRAME, $0-0
	RET

// func interpreterBounds() (start, end *byte)
TEXT ·interpreterBounds(SB), NOSPLIT, $0-16
	LEAQ interpreter<>(SB), AX
	MOVQ AX, start+0(FP)
	LEAQ interpreterEnd<>(SB), AX
	MOVQ AX, end+8(FP)
	RET
