#include "go_asm.h"
#include "textflag.h"

// The interpreter is never called in this process: package image copies its
// machine code from here into the image file. So it follows no Go convention:
// it has no stack, no caller and nothing to return to, and it must not refer
// to any symbol. The addresses it uses are those of the image's layout.
//
// A system call takes six arguments and its number, and changes AX only. So the
// one register that is left, SP, which is no stack pointer here, is the record
// of the step that runs.

// ARG loads argument i into reg. If bit i of the record's slot mask, in AX, is
// set, it is the address of a slot, and the slot's content is the argument.
#define ARG(i, reg) \
	MOVL  (const_recArgs+4*i)(SP), reg      \ // the immediate or the address
	BTL   $(const_slotShift+i), AX          \ // or is it a slot?
	JCC   2(PC)                             \ // no: skip the next instruction
	MOVL  (reg), reg                          // yes: load it

TEXT interpreter<>(SB), NOSPLIT|NOFRAME, $0-0
	TESTB $const_flagDumpable, (const_textAddr+const_flagsOff)
	JNE   begin
	MOVL  $const_prctl, AX                 // prctl(PR_SET_DUMPABLE, 0),
	MOVL  $const_setDumpable, BX           // which cannot fail
	XORL  CX, CX
	INT   $0x80

begin:
	MOVL $const_firstInput, (const_dataAddr+const_slotsOff) // slot 0: the report descriptor
	MOVL $(const_textAddr+const_stepsOff+const_entryOff), SP

step:
	MOVL const_recOp(SP), AX
	ARG(0, BX)
	ARG(1, CX)
	ARG(2, DX)
	ARG(3, SI)
	ARG(4, DI)
	ARG(5, BP)
	ANDL $const_opMask, AX
	JNE  other

	// OpCall. The arguments are where the kernel wants them.
	MOVL const_recNr(SP), AX
	ANDL $const_lowMask, AX
	INT  $0x80
	CMPL AX, $-4095                        // -4095..-1, the largest unsigned values,
	JCC  failed                            // are an errno

	// AX is a result.
keep:
	MOVL const_recOp(SP), CX
	SHRL $const_lowBits, CX
	CMPL CX, $const_noSlot                 // does a slot take the result?
	JEQ  next
	MOVL AX, (const_dataAddr+const_slotsOff)(CX*4)

next:
	LEAL const_recSize(SP), SP

progress:
	MOVL const_recNr(SP), AX
	SHRL $const_lowBits, AX                // the step that comes next
	MOVL AX, const_progressAddr            // is how far the program got
	JMP  step

	// A call failed with errno -AX: look for it among the outcomes.
failed:
	NEGL AX
	LEAL const_recOutcomes(SP), SI         // an unused outcome is errno 0: no match
	MOVL $const_maxOutcomes, DX

outcome:
	MOVL (SI), CX
	ANDL $const_lowMask, CX
	CMPL CX, AX
	JEQ  jump
	CMPL CX, $const_anyErrno
	JEQ  jump
	ADDL $4, SI
	DECL DX
	JNE  outcome

	// Nobody expects errno AX: fill in the report and go to step 0. If that is the
	// failure of a step that reports a failure, die: the filter of the container may
	// refuse exit_group(2).
unexpected:
	MOVL const_recNr(SP), CX
	SHRL $const_lowBits, CX
	CMPL CX, $const_entry
	JCS  die
	MOVL CX, const_dataAddr                // program.Report.Step
	MOVL AX, (const_dataAddr+4)            // program.Report.Errno
	MOVL $(const_textAddr+const_stepsOff), SP
	JMP  progress

	// Go to the target of the outcome at SI.
jump:
	MOVL   (SI), CX
	SHRL   $const_lowBits, CX
	IMUL3L $const_recSize, CX, CX
	LEAL   (const_textAddr+const_stepsOff)(CX), SP
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
	MOVL BX, AX                            // OpFail: argument 0 is the errno
	JMP  unexpected

word:
	MOVL (BX), BX                          // the word at the address

condition:
	ANDL CX, BX
	CMPL BX, DX
	JNE  next
	LEAL const_recOutcomes(SP), SI         // the target is in the first outcome
	JMP  jump

store:
	MOVL CX, (BX)
	JMP  next

load:
	MOVL (BX), AX
	ANDL CX, AX
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
TEXT ·interpreterBounds(SB), NOSPLIT, $0-8
	MOVL $interpreter<>(SB), AX
	MOVL AX, start+0(FP)
	MOVL $interpreterEnd<>(SB), AX
	MOVL AX, end+4(FP)
	RET
