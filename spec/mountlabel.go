package spec

import (
	"slices"
	"strings"
)

// MountContext returns the mount option whose value is linux.mountLabel. crun's
// annotation run.oci.mount_context_type sets it, and the default is context.
func MountContext(annotations map[string]string) string {
	if value, ok := annotations[annotationMountContext]; ok {
		return value
	}
	return "context"
}

// mountContexts are the mount options for SELinux labels (mount(8)).
var mountContexts = [...]string{"context", "fscontext", "defcontext", "rootcontext"}

// mountLabel checks the label of mounts and the option that it is for.
func (v *validator) mountLabel() {
	if n := len(v.linux.MountLabel); n > maxMountParameter {
		v.faults.addf("linux.mountLabel", "at most 255", "has %d bytes", n)
	}
	if option := MountContext(v.spec.Annotations); !slices.Contains(mountContexts[:], option) {
		v.unknown(member("annotations", annotationMountContext), option, strings.Join(mountContexts[:], ", "))
	}
}

// maxMountParameter is how long a parameter of a file system can be, in bytes
// (strndup_user with 256 in fs/fsopen.c).
const maxMountParameter = 255
