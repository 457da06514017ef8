package script

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
)

// edits change config.json.
type edits []bundle.Edit

func set(pointer string, value any) edits { return edits{bundle.Set{Pointer: pointer, Value: value}} }

type object = map[string]any

// TestPhrases makes failures happen that people know by runc's words: rt's line
// has them too.
func TestPhrases(t *testing.T) {
	need.Root(t)
	hook := func(stage string) edits {
		return set("/hooks", object{stage: []object{{"path": "/bin/true"}, {"path": "/bin/false"}}})
	}
	tests := []struct {
		edits edits
		args  string // of rt, besides the bundle and the id; "run" if empty
		want  string
	}{
		{hook("createRuntime"), "", "error running createRuntime hook #1"},
		{hook("createContainer"), "", "error running createContainer hook #1"},
		{hook("poststart"), "", "error running poststart hook #1"},
		{set("/hooks", object{"startContainer": []object{{"path": "/bin/false"}}}), "", "error running startContainer hook #0"},
		{set("/linux/seccomp", object{
			"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/no/such.sock",
			"syscalls": []object{{"names": []string{"mkdir"}, "action": "SCMP_ACT_NOTIFY"}},
		}), "", "failed to connect with seccomp agent"},
		{set("/mounts/0/destination", "/link"), "", "must be mounted on ordinary directory"},
		{set("/mounts/-", object{"destination": "/mnt", "type": "nofs", "source": "x"}), "", `to rootfs at "/mnt"`},
		{set("/mounts/-", object{"destination": "/mnt", "source": "/no/such", "options": []string{"bind"}}), "", "no such file or directory"},
		{set("/linux/memoryPolicy", object{"mode": "MPOL_X"}), "", "invalid memory policy"},
		{set("/process/args", []string{"/run.sh"}), "", "exec /run.sh: no such file or directory"},
		{set("/process/args", []string{"no-such"}), "", `exec: "no-such": executable file not found in $PATH`},
		{set("/process/args", []string{"/noexec"}), "", "permission denied"},
		{set("/process/args", []string{"/garbage"}), "", "exec format error"},
		{set("/process/args", []string{}), "", "args must not be empty"},
		{set("/process/cwd", "x"), "", "Cwd must be an absolute path"},
		{set("/process/cwd", ""), "", "Cwd property must not be empty"},
		{set("/process/rlimits", []object{{"type": "RLIMIT_NOFILE", "soft": uint64(1 << 40), "hard": uint64(1 << 40)}}), "", "error setting rlimit type"},
		{edits{bundle.Delete{Pointer: "/process"}}, "", "process property must not be empty"},
		{edits{bundle.Delete{Pointer: "/root"}}, "", "root must be specified"},
		{set("/process/rlimits", []object{{"type": "RLIMIT_X", "soft": 1, "hard": 1}}), "", "wrong rlimit value"},
		{set("/process/terminal", true), "run --detach", "cannot allocate tty if runc will detach without setting console socket"},
		{nil, "run --detach --console-socket /s", "cannot use console socket if runc will not detach or allocate tty"},
		{set("/process/terminal", true), "run --console-socket /s", "cannot use console socket if runc will not detach or allocate tty"},
		{set("/root/path", "nope"), "", "invalid rootfs"},
		{edits{bundle.Set{Pointer: "/linux/namespaces/3/type", Value: "user"}}, "", "unable to set hostname without a private UTS namespace"},
		{set("/linux/sysctl", object{"vm.foo": "1"}), "", "is not in a separate kernel namespace"},
		{append(set("/linux/sysctl", object{"net.ipv4.ip_forward": "1"}), bundle.Delete{Pointer: "/linux/namespaces/1"}), "", "not allowed in host network namespace"},
		{set("/linux/sysctl", object{"kernel.hostname": "x"}), "", `is not allowed as it conflicts with the OCI "hostname" field`},
		{set("/linux/seccomp", object{"defaultAction": "SCMP_ACT_X"}), "", "is not a valid action for seccomp"},
		{set("/linux/seccomp", object{"defaultAction": "SCMP_ACT_ALLOW", "architectures": []string{"X"}}), "", "is not a valid arch for seccomp"},
		{set("/linux/namespaces/-", object{"type": "pid"}), "", "duplicated ns"},
		{set("/linux/devices", []object{{"path": "/dev/x", "type": "q"}}), "", "invalid device type"},
		{set("/process/apparmorProfile", "no-such"), "", "unable to apply apparmor profile"},
		{nil, "run --bundle /", "JSON specification file config.json not found"},
		{nil, "run a/b", "invalid container ID format"},
		{nil, "state", "container does not exist"},
		{nil, "kill", "container does not exist"},
		{nil, "nonsense", "No help topic for"},
		{nil, "restore --lsm-mount-context", "flag needs an argument"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			out, err := runPhrase(t, tt.edits, tt.args)
			if err == nil || !strings.Contains(out, tt.want) || !strings.HasPrefix(out, "rt: ") {
				t.Errorf("%v: want %q in\n%s", err, tt.want, out)
			}
		})
	}
}

// runPhrase runs a container of a changed bundle, which fails.
func runPhrase(t *testing.T, changes edits, args string) (string, error) {
	dir := t.TempDir()
	b, tag := filepath.Join(dir, "b"), newMark(dir).Tag
	err := bundle.Make(bundle.Config{Dir: b, Runtime: binary, Busybox: need.Busybox(t), Tag: tag})
	if err == nil {
		err = bundle.EditFile(filepath.Join(b, "config.json"), changes...)
	}
	for name, file := range map[string]struct {
		text string
		mode os.FileMode
	}{"run.sh": {"#!/no/interpreter\n", 0o755}, "noexec": {"x", 0o644}, "garbage": {"x", 0o755}} {
		if err == nil {
			err = os.WriteFile(filepath.Join(b, "rootfs", name), []byte(file.text), file.mode)
		}
	}
	if err == nil {
		err = os.Symlink("tmp", filepath.Join(b, "rootfs/link"))
	}
	if err != nil {
		t.Fatal(err)
	}
	line := append([]string{"--root", filepath.Join(dir, "state")}, strings.Fields(args)...)
	switch args {
	case "":
		line = append(line, "run", "c1")
	case "state", "kill", "run --bundle /", "run --console-socket /s", "run --detach", "run --detach --console-socket /s":
		line = append(line, "c1")
	}
	cmd := exec.Command(binary, line...)
	cmd.Dir = b
	out, err := cmd.CombinedOutput()
	_ = exec.Command(binary, "--root", filepath.Join(dir, "state"), "delete", "--force", "c1").Run()
	return string(out), err
}
