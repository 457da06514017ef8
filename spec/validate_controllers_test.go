package spec_test

import (
	"testing"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestValidateControllers(t *testing.T) {
	const r = "linux.resources."
	tests := []struct {
		json string // of linux.resources
		want string
	}{
		{`{"blockIO": {"weight": 0, "leafWeight": 10, "weightDevice": [{"major": 8, "minor": 0, "weight": 1000}]}}`, ""},
		{`{"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 0}]}}`, ""},
		{`{"blockIO": {"weight": 9, "leafWeight": 1001}}`,
			r + "blockIO.weight: is 9 (want 10 to 1000)\n" + r + "blockIO.leafWeight: is 1001 (want 10 to 1000)"},
		{`{"blockIO": {"weightDevice": [{"major": 8}, {"major": -1, "minor": 0, "weight": 1, "leafWeight": 2}]}}`,
			r + "blockIO.weightDevice[0]: has none (want a weight or a leafWeight)\n" +
				r + "blockIO.weightDevice[1].major: is -1 (want 0 or more)\n" +
				r + "blockIO.weightDevice[1].weight: is 1 (want 10 to 1000)\n" +
				r + "blockIO.weightDevice[1].leafWeight: is 2 (want 10 to 1000)"},
		{`{"blockIO": {"throttleWriteIOPSDevice": [{"major": 8, "minor": -2, "rate": 0}]}}`,
			r + "blockIO.throttleWriteIOPSDevice[0].minor: is -2 (want 0 or more)"},
		{`{"hugepageLimits": [{"pageSize": "64KB", "limit": 0}, {"pageSize": "1GB", "limit": 18446744073709551615}]}`, ""},
		{`{"hugepageLimits": [{"pageSize": "2MB", "limit": 1}, {"pageSize": "2MB", "limit": 2}]}`,
			r + `hugepageLimits[1].pageSize: is "2MB" again (first: linux.resources.hugepageLimits[0]) (want each size once)`},
		{`{"hugepageLimits": [{"pageSize": "../../x2MB"}]}`, r + `hugepageLimits[0].pageSize: is "../../x2MB" (want a size like 64KB, 2MB or 1GB)`},
		{`{"hugepageLimits": [{"pageSize": "02MB"}]}`, r + `hugepageLimits[0].pageSize: is "02MB" (want a size like 64KB, 2MB or 1GB)`},
		{`{"hugepageLimits": [{"pageSize": "MB"}]}`, r + `hugepageLimits[0].pageSize: is "MB" (want a size like 64KB, 2MB or 1GB)`},
		{`{"hugepageLimits": [{"pageSize": "2M"}]}`, r + `hugepageLimits[0].pageSize: is "2M" (want a size like 64KB, 2MB or 1GB)`},
		{`{"hugepageLimits": [{"pageSize": "2B"}]}`, r + `hugepageLimits[0].pageSize: is "2B" (want a size like 64KB, 2MB or 1GB)`},
		{`{"network": {"classID": 0, "priorities": [{"name": "eth0", "priority": 0}]}}`, ""},
		{`{"network": {"priorities": [{"name": "a b", "priority": 1}]}}`,
			r + `network.priorities[0].name: is "a b" (want 1 to 15 bytes without /, : and blanks)`},
		{`{"rdma": {"mlx5_1": {"hcaHandles": 0}}}`, ""},
		{`{"rdma": {"a b": {"hcaObjects": 1}, "mlx5_1": {}}}`,
			r + `rdma["a b"]: is the device "a b" (want a name like mlx5_1)` + "\n" + r + `rdma["mlx5_1"]: has neither (want hcaHandles or hcaObjects)`},
		{`{"unified": {"memory.high": "1", "hugetlb.1GB.rsvd.max": "max", "io.max": "8:0 rbps=1\n8:1 rbps=1", "new.thing": ""}}`, ""},
		{`{"unified": {"..": "1", "../x": "1", "cgroup.freeze": "1", "memory": "1", "memory.a/../b": "1"}}`,
			r + `unified[".."]: is ".." (want a file of a cgroup, like memory.high)` + "\n" +
				r + `unified["../x"]: is "../x" (want a file of a cgroup, like memory.high)` + "\n" +
				r + `unified["cgroup.freeze"]: is not a setting: it moves, stops or kills processes` + "\n" +
				r + `unified["memory"]: is "memory" (want a file of a cgroup, like memory.high)` + "\n" +
				r + `unified["memory.a/../b"]: is "memory.a/../b" (want a file of a cgroup, like memory.high)`},
	}
	for _, test := range tests {
		s := good(t)
		s.Linux.Resources = &specs.LinuxResources{}
		mustDecode(t, test.json, s.Linux.Resources)
		if got := spec.Validate(s).Error(); got != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", test.json, got, test.want)
		}
	}
}
