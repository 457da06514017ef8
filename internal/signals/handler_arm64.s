#include "textflag.h"

// func handlerAddress() (handler, restorer uintptr)
//
// The kernel makes a handler return into the vDSO.
TEXT ·handlerAddress(SB), NOSPLIT, $0-16
	MOVD $handler<>(SB), R0
	MOVD R0, handler+0(FP)
	MOVD ZR, restorer+8(FP)
	RET

// The kernel calls it as C would: the signal's number is in R0, its return
// address in R30, which no system call changes. The registers of the code that
// it interrupts are the kernel's to restore. The number is smaller than 256, so
// its first byte in memory is all of it.
TEXT handler<>(SB), NOSPLIT|NOFRAME, $0-0
	SUB  $16, RSP
	MOVD R0, (RSP)
	MOVW ·pipe(SB), R0
	MOVD RSP, R1
	MOVD $1, R2
	MOVD $64, R8 // write
	SVC
	ADD  $16, RSP
	RET
