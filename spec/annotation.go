package spec

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Annotations that change what rt does. All others only appear in the state.
//
// They are listed in the features as potentially unsafe: who may set
// annotations but nothing else of a configuration must not set these.
const (
	annotationKeepGroups   = "run.oci.keep_original_groups"
	annotationHookStdout   = "run.oci.hooks.stdout"
	annotationHookStderr   = "run.oci.hooks.stderr"
	annotationMountContext = "run.oci.mount_context_type"
	annotationSubgroup     = "run.oci.systemd.subgroup"
	annotationReceiver     = "run.oci.seccomp.receiver"
	annotationCRIU         = "org.criu.config"

	// Before the name of a property.
	annotationUnitProperty = "org.systemd.property."
)

func unsafeAnnotations() []string {
	return []string{annotationKeepGroups, annotationHookStdout, annotationHookStderr, annotationMountContext, annotationSubgroup, annotationReceiver, annotationCRIU, annotationUnitProperty}
}

// KeepsGroups reports whether the process is to keep the supplementary groups of
// its creator, as the annotation run.oci.keep_original_groups of crun asks for
// with any value but 0. Podman sets it for --group-add keep-groups: groups that
// are not mapped in a user namespace can only be kept, not set.
func KeepsGroups(annotations map[string]string) bool {
	value, ok := annotations[annotationKeepGroups]
	return ok && value != "0"
}

// HookOutput returns the files that the output of hooks is to be appended to,
// as the annotations run.oci.hooks.stdout and run.oci.hooks.stderr of crun ask
// for. An empty name is none.
func HookOutput(annotations map[string]string) (stdout, stderr string) {
	return annotations[annotationHookStdout], annotations[annotationHookStderr]
}

// UnitProperty is an annotation that sets a property of the container's unit.
type UnitProperty struct {
	Path  string // of the annotation
	Name  string // of the property
	Value string // in GVariant's text form
}

// UnitProperties returns the properties that annotations org.systemd.property.NAME
// set, as in runc and crun, in the order of their names.
func UnitProperties(annotations map[string]string) (list []UnitProperty) {
	for key, value := range annotations {
		if name, ok := strings.CutPrefix(key, annotationUnitProperty); ok {
			list = append(list, UnitProperty{member("annotations", key), name, value})
		}
	}
	slices.SortFunc(list, func(a, b UnitProperty) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// SeccompAgent returns the path of the socket of the agent that system calls with
// SCMP_ACT_NOTIFY are told to: linux.seccomp.listenerPath or, without that,
// what the annotation run.oci.seccomp.receiver of crun says. path is its own.
//
// Preconditions: linux.seccomp is there.
func SeccompAgent(s *specs.Spec) (path, agent string) {
	if agent := s.Linux.Seccomp.ListenerPath; agent != "" {
		return "linux.seccomp.listenerPath", agent
	}
	return member("annotations", annotationReceiver), s.Annotations[annotationReceiver]
}

// SystemdSubgroup returns the name of the cgroup below the scope of systemd
// that the container is in, or "" if it is in that of the scope itself, as the
// annotation run.oci.systemd.subgroup of crun asks for. crun's default is
// "container", the one of rt and runc is none.
func SystemdSubgroup(annotations map[string]string) string {
	return annotations[annotationSubgroup]
}

// defaultCRIUConfig is the file that administrators have for runc.
const defaultCRIUConfig = "/etc/criu/runc.conf"

// CRIUConfig returns the file with options of CRIU that win over those of the
// command line: that of the annotation org.criu.config, which may be "" for
// none, or that which runc has. CRIU ignores a file that does not exist.
func CRIUConfig(annotations map[string]string) string {
	if path, ok := annotations[annotationCRIU]; ok {
		return path
	}
	return defaultCRIUConfig
}
