package libcontainer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// lurk is a container's program that waits for an init to come in and tries to
// get at what it has: descriptors, memory, executable and root directory. What it
// got counts if the process is still the init afterwards, and not yet the program
// of the container.
const lurk = `
while :; do
	for p in /proc/[0-9]*; do
		case "$(busybox cat $p/cmdline 2>/dev/null)" in
		rt-init*)
			got=$(
				for link in exe root cwd fd/0 fd/3 fd/4 fd/5; do
					busybox readlink $p/$link 2>/dev/null && echo leak $link
				done
				for file in mem environ maps; do
					(: <$p/$file) 2>/dev/null && echo leak $file
				done
				(: >>$p/mem) 2>/dev/null && echo leak mem, for writing
			)
			case "$(busybox cat $p/cmdline 2>/dev/null)" in
			rt-init*)
				echo "$got"
				echo seen
			esac
		esac
	done
done`

// CVE-2016-9962: what is already in the container cannot use the process that
// comes in, even as root, and in a user namespace not with all capabilities
// there: the process belongs to the host's user namespace until it executes
// something.
func TestExecIsNotAccessible(t *testing.T) {
	t.Run("host's user namespace", func(t *testing.T) {
		execUnderEyes(t, func(*Config) {})
	})
	t.Run("user namespace", func(t *testing.T) {
		need.UserNamespaces(t)
		execUnderEyes(t, func(cfg *Config) {
			all := spec.Capabilities()
			cfg.Spec.Process.Capabilities = &specs.LinuxCapabilities{Bounding: all, Permitted: all, Effective: all}
			cfg.Spec.Process.NoNewPrivileges = false
			inUserNamespaceOf(t, cfg, 100000)
		})
	})
}

// execUnderEyes executes something in a container that lurks.
func execUnderEyes(t *testing.T, change func(*Config)) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	_, _, c := running(t, func(cfg *Config) {
		cfg.Spec.Process.Args = []string{"busybox", "sh", "-c", lurk}
		cfg.Stdio[1] = out
		change(cfg)
	})
	cfg := execConfig(c, t, "busybox", "true")
	text := ""
	cfg.meanwhile = func() { // the init gets ready, and then waits for its creator
		for deadline := time.Now().Add(20 * time.Second); strings.Count(text, "seen") < 3; time.Sleep(10 * time.Millisecond) {
			data, err := os.ReadFile(out.Name())
			if err != nil || time.Now().After(deadline) {
				t.Errorf("the init was not seen: %v", err)
				return
			}
			text = string(data)
		}
	}
	if err := execTampered(t, c, cfg, nil); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "leak") {
		t.Errorf("the container got at the init:\n%s", text)
	}
}

// The containers of a pod share a pid namespace: what runs there sees the init of a
// container that waits for its start.
func TestCreatedInPodIsNotAccessible(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	_, _, c := running(t, func(cfg *Config) {
		cfg.Spec.Process.Args = []string{"busybox", "sh", "-c", lurk}
		cfg.Stdio[1] = out
	})
	s, cfg := faultBundle(t)
	cfg.Spec.Linux.CgroupsPath += "-waiting"
	for i := range cfg.Spec.Linux.Namespaces {
		if ns := &cfg.Spec.Linux.Namespaces[i]; ns.Type == specs.PIDNamespace {
			ns.Path = fmt.Sprintf("/proc/%d/ns/pid", c.state.Init.Pid)
		}
	}
	p, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		// It must be reaped, or the first process of the pid namespace cannot end.
		if err := s.Delete(context.Background(), cfg.ID, true); err != nil {
			t.Error(err)
		}
		_, _ = wait(p)
	}()
	awaitSeen(t, out.Name())
}
