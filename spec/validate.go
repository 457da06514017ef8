package spec

import (
	"path"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Validate returns everything that is wrong with a configuration: what the
// specification forbids (config.md, config-linux.md), and what the kernel would
// refuse in any case.
func Validate(s *specs.Spec) Faults {
	v := newValidator(s)
	v.version()
	v.process()
	v.scheduling()
	v.personality()
	v.root()
	v.hostname()
	v.mounts()
	v.mountLabel()
	v.hooks()
	v.annotations()
	v.namespaces()
	v.netDevices()
	v.intelRdt()
	v.userNamespace()
	v.timeNamespace()
	v.devices()
	v.sysctl()
	v.paths()
	v.resources()
	v.seccomp()
	v.nul()
	return v.faults
}

// validator checks one configuration. Missing parts of the configuration are
// empty here, not nil.
type validator struct {
	faults Faults
	spec   *specs.Spec
	proc   *specs.Process
	linux  *specs.Linux
	res    *specs.LinuxResources
	// updates says that res changes the limits of an existing container.
	updates bool
}

func newValidator(s *specs.Spec) *validator {
	v := &validator{spec: s}
	v.proc = orEmpty(s.Process)
	v.linux = orEmpty(s.Linux)
	v.res = orEmpty(v.linux.Resources)
	return v
}

func orEmpty[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}

// maxPath is the length that a path may have, in bytes: PATH_MAX without the
// NUL at its end.
const maxPath = 4095

// absolute checks a path that the specification demands to be absolute. It
// reports whether the path is good.
func (v *validator) absolute(at, value string) bool {
	switch {
	case value == "":
		v.faults.add(at, "an absolute path", "is missing")
	case value[0] != '/':
		v.faults.addf(at, "an absolute path", "is %q", value)
	default:
		return v.length(at, value)
	}
	return false
}

func (v *validator) length(at, value string) bool {
	if len(value) > maxPath {
		v.faults.addf(at, "at most 4095", "is a path of %d bytes", len(value))
		return false
	}
	return true
}

// hostname checks hostname and domainname, which must be set in the container's
// UTS namespace and not in the host's.
func (v *validator) hostname() {
	v.utsName("hostname", v.spec.Hostname)
	v.utsName("domainname", v.spec.Domainname)
}

// maxUTSName is __NEW_UTS_LEN: sethostname(2) refuses more bytes.
const maxUTSName = 64

func (v *validator) utsName(at, name string) {
	if name == "" {
		return
	}
	if len(name) > maxUTSName {
		v.faults.addf(at, "at most 64", "is %d bytes long", len(name))
	}
	if !hasNamespace(v.spec, specs.UTSNamespace) {
		v.faults.add(at, "uts in linux.namespaces", "would change the host's")
	}
}

func (v *validator) annotations() {
	if _, ok := v.spec.Annotations[""]; ok {
		v.faults.add(member("annotations", ""), "a name for it", "is an empty key")
	}
	for _, name := range []string{annotationHookStdout, annotationHookStderr} {
		if file := v.spec.Annotations[name]; file != "" {
			v.absolute(member("annotations", name), file)
		}
	}
	if name := v.spec.Annotations[annotationSubgroup]; strings.Contains(name, "/") || name == "." || name == ".." {
		v.faults.addf(member("annotations", annotationSubgroup), "the name of one cgroup", "is %q", name)
	}
}

// root checks what can be said about root without looking at the disk.
func (v *validator) root() {
	const want = "the path of a directory, absolute or relative to the bundle"
	switch {
	case v.spec.Root == nil:
		v.faults.add("root", "an object", "is missing")
	case v.spec.Root.Path == "":
		v.faults.add("root.path", want, "is missing")
	default:
		v.length("root.path", v.spec.Root.Path)
	}
}

// paths checks the settings of linux that are paths or lists of them.
func (v *validator) paths() {
	v.pathList("linux.maskedPaths", v.linux.MaskedPaths)
	v.pathList("linux.readonlyPaths", v.linux.ReadonlyPaths)
	v.rootfsPropagation()
	v.cgroupsPath()
}

func (v *validator) pathList(at string, paths []string) {
	for i, p := range paths {
		// The common case is checked without making the JSON path.
		if p == "" || p[0] != '/' || len(p) > maxPath {
			v.absolute(index(at, i, ""), p)
		}
	}
	if len(paths) > 0 && !hasNamespace(v.spec, specs.MountNamespace) {
		v.faults.add(at, "mount in linux.namespaces", "would change the host's mounts")
	}
}

func (v *validator) rootfsPropagation() {
	const at = "linux.rootfsPropagation"
	name := v.linux.RootfsPropagation
	if name == "" {
		return
	}
	if _, _, ok := propagation(name); !ok {
		v.faults.addf(at, "shared, slave, private or unbindable", "is %q", name)
	}
}

// cgroupsPath checks that the path stays below the mount point of the cgroup
// hierarchy.
func (v *validator) cgroupsPath() {
	const at = "linux.cgroupsPath"
	p := v.linux.CgroupsPath
	v.length(at, p)
	if hasDotDot(p) {
		v.faults.addf(at, "a path without ..", "is %q", p)
	}
}

// hasDotDot reports whether a component of a path is "..".
func hasDotDot(p string) bool {
	if !strings.Contains(p, "..") {
		return false
	}
	for component := range strings.SplitSeq(p, "/") {
		if component == ".." {
			return true
		}
	}
	return false
}

// inContainer returns a path of the container in its shortest form. Relative
// paths are relative to /.
func inContainer(p string) string { return path.Clean("/" + p) }
