#include "textflag.h"

// func handlerAddress() (handler, restorer uintptr)
TEXT ·handlerAddress(SB), NOSPLIT, $0-16
	LEAQ handler<>(SB), AX
	MOVQ AX, handler+0(FP)
	LEAQ restorer<>(SB), AX
	MOVQ AX, restorer+8(FP)
	RET

// The kernel calls it as C would: the signal's number is in DI, its return
// address on the stack. The registers of the code that it interrupts are the
// kernel's to restore. The number is smaller than 256, so its first byte in
// memory is all of it.
TEXT handler<>(SB), NOSPLIT|NOFRAME, $0-0
	PUSHQ DI
	MOVL  ·pipe(SB), DI
	MOVQ  SP, SI
	MOVL  $1, DX
	MOVL  $1, AX // write
	SYSCALL
	POPQ  DI
	RET

// Where the handler returns to.
TEXT restorer<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVL $15, AX // rt_sigreturn
	SYSCALL
	INT  $3
