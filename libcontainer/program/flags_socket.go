package program

import "golang.org/x/sys/unix"

var familyNames = []constant{
	{unix.AF_UNIX, "AF_UNIX"},
	{unix.AF_INET, "AF_INET"},
	{unix.AF_INET6, "AF_INET6"},
	{unix.AF_NETLINK, "AF_NETLINK"},
}

var socketNames = []constant{
	{unix.SOCK_STREAM, "SOCK_STREAM"},
	{unix.SOCK_DGRAM, "SOCK_DGRAM"},
	{unix.SOCK_RAW, "SOCK_RAW"},
	{unix.SOCK_SEQPACKET, "SOCK_SEQPACKET"},
}

var socketFlagNames = []constant{
	{unix.SOCK_CLOEXEC, "SOCK_CLOEXEC"},
	{unix.SOCK_NONBLOCK, "SOCK_NONBLOCK"},
}

var msgNames = []constant{
	{unix.MSG_PEEK, "MSG_PEEK"},
	{unix.MSG_TRUNC, "MSG_TRUNC"},
	{unix.MSG_CTRUNC, "MSG_CTRUNC"},
	{unix.MSG_DONTWAIT, "MSG_DONTWAIT"},
	{unix.MSG_WAITALL, "MSG_WAITALL"},
	{unix.MSG_NOSIGNAL, "MSG_NOSIGNAL"},
	{unix.MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"},
}

var interfaceNames = []constant{
	{unix.IFF_UP, "IFF_UP"},
	{unix.IFF_LOOPBACK, "IFF_LOOPBACK"},
	{unix.IFF_RUNNING, "IFF_RUNNING"},
}
