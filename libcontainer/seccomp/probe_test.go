package seccomp

import (
	"slices"
	"testing"
)

func TestSupportedFlags(t *testing.T) {
	known := []string{"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"}
	if got := SupportedFlags(append(known, "SECCOMP_FILTER_FLAG_OTHER")); !slices.Equal(got, known) {
		t.Errorf("%v, and all of %v are older than the oldest kernel that rt supports", got, known)
	}
	if haveFlag(1 << 20) {
		t.Error("the kernel knows a flag that nobody has thought of")
	}
}
