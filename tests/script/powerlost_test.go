//go:build amd64 || arm64

package script

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/reliability"
	"github.com/oci-rt/rt/tests/tracer"
	"golang.org/x/sys/unix"
)

// files are those of a container's directory: the content of each.
type files map[string]string

// readFiles returns those of a directory. What is no regular file, such as a socket, has
// no content.
func readFiles(dir string) (files, error) {
	list := files{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir || d.IsDir() {
			return ignoreMissing(err)
		}
		var text []byte
		if d.Type().IsRegular() {
			text, err = os.ReadFile(path)
		}
		list[strings.TrimPrefix(path, dir+"/")] = string(text)
		return err
	})
	return list, err
}

func ignoreMissing(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// write makes the directory as it was.
func (list files) write(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	for name, text := range list {
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
		}
	}
	return err
}

// losses are what may be found of the files after the power was lost: what a disk has not
// written yet of each is missing, empty, cut off, or as it was before.
func (list files) losses(before files) map[string]files {
	all := map[string]files{"all": list}
	with := func(what, name string, text *string) {
		changed := maps.Clone(list)
		delete(changed, name)
		if text != nil {
			changed[name] = *text
		}
		all[name+" "+what] = changed
	}
	for name, text := range list {
		empty, half := "", text[:len(text)/2]
		with("missing", name, nil)
		with("empty", name, &empty)
		with("cut off", name, &half)
		if old, ok := before[name]; ok && old != text {
			with("as before", name, &old)
		}
	}
	return all
}

// TestPowerLost takes the state directory as it is behind each system call of a command
// that changes it, with what a disk may lose of that, and has the commands find it after a
// restart, when there is nothing else of the container: they look at it, and delete
// --force removes it.
func TestPowerLost(t *testing.T) {
	for _, a := range allActs() {
		t.Run(strings.ReplaceAll(a.name, " ", "_"), func(t *testing.T) {
			f := newActFixture(t, a)
			tried := 0
			snapshots := f.snapshots(a)
			for i, list := range snapshots {
				for what, found := range list.losses(snapshots[max(i-1, 0)]) {
					if need.Sampled(tried, sampleOfLosses) {
						f.find(fmt.Sprintf("directory %d, %s", i, what), found)
					}
					tried++
				}
			}
			t.Logf("%d directories", tried)
			reliability.Record(t, tried)
		})
	}
}

// sampleOfLosses is how many directories there are for one that make test tries.
const sampleOfLosses = 20

// snapshots are the container's directories that differ from the one before, in the course
// of an act.
func (f *fixture) snapshots(a act) (list []files) {
	f.t.Helper()
	dir := filepath.Join(f.mark.State, "c1")
	f.watch(a, tracer.Handler{Leave: func(c tracer.Call) tracer.Verdict {
		if c.OfRuntime() {
			return tracer.Verdict{}
		}
		now, err := readFiles(dir)
		if err != nil {
			f.t.Error(err)
		}
		if len(list) == 0 || !maps.Equal(now, list[len(list)-1]) {
			list = append(list, now)
		}
		return tracer.Verdict{}
	}})
	return list
}

// find has the commands find a directory.
func (f *fixture) find(what string, found files) {
	f.t.Helper()
	dir := filepath.Join(f.mark.State, "c1")
	if err := found.write(dir); err != nil {
		f.t.Fatal(err)
	}
	if out, status := f.inTime("list"); status != 0 || strings.Count(out, "warning") > 1 {
		f.t.Errorf("%s: list: exit status %d: %s", what, status, out)
	}
	if out, status := f.inTime("state", "c1"); status == 0 && !strings.Contains(out, `"stopped"`) || status != 0 && strings.Count(out, "\n") != 1 {
		f.t.Errorf("%s: state: exit status %d: %s", what, status, out)
	}
	if out, status := f.inTime(forceC1...); status != 0 || strings.Count(out, "\n") > 2 {
		f.t.Errorf("%s: delete --force: exit status %d: %s", what, status, out)
	}
	if left := f.mark.Find(); len(left) > 0 {
		f.t.Fatalf("%s: left behind: %s", what, describe(left))
	}
}

// After a restart of the machine a process may have the pid that the state names, and the
// same inode of its pidfds: both are counted from the beginning. It may also be in the
// same cgroup. It is not touched.
func TestStateOfEarlierBoot(t *testing.T) {
	f := newFixture(t, "sleep", "100")
	f.mustRT(runC1...)
	bystander := exec.Command("sleep", "100")
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = bystander.Process.Kill()
		_ = bystander.Wait()
		for _, group := range f.groups() {
			_ = os.Remove(group)
		}
	}()
	path := filepath.Join(f.mark.State, "c1/state.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.mustRT("kill", "c1", "KILL")
	var state map[string]any
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	if state["boot"] == nil {
		t.Skip("needs a temporary directory on a disk: that of a tmpfs does not outlive the machine")
	}
	state["boot"] = "b7a1f3d0-0000-4000-8000-000000000000"
	state["init"].(map[string]any)["pid"] = bystander.Process.Pid
	state["init"].(map[string]any)["pidfdInode"] = pidfdInode(t, bystander.Process.Pid)
	writeJSON(t, path, state)
	for _, group := range f.groups() {
		if err := os.WriteFile(group+"/cgroup.procs", fmt.Append(nil, bystander.Process.Pid), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out := f.mustRT("state", "c1"); !strings.Contains(out, `"stopped"`) {
		t.Errorf("state: %s", out)
	}
	if out, status := f.rt(forceC1...); status != 0 || !strings.Contains(out, "the cgroups stay, others use them") {
		t.Errorf("delete --force: exit status %d: %s", status, out)
	}
	if !running(bystander.Process.Pid) {
		t.Error("the bystander was killed")
	}
}

// groups are the container's cgroups.
func (f *fixture) groups() (list []string) {
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
		groups, _ := filepath.Glob(pattern + "rt-test-" + f.mark.Tag + "-b")
		list = append(list, groups...)
	}
	return list
}

func pidfdInode(t *testing.T, pid int) uint64 {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}
