package intelrdt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestStats(t *testing.T) {
	f := newFake(t)
	for name, content := range map[string]string{
		"info/L3/cbm_mask": "7ff\n", "info/L3/min_cbm_bits": "1\n", "info/L3/num_closids": "16\n",
		"info/MB/delay_linear": "1\n", "info/MB/min_bandwidth": "20\n", "info/MB/num_closids": "8\n",
	} {
		f.write(name, content)
	}
	g := f.mustMake(&specs.LinuxIntelRdt{EnableMonitoring: true})
	f.write("c1/schemata", "    L3:0=f;1=7ff\n    MB:0= 20;1=100\n")
	for dir, n := range map[string]string{"c1/mon_groups/c1/mon_data/mon_L3_00": "1", "c1/mon_groups/c1/mon_data/mon_L3_01": "2", "c1/mon_data/mon_L3_00": "9"} {
		f.write(dir+"/mbm_total_bytes", n+"00\n")
		f.write(dir+"/mbm_local_bytes", n+"0\n")
		f.write(dir+"/llc_occupancy", n+"\n")
	}
	f.write("c1/mon_groups/c1/mon_data/mon_L3_01/llc_occupancy", "Unavailable\n")
	want := Stats{
		CacheInfo:       &CacheInfo{"7ff", 1, 16},
		CacheSchemaRoot: "L3:0=7ff;1=7ff", CacheSchema: "L3:0=f;1=7ff",
		BandwidthInfo: &BandwidthInfo{10, 1, 20, 8},
		BandwidthRoot: "MB:0=100;1=100", Bandwidth: "MB:0= 20;1=100",
		BandwidthUse: []BandwidthUse{{100, 10}, {200, 20}}, CacheUse: []CacheUse{{1}, {0}},
	}
	if d := cmp.Diff(want, g.Stats()); d != "" {
		t.Error("(-want +got)\n" + d)
	}
	g.Monitor = ""
	if d := cmp.Diff([]CacheUse{{9}}, g.Stats().CacheUse); d != "" {
		t.Error("(-want +got)\n" + d)
	}
	if d := cmp.Diff(Stats{}, (&Group{Root: t.TempDir(), Class: t.TempDir()}).Stats()); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}
