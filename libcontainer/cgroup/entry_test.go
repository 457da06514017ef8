package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func compareEntries(t *testing.T, got []entry, want ...entry) {
	t.Helper()
	for i := range got {
		got[i].missing = "" // words for people
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(entry{})); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}

// fakeDir makes a cgroup's directory with these files.
func fakeDir(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func fakeContent(t *testing.T, dir, file string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestWriteAll(t *testing.T) {
	dir := fakeDir(t, "a", "b")
	if err := writeAll(dir, []entry{{file: "a", value: "1"}, {file: "c", value: "2", optional: true}, {file: "b", value: "3"}}); err != nil {
		t.Fatal(err)
	}
	if fakeContent(t, dir, "a") != "1" || fakeContent(t, dir, "b") != "3" || isFile(dir+"/c") {
		t.Error("not written, or made a file")
	}
	err := writeAll(dir, []entry{{setting: "x[3]", file: "c", value: "2", missing: "nobody has it"}})
	wantError(t, err, "x[3]: nobody has it: open ")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	err = writeAll(dir+"/none", []entry{{setting: "x", file: "../a", value: "2"}})
	wantError(t, err, `x: "../a" is not a file of a cgroup`)
}

func TestWeights(t *testing.T) {
	b := &specs.LinuxBlockIO{Weight: pointer[uint16](500), WeightDevice: []specs.LinuxWeightDevice{device(8, 0, 10, 20), device(8, 16, 0, 5), device(9, 1, 1000, 0)}}
	const at = "linux.resources.blockIO.weight"
	tests := []struct {
		name    string
		version int
		files   []string
		want    []entry
	}{
		{"v1, CFQ", 1, []string{"blkio.weight"}, []entry{
			{setting: at, file: "blkio.weight", value: "500"},
			{setting: at + "Device[0]", file: "blkio.weight_device", value: "8:0 10"},
			{setting: at + "Device[2]", file: "blkio.weight_device", value: "9:1 1000"},
		}},
		{"v1, BFQ", 1, []string{"blkio.bfq.weight"}, []entry{
			{setting: at, file: "blkio.bfq.weight", value: "500"},
			{setting: at + "Device[0]", file: "blkio.bfq.weight_device", value: "8:0 10"},
			{setting: at + "Device[2]", file: "blkio.bfq.weight_device", value: "9:1 1000"},
		}},
		{"v2, BFQ", 2, []string{"io.bfq.weight", "io.weight"}, []entry{
			{setting: at, file: "io.bfq.weight", value: "500"},
			{setting: at + "Device[0]", file: "io.bfq.weight", value: "8:0 10"},
			{setting: at + "Device[2]", file: "io.bfq.weight", value: "9:1 1000"},
		}},
		{"v2, iocost", 2, []string{"io.weight"}, []entry{
			{setting: at, file: "io.weight", value: "4950"},
			{setting: at + "Device[0]", file: "io.weight", value: "8:0 1"},
			{setting: at + "Device[2]", file: "io.weight", value: "9:1 10000"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			compareEntries(t, weigherIn(tt.version, fakeDir(t, tt.files...)).weights(b), tt.want...)
		})
	}
	compareEntries(t, leafWeights(b),
		entry{setting: at + "Device[0].leafWeight", file: "blkio.leaf_weight_device", value: "8:0 20"},
		entry{setting: at + "Device[1].leafWeight", file: "blkio.leaf_weight_device", value: "8:16 5"})
}

func device(major, minor int64, weight, leaf uint16) (d specs.LinuxWeightDevice) {
	d.Major, d.Minor, d.Weight, d.LeafWeight = major, minor, &weight, &leaf
	return d
}

func TestThrottles(t *testing.T) {
	throttle := func(minor int64, rate uint64) []specs.LinuxThrottleDevice {
		var d specs.LinuxThrottleDevice
		d.Major, d.Minor, d.Rate = 8, minor, rate
		return []specs.LinuxThrottleDevice{d}
	}
	b := &specs.LinuxBlockIO{
		ThrottleReadBpsDevice: throttle(1, 600), ThrottleWriteBpsDevice: throttle(2, 0),
		ThrottleReadIOPSDevice: throttle(3, 7), ThrottleWriteIOPSDevice: append(throttle(4, 8), throttle(5, 9)...),
	}
	const at = "linux.resources.blockIO.throttle"
	compareEntries(t, throttles(1, b),
		entry{setting: at + "ReadBpsDevice[0]", file: "blkio.throttle.read_bps_device", value: "8:1 600"},
		entry{setting: at + "WriteBpsDevice[0]", file: "blkio.throttle.write_bps_device", value: "8:2 0"},
		entry{setting: at + "ReadIOPSDevice[0]", file: "blkio.throttle.read_iops_device", value: "8:3 7"},
		entry{setting: at + "WriteIOPSDevice[0]", file: "blkio.throttle.write_iops_device", value: "8:4 8"},
		entry{setting: at + "WriteIOPSDevice[1]", file: "blkio.throttle.write_iops_device", value: "8:5 9"})
	compareEntries(t, throttles(2, b),
		entry{setting: at + "ReadBpsDevice[0]", file: "io.max", value: "8:1 rbps=600"},
		entry{setting: at + "WriteBpsDevice[0]", file: "io.max", value: "8:2 wbps=max"},
		entry{setting: at + "ReadIOPSDevice[0]", file: "io.max", value: "8:3 riops=7"},
		entry{setting: at + "WriteIOPSDevice[0]", file: "io.max", value: "8:4 wiops=8"},
		entry{setting: at + "WriteIOPSDevice[1]", file: "io.max", value: "8:5 wiops=9"})
}

func TestHugepageFiles(t *testing.T) {
	l := hugepageLimits([]specs.LinuxHugepageLimit{{Pagesize: "2MB", Limit: 4 << 20}, {Pagesize: "1GB", Limit: 0}})[0]
	for version, suffix := range map[int]string{1: "limit_in_bytes", 2: "max"} {
		dir := fakeDir(t, "hugetlb.2MB."+suffix, "hugetlb.2MB.rsvd."+suffix, "hugetlb.1GB."+suffix)
		if err := setIn(&l, version, dir); err != nil {
			t.Fatal(err)
		}
		for file, want := range map[string]string{"hugetlb.2MB.": "4194304", "hugetlb.2MB.rsvd.": "4194304", "hugetlb.1GB.": "0"} {
			if got := fakeContent(t, dir, file+suffix); got != want {
				t.Errorf("%s%s: %q, want %q", file, suffix, got, want)
			}
		}
		wantError(t, setIn(&l, version, fakeDir(t, "hugetlb.2MB."+suffix)),
			"linux.resources.hugepageLimits[1]: this machine has no huge pages of 1GB: open ")
	}
}

func TestRdmaFile(t *testing.T) {
	l := rdmaLimits(map[string]specs.LinuxRdma{"mlx5_1": {HcaHandles: pointer[uint32](3), HcaObjects: pointer[uint32](10000)}})[0]
	dir := fakeDir(t, "rdma.max")
	if err := setIn(&l, 2, dir); err != nil {
		t.Fatal(err)
	}
	if got := fakeContent(t, dir, "rdma.max"); got != "mlx5_1 hca_handle=3 hca_object=10000" {
		t.Errorf("%q", got)
	}
	wantError(t, setIn(&l, 1, fakeDir(t)), `linux.resources.rdma["mlx5_1"]: open `)
}

func TestUnifiedLines(t *testing.T) {
	for value, want := range map[string][]string{
		"max":                   {"max"},
		"":                      {""},
		"8:0 rbps=1\n8:1 x":     {"8:0 rbps=1\n", "8:1 x"},
		"8:0 rbps=1\n8:1 x=1\n": {"8:0 rbps=1\n", "8:1 x=1\n"},
	} {
		var got []string
		for _, e := range byLine(entry{value: value}) {
			got = append(got, e.value)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: (-want +got)\n%s", value, d)
		}
	}
}
