// Package hostinfo finds out what a host offers to containers, as facts. It asks the
// kernel and reads files, and changes nothing that lasts.
package hostinfo

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/oci-rt/rt/internal/mountinfo"
)

// Host is what a host offers to the process that asks.
type Host struct {
	Kernel      Kernel   `json:"kernel"`
	Cgroups     Cgroups  `json:"cgroups"`
	Namespaces  []string `json:"namespaces"`  // that the kernel has, as /proc/self/ns calls them
	Security    Security `json:"security"`    // modules that confine processes
	Filesystems []string `json:"filesystems"` // types that can be mounted without loading a module
}

// Kernel is the kernel and its machine.
type Kernel struct {
	Release string `json:"release"`
	Machine string `json:"machine"` // as Go names it
}

// Gather asks the kernel that this process runs on. What cannot be read is left out.
func Gather() *Host {
	f := files("/")
	return &Host{
		Kernel:      Kernel{Release: f.read("proc/sys/kernel/osrelease"), Machine: runtime.GOARCH},
		Cgroups:     f.cgroups(),
		Namespaces:  f.namespaces(),
		Security:    f.security(),
		Filesystems: f.filesystems(),
	}
}

// HasNamespace reports whether the kernel has a type of namespaces, such as "user".
func (h *Host) HasNamespace(name string) bool { return slices.Contains(h.Namespaces, name) }

// HasFilesystem reports whether a type of file systems can be mounted without loading a
// module.
func (h *Host) HasFilesystem(name string) bool { return slices.Contains(h.Filesystems, name) }

// files is a directory with the host's proc and sys.
type files string

// read returns the text of a file without white space around it, or "".
func (f files) read(path string) string {
	text, err := os.ReadFile(filepath.Join(string(f), path))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func (f files) exists(path string) bool {
	_, err := os.Stat(filepath.Join(string(f), path))
	return err == nil
}

// namespaces returns the types of namespaces, sorted. Those whose names end in
// _for_children are for new children, and no others.
func (f files) namespaces() []string {
	return slices.DeleteFunc(f.names("proc/self/ns"), func(name string) bool { return strings.HasSuffix(name, "_for_children") })
}

// names returns what is in a directory, sorted.
func (f files) names(dir string) []string {
	entries, _ := os.ReadDir(filepath.Join(string(f), dir))
	list := make([]string, 0, len(entries))
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// mounts returns the mounts of this process's namespace.
func (f files) mounts() []mountinfo.Mount { return mountinfo.Parse(f.read("proc/self/mountinfo")) }

func (f files) filesystems() []string {
	list := []string{}
	for line := range strings.Lines(f.read("proc/filesystems")) {
		if fields := strings.Fields(line); len(fields) > 0 {
			list = append(list, fields[len(fields)-1])
		}
	}
	return list
}

// LoadableFilesystems returns the types of file systems that a kernel of this release
// loads a module for when one is mounted. known is false if there may be others.
func LoadableFilesystems(release string) (types []string, known bool) {
	return files("/").loadableFilesystems(release)
}

func (f files) loadableFilesystems(release string) (types []string, known bool) {
	if !f.exists("proc/modules") || f.read("proc/sys/kernel/modules_disabled") == "1" {
		return nil, true
	}
	aliases := filepath.Join("lib/modules", release, "modules.alias")
	for line := range strings.Lines(f.read(aliases)) {
		if name, ok := strings.CutPrefix(line, "alias fs-"); ok {
			name, _, _ = strings.Cut(name, " ")
			types = append(types, name)
		}
	}
	return types, f.exists(aliases)
}
