package libcontainer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// TestHelpWithSocketAsStdin: an init that asks for help passes on none of the
// descriptors that are the container's. A socket, as stdin often is, would be
// refused.
func TestHelpWithSocketAsStdin(t *testing.T) {
	s, cfg := faultBundle(t)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, fd := range fds {
		f := os.NewFile(uintptr(fd), "socket")
		defer f.Close()
		cfg.Stdio[i] = f
	}
	for _, name := range []string{"one", "two"} {
		if err := os.Symlink("there/"+name, filepath.Join(cfg.Bundle, "rootfs", name)); err != nil {
			t.Fatal(err)
		}
	}
	// The second request has two descriptors, the others have one.
	cfg.Spec.Mounts = append(cfg.Spec.Mounts,
		specs.Mount{Destination: "/one", Type: "tmpfs", Source: "tmpfs"},
		specs.Mount{Destination: "/two", Source: t.TempDir(), Options: []string{"bind"}},
		specs.Mount{Destination: "/one/three", Type: "tmpfs", Source: "tmpfs"})
	if err := os.Symlink("../five", filepath.Join(cfg.Bundle, "rootfs", "four")); err != nil {
		t.Fatal(err)
	}
	cfg.Spec.Mounts = append(cfg.Spec.Mounts, specs.Mount{Destination: "/four", Type: "tmpfs", Source: "tmpfs"})
	if err := runTampered(t, s, cfg, nil); err != nil {
		t.Error(err)
	}
}
