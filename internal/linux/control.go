package linux

import "os"

// Control calls f with a file's descriptor. Unlike [os.File.Fd] it leaves the file to
// the Go runtime's poller, so that the owner of the file can still wait for it there.
func Control(file *os.File, f func(fd int) error) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	if controlErr := conn.Control(func(fd uintptr) { err = f(int(fd)) }); controlErr != nil {
		return controlErr
	}
	return err
}
