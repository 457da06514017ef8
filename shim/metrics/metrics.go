// Package metrics makes of what rt counts the messages that containerd passes on: for
// ctr, for Prometheus, and for Kubernetes.
package metrics

import (
	"math"

	"github.com/oci-rt/rt/libcontainer"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"
)

// Unified reports whether the host has the unified hierarchy alone.
func Unified() bool {
	var st unix.Statfs_t
	return unix.Statfs("/sys/fs/cgroup", &st) == nil && st.Type == unix.CGROUP2_SUPER_MAGIC
}

// Of returns the message for cgroups of version 2, with unified, or 1.
func Of(s *libcontainer.Stats, unified bool) proto.Message {
	if unified {
		return ofV2(s)
	}
	return ofV1(s)
}

// orMost converts n to the type of a message's field. "No limit" becomes its largest
// number.
func orMost(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }
