// Package pty makes pseudo-terminals of the host for tests.
package pty

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Open makes a terminal with a window of this size. peer is what a program
// takes for its terminal.
func Open(rows, cols int) (master, peer *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("open /dev/ptmx", err)
	}
	// Non-blocking, so that a read ends when the file is closed.
	master = os.NewFile(uintptr(fd), "ptmx")
	if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(rows), Col: uint16(cols)})
	}
	var n int
	if err == nil {
		n, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
	}
	if err == nil {
		peer, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	return master, peer, nil
}

// Copy writes what a program writes to its terminal to a file, with the line
// ends of files, until the program closes the terminal.
func Copy(to *os.File, master *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := master.Read(buf)
		_, _ = to.Write(bytes.ReplaceAll(buf[:n], []byte("\r\n"), []byte("\n")))
		if err != nil {
			return
		}
	}
}
