package soak

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
)

// short is what the names of bundles begin with whose containers end by themselves.
const short = "short-"

// makeBundle makes the bundle of a kind of containers, which run until they are killed, or
// of a short one.
func (s *soak) makeBundle(name string, edits []bundle.Edit) {
	s.t.Helper()
	dir, args := s.path(name), []string{"sleep", "1000000"}
	name, ends := strings.CutPrefix(name, short)
	if ends {
		args = []string{"true"}
	}
	err := bundle.Make(bundle.Config{Dir: dir, Runtime: binary, Busybox: need.Busybox(s.t), Tag: s.mark.Tag})
	config := filepath.Join(dir, "config.json")
	if err == nil { // the root of a user namespace may not make it
		err = os.Mkdir(filepath.Join(dir, "rootfs/data"), 0o755)
	}
	if err == nil && name == "docker" {
		err = dockerConfig(config, s.mark.Tag)
	}
	if err == nil {
		err = bundle.EditFile(config, append([]bundle.Edit{
			bundle.Set{Pointer: "/process/args", Value: args},
			bundle.Set{Pointer: "/linux/cgroupsPath", Value: "/" + s.place.Parent + "/" + name},
		}, edits...)...)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// dockerConfig writes the configuration that Docker makes, with its seccomp profile,
// without the files that are in its own directory.
func dockerConfig(path, tag string) error {
	text, err := os.ReadFile("../../spec/testdata/docker.json")
	if err == nil {
		text, err = bundle.EditJSON(text, bundle.Delete{Pointer: "/mounts/9"}, bundle.Delete{Pointer: "/mounts/8"}, bundle.Delete{Pointer: "/mounts/7"},
			bundle.Set{Pointer: "/process/env/-", Value: "TEST_TAG=" + tag})
	}
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// kinds are the configurations of the containers: as engines make them, and with what
// makes a creator do more.
func kinds(pod int) map[string][]bundle.Edit {
	return map[string][]bundle.Edit{
		"plain":    nil,
		"docker":   nil,
		"terminal": {bundle.Set{Pointer: "/process/terminal", Value: true}},
		"hooks":    {bundle.Set{Pointer: "/hooks", Value: allHooks()}},
		"user": append(userNamespace(), bundle.Set{Pointer: "/process/user", Value: map[string]any{"uid": 1000, "gid": 1000}},
			bundle.Set{Pointer: "/mounts/-", Value: map[string]any{"destination": "/data", "type": "bind", "source": "/etc", "options": []string{"rbind", "ro"}}}),
		"shared": {withoutNamespace("pid", "ipc")},
		"joined": {joins(pod, "pid", "network", "ipc", "uts")},
		"limits": {
			bundle.Set{Pointer: "/root/readonly", Value: true},
			bundle.Set{Pointer: "/linux/resources", Value: map[string]any{
				"memory": map[string]any{"limit": 64 << 20}, "pids": map[string]any{"limit": 100}, "cpu": map[string]any{"shares": 512, "quota": 50000, "period": 100000},
			}},
			bundle.Set{Pointer: "/linux/sysctl", Value: map[string]string{"net.ipv4.ip_forward": "1"}},
			bundle.Set{Pointer: "/process/rlimits", Value: []any{map[string]any{"type": "RLIMIT_NOFILE", "soft": 512, "hard": 1024}}},
		},
	}
}

func allHooks() map[string]any {
	hook := []any{map[string]any{"path": "/bin/true"}}
	hooks := map[string]any{}
	for _, kind := range []string{"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"} {
		hooks[kind] = hook
	}
	return hooks
}

func userNamespace() []bundle.Edit {
	ids := []any{map[string]any{"containerID": 0, "hostID": 100000, "size": 65536}}
	return []bundle.Edit{
		bundle.Set{Pointer: "/linux/namespaces/-", Value: map[string]any{"type": "user"}},
		bundle.Set{Pointer: "/linux/uidMappings", Value: ids},
		bundle.Set{Pointer: "/linux/gidMappings", Value: ids},
	}
}

var namespaces = []string{"pid", "network", "ipc", "uts", "mount", "cgroup"}

// withoutNamespace leaves the container in some of the host's namespaces.
func withoutNamespace(shared ...string) bundle.Edit {
	var list []any
	for _, kind := range namespaces {
		if !slices.Contains(shared, kind) {
			list = append(list, map[string]any{"type": kind})
		}
	}
	return bundle.Set{Pointer: "/linux/namespaces", Value: list}
}

// joins has the container join some namespaces of a process.
func joins(pid int, joined ...string) bundle.Edit {
	files := map[string]string{"network": "net"}
	var list []any
	for _, kind := range namespaces {
		ns := map[string]any{"type": kind}
		if slices.Contains(joined, kind) {
			file := kind
			if f, ok := files[kind]; ok {
				file = f
			}
			ns["path"] = "/proc/" + strconv.Itoa(pid) + "/ns/" + file
		}
		list = append(list, ns)
	}
	return bundle.Set{Pointer: "/linux/namespaces", Value: list}
}
