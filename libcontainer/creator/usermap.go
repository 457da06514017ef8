package creator

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// MapIDs maps the ids of the user namespace that the process is in
// (user_namespaces(7)).
//
// A privileged runtime writes the maps itself. Others may map their own user
// and group, after giving up setgroups(2) in the namespace (CVE-2014-8989), and
// need newuidmap(1) and newgidmap(1) for the ranges that the administrator
// granted them in /etc/subuid and /etc/subgid.
func MapIDs(pid int, linux *specs.Linux) error {
	proc := "/proc/" + strconv.Itoa(pid)
	for _, m := range []idMap{
		{"linux.uidMappings", linux.UIDMappings, proc + "/uid_map", "newuidmap", os.Geteuid()},
		{"linux.gidMappings", linux.GIDMappings, proc + "/gid_map", "newgidmap", os.Getegid()},
	} {
		if err := m.write(pid, proc); err != nil {
			return fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return nil
}

// idMap is one of the two maps of a user namespace.
type idMap struct {
	path     string // JSON path
	mappings []specs.LinuxIDMapping
	file     string
	helper   string
	own      int // the runtime's own id
}

func (m *idMap) write(pid int, proc string) error {
	if os.Geteuid() == 0 {
		return linux.WriteValues(m.file, m.text())
	}
	if !m.onlyOwn() {
		return m.callHelper(pid)
	}
	if m.helper == "newgidmap" {
		if err := linux.WriteValues(proc+"/setgroups", "deny"); err != nil {
			return err
		}
	}
	return linux.WriteValues(m.file, m.text())
}

// onlyOwn reports whether the map has the runtime's own id and no other.
func (m *idMap) onlyOwn() bool {
	return len(m.mappings) == 1 && m.mappings[0].Size == 1 && int64(m.mappings[0].HostID) == int64(m.own)
}

// text returns what the kernel wants written: a line for each range, all with
// one write.
func (m *idMap) text() string {
	var lines strings.Builder
	for _, r := range m.mappings {
		fmt.Fprintf(&lines, "%d %d %d\n", r.ContainerID, r.HostID, r.Size)
	}
	return lines.String()
}

// callHelper lets the set-user-id helper of the shadow tools write the map.
func (m *idMap) callHelper(pid int) error {
	args := []string{strconv.Itoa(pid)}
	for _, r := range m.mappings {
		for _, n := range []uint32{r.ContainerID, r.HostID, r.Size} {
			args = append(args, strconv.FormatUint(uint64(n), 10))
		}
	}
	out, err := exec.Command(m.helper, args...).CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("%s is not installed, and an ordinary user needs it to map more than one id (install the package uidmap, or shadow-utils)", m.helper)
	case err != nil:
		return fmt.Errorf("%s: %w: %s (%s)", m.helper, err, strings.TrimSpace(string(out)), m.hint(out, "/proc/sys"))
	}
	return nil
}

// hint says what may help where the helper has failed with this output. sysctls is the
// directory of the kernel's parameters.
func (m *idMap) hint(output []byte, sysctls string) string {
	restricted, _ := os.ReadFile(sysctls + "/kernel/apparmor_restrict_unprivileged_userns")
	switch {
	case bytes.Contains(output, []byte("not allowed")) || bytes.Contains(output, []byte("/etc/sub")):
		return fmt.Sprintf("the user needs a range for it in %s: see usermod(8)", m.granted())
	case bytes.HasPrefix(restricted, []byte("1")):
		return "AppArmor restricts user namespaces of ordinary users: load a profile with the rule userns for rt, or set kernel.apparmor_restrict_unprivileged_userns to 0"
	}
	return m.helper + " must be set-user-id root or have the capability, and its file system must not be mounted nosuid"
}

// granted is where an administrator grants ids.
func (m *idMap) granted() string {
	return "/etc/sub" + strings.TrimSuffix(strings.TrimPrefix(m.helper, "new"), "map")
}
