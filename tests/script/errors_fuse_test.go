package script

import (
	endian "encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// deadFUSE mounts a FUSE file system whose server has ended.
func deadFUSE(t *testing.T, f *failing) { f.mountFUSE(t).Close() }

// staleFUSE mounts a FUSE file system whose server answers as that of NFS does when a
// file is gone.
func staleFUSE(t *testing.T, f *failing) {
	var served sync.WaitGroup
	t.Cleanup(served.Wait) // comes after the unmounting
	device := f.mountFUSE(t)
	served.Add(1)
	go func() {
		defer served.Done()
		defer device.Close()
		serveStale(int(device.Fd()))
	}()
}

// mountFUSE mounts a file system on the directory fuse beside the bundle, and returns the
// device for its server.
func (f *failing) mountFUSE(t *testing.T) *os.File {
	t.Helper()
	point := filepath.Join(f.dir, "fuse")
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("needs FUSE: %v", err)
	}
	if err := os.Mkdir(point, 0o755); err != nil {
		t.Fatal(err)
	}
	data := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)
	if err := unix.Mount("test", point, "fuse", 0, data); err != nil {
		t.Skipf("needs FUSE: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(point, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return os.NewFile(uintptr(fd), "/dev/fuse")
}

// serveStale answers requests until the file system is unmounted (fuse(4)).
func serveStale(fd int) {
	const opInit = 26
	request := make([]byte, 1<<17)
	for {
		n, err := unix.Read(fd, request)
		if err == unix.EINTR || err == unix.ENOENT {
			continue
		}
		if err != nil || n < 40 {
			return
		}
		order := endian.NativeEndian
		answer := make([]byte, 16, 80)
		copy(answer[8:], request[8:16]) // the request's number
		if order.Uint32(request[4:]) == opInit {
			answer = append(answer, make([]byte, 64)...)
			order.PutUint32(answer[16:], 7) // version 7.31
			order.PutUint32(answer[20:], 31)
			order.PutUint32(answer[36:], 1<<16) // the largest write
		} else {
			order.PutUint32(answer[4:], ^uint32(unix.ESTALE)+1)
		}
		order.PutUint32(answer, uint32(len(answer)))
		_, _ = unix.Write(fd, answer)
	}
}
