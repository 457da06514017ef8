package cgroup

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// hugepageLimits limits both the use of huge pages and, since Linux 5.7, their
// reservation, which fails in mmap(2) instead of killing the process later.
func hugepageLimits(list []specs.LinuxHugepageLimit) []limit {
	if len(list) == 0 {
		return nil
	}
	const path = "linux.resources.hugepageLimits"
	return []limit{{path: path, v1: "hugetlb", v2: "hugetlb", entries: func(version int, _ string) ([]entry, error) {
		suffix := ".limit_in_bytes"
		if version == 2 {
			suffix = ".max"
		}
		var writes []entry
		for i, h := range list {
			w := entry{
				setting: fmt.Sprintf("%s[%d]", path, i), file: "hugetlb." + h.Pagesize + suffix, value: utoa(h.Limit),
				missing: fmt.Sprintf("this machine has no huge pages of %s", h.Pagesize),
			}
			reserved := w
			reserved.file, reserved.optional = "hugetlb."+h.Pagesize+".rsvd"+suffix, true
			writes = append(writes, w, reserved)
		}
		return writes, nil
	}}}
}
