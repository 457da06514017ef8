package program

import "golang.org/x/sys/unix"

// socketSignatures are those of calls on sockets.
var socketSignatures = []signature{
	{unix.SYS_SOCKET, "socket", []operand{opFamily, opSocket, opInt}},
	{unix.SYS_SOCKETPAIR, "socketpair", []operand{opFamily, opSocket, opInt, opPointer}},
	{unix.SYS_CONNECT, "connect", []operand{opFD, {data: sockaddr, count: 1}, opInt}},
	{unix.SYS_BIND, "bind", []operand{opFD, {data: sockaddr, count: 1}, opInt}},
	{unix.SYS_LISTEN, "listen", []operand{opFD, opInt}},
	{unix.SYS_ACCEPT4, "accept4", []operand{opFD, opPointer, opPointer, opSocketFlags}},
	{unix.SYS_SENDTO, "sendto", []operand{opFD, opBuffer, opInt, opMsg, {data: sockaddr, count: 1}, opInt}},
	{unix.SYS_RECVFROM, "recvfrom", []operand{opFD, opPointer, opInt, opMsg, opPointer, opPointer}},
	{unix.SYS_SENDMSG, "sendmsg", []operand{opFD, {data: message}, opMsg}},
	{unix.SYS_RECVMSG, "recvmsg", []operand{opFD, {data: message}, opMsg}},
	{unix.SYS_SHUTDOWN, "shutdown", []operand{opFD, opInt}},
}

var (
	opFamily      = operand{value: enum, names: familyNames}
	opSocket      = operand{value: socketType}
	opSocketFlags = operand{value: flags, names: socketFlagNames}
	opMsg         = operand{value: flags, names: msgNames}
)
