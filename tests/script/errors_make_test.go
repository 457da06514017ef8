package script

import (
	endian "encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/oci-rt/rt/internal/elfhead"
	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// What the failures of TestErrors are made of.

func args(list ...string) edits { return set("/process/args", list) }

func mounts(list ...object) (e edits) {
	for _, m := range list {
		e = append(e, bundle.Set{Pointer: "/mounts/-", Value: m})
	}
	return e
}

// ids maps as many ids, from 200000 on.
func ids(size int) []object {
	return []object{{"containerID": 0, "hostID": 200000, "size": size}}
}

// userns adds a user namespace.
func userns(more ...bundle.Edit) edits {
	return append(edits{
		bundle.Set{Pointer: "/linux/namespaces/-", Value: object{"type": "user"}},
		bundle.Set{Pointer: "/linux/uidMappings", Value: ids(1000)},
		bundle.Set{Pointer: "/linux/gidMappings", Value: ids(1000)},
	}, more...)
}

// own adds a user namespace with the ordinary user of userDir as its root.
func own() edits {
	self := []object{{"containerID": 0, "hostID": 65533, "size": 1}}
	return append(userns(),
		bundle.Set{Pointer: "/linux/uidMappings", Value: self},
		bundle.Set{Pointer: "/linux/gidMappings", Value: self})
}

// fullUser is a user who may make no more keys.
const fullUser = 210000

// mapOf makes a user the root of a user namespace.
func mapOf(id int) edits {
	list := []object{{"containerID": 0, "hostID": id, "size": 1}}
	return edits{bundle.Set{Pointer: "/linux/uidMappings", Value: list}, bundle.Set{Pointer: "/linux/gidMappings", Value: list}}
}

// fillKeyQuota has a thread hold as many keys of that user as the kernel allows
// (keyrings(7), "/proc/sys/kernel/keys/maxkeys"). They end with the thread.
func fillKeyQuota(t *testing.T, _ *failing) {
	full, over, ended := make(chan error), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // and the thread ends with this function
		full <- addKeys(fullUser)
		<-over
	}()
	t.Cleanup(func() {
		close(over)
		<-ended
	})
	if err := <-full; err != unix.EDQUOT {
		t.Fatalf("the user can still make keys: %v", err)
	}
}

// addKeys adds keys of a user to the thread's keyring until the kernel refuses one.
func addKeys(uid int) error {
	if err := unix.Setfsuid(uid); err != nil {
		return err
	}
	for i := range 100_000 {
		if _, err := unix.AddKey("user", fmt.Sprint("rt-test-", i), []byte("x"), unix.KEY_SPEC_THREAD_KEYRING); err != nil {
			return err
		}
	}
	return nil
}

// file makes a file of the root file system.
func file(name, text string, mode os.FileMode) func(*testing.T, *failing) {
	return func(t *testing.T, f *failing) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(f.bundle, "rootfs", name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
}

// openForWriting makes a program that is open for writing.
func openForWriting(t *testing.T, f *failing) {
	file("busy", "#!/bin/sh\n", 0o755)(t, f)
	h, err := os.OpenFile(filepath.Join(f.bundle, "rootfs/busy"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
}

func loopingLink(t *testing.T, f *failing) {
	if err := os.Symlink("loop", filepath.Join(f.bundle, "rootfs/loop")); err != nil {
		t.Fatal(err)
	}
}

// frozen freezes a cgroup above the container's.
func frozen(t *testing.T, f *failing) {
	root, name, value := "/sys/fs/cgroup/freezer/", "freezer.state", "FROZEN"
	if need.HasCgroup2() {
		root, name, value = "/sys/fs/cgroup/", "cgroup.freeze", "1"
	}
	parent := "rt-test-" + f.mark.Tag + "-frozen"
	path := filepath.Join(root, parent)
	err := os.Mkdir(path, 0o755)
	if err == nil {
		t.Cleanup(func() {
			for range 100 {
				if unix.Rmdir(path) != unix.EBUSY {
					return
				}
			}
		})
		err = os.WriteFile(filepath.Join(path, name), []byte(value), 0)
	}
	if err == nil {
		err = bundle.EditFile(filepath.Join(f.bundle, "config.json"), bundle.Set{Pointer: "/linux/cgroupsPath", Value: "/" + parent + "/c"})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// otherMachine names one that kernels of this machine have no programs for.
func otherMachine() string {
	if runtime.GOARCH == "s390x" {
		return "arm64"
	}
	return "s390x"
}

// elfFile returns an ELF file of 64 bits for a machine of GOARCH, that may name a dynamic
// loader, and has nothing else (elf(5)).
func elfFile(goarch, loader string) string {
	machine, _ := elfhead.OfGOARCH(goarch)
	b := make([]byte, 64+56)
	var order endian.ByteOrder = endian.LittleEndian
	copy(b, "\x7fELF\x02\x01\x01")
	if machine.BigEndian {
		order, b[5] = endian.BigEndian, 2
	}
	order.PutUint16(b[16:], 2) // an executable
	order.PutUint16(b[18:], machine.Number)
	order.PutUint32(b[20:], 1)
	order.PutUint64(b[32:], 64) // where the program headers are
	order.PutUint16(b[52:], 64)
	order.PutUint16(b[54:], 56)
	order.PutUint16(b[56:], 1)
	if loader != "" {
		order.PutUint32(b[64:], 3) // PT_INTERP
		order.PutUint64(b[72:], uint64(len(b)))
		order.PutUint64(b[96:], uint64(len(loader)+1))
		b = append(append(b, loader...), 0)
	}
	return string(b)
}

func noAppArmor(t testing.TB) {
	if _, err := os.Stat("/sys/kernel/security/apparmor"); err == nil {
		t.Skip("needs a kernel without AppArmor")
	}
}

func noSystemd(t testing.TB) {
	if need.HasSystemd() {
		t.Skip("needs a machine without systemd")
	}
}

func noHugetlb(t testing.TB) {
	need.Cgroup1(t)
	if _, err := os.Stat("/sys/fs/cgroup/hugetlb"); err == nil {
		t.Skip("needs a machine without the hugetlb controller")
	}
}

func noResctrl(t testing.TB) {
	if _, err := os.Stat("/sys/fs/resctrl/schemata"); err == nil {
		t.Skip("needs a machine without resctrl")
	}
}
