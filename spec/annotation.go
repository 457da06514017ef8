package spec

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
)

func unsafeAnnotations() []string {
	return []string{annotationKeepGroups, annotationHookStdout, annotationHookStderr, annotationMountContext, annotationSubgroup}
}

// KeepsGroups tells whether the process is to keep the supplementary groups of
// its creator, as the annotation run.oci.keep_original_groups of crun asks for
// with any value but 0. Podman sets it for --group-add keep-groups: groups
// that are not mapped in a user namespace can only be kept, not set.
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

// SystemdSubgroup returns the name of the cgroup below the scope of systemd
// that the container is in, or "" if it is in that of the scope itself, as the
// annotation run.oci.systemd.subgroup of crun asks for. crun's default is
// "container", the one of rt and runc is none.
func SystemdSubgroup(annotations map[string]string) string {
	return annotations[annotationSubgroup]
}
