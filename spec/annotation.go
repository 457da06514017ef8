package spec

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Annotations that change what rt does. All others only appear in the state.
//
// They are listed in the features as potentially unsafe: a user who may set
// annotations, but nothing else of a configuration, must not set these.
const (
	annotationKeepGroups   = "run.oci.keep_original_groups"
	annotationHookStdout   = "run.oci.hooks.stdout"
	annotationHookStderr   = "run.oci.hooks.stderr"
	annotationMountContext = "run.oci.mount_context_type"
	annotationSubgroup     = "run.oci.systemd.subgroup"
	annotationReceiver     = "run.oci.seccomp.receiver"
	annotationCRIU         = "org.criu.config"

	// The name of a property follows.
	annotationUnitProperty = "org.systemd.property."
)

func unsafeAnnotations() []string {
	return []string{annotationKeepGroups, annotationHookStdout, annotationHookStderr, annotationMountContext, annotationSubgroup, annotationReceiver, annotationCRIU, annotationUnitProperty}
}

// KeepsGroups reports whether the process is to keep the supplementary groups of
// its creator. crun's annotation run.oci.keep_original_groups asks for that with
// any value but 0. Podman sets it for --group-add keep-groups: groups that are not
// mapped in a user namespace can only be kept, not set.
func KeepsGroups(annotations map[string]string) bool {
	value, ok := annotations[annotationKeepGroups]
	return ok && value != "0"
}

// HookOutput returns the files to which the output of hooks is to be appended,
// from crun's annotations run.oci.hooks.stdout and run.oci.hooks.stderr. An empty
// name means no file.
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

// SeccompAgent returns the path of the socket of the agent for system calls with
// SCMP_ACT_NOTIFY: linux.seccomp.listenerPath or, without that, the value of
// crun's annotation run.oci.seccomp.receiver. path is the JSON path of the
// setting.
//
// Preconditions: linux.seccomp is there.
func SeccompAgent(s *specs.Spec) (path, agent string) {
	if agent := s.Linux.Seccomp.ListenerPath; agent != "" {
		return "linux.seccomp.listenerPath", agent
	}
	return member("annotations", annotationReceiver), s.Annotations[annotationReceiver]
}

// SystemdSubgroup returns the name of the container's cgroup below the scope of
// systemd, or "" if the container is in the scope's own cgroup. crun's annotation
// run.oci.systemd.subgroup sets it. The default is "container" in crun, and "" in
// rt and runc.
func SystemdSubgroup(annotations map[string]string) string {
	return annotations[annotationSubgroup]
}

// defaultCRIUConfig is the file that administrators have for runc.
const defaultCRIUConfig = "/etc/criu/runc.conf"

// CRIUConfig returns the file with options of CRIU that win over those of the
// command line: that of the annotation org.criu.config, which may be "" for none,
// or runc's default file. CRIU ignores a file that does not exist.
func CRIUConfig(annotations map[string]string) string {
	if path, ok := annotations[annotationCRIU]; ok {
		return path
	}
	return defaultCRIUConfig
}
