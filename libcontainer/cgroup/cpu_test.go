package cgroup

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestWeightOfShares(t *testing.T) {
	for shares, want := range map[uint64]uint64{1: 1, 2: 1, 512: 59, 1024: 100, 1025: 101, 1 << 18: 10000, 1 << 40: 10000} {
		if got := weightOfShares(shares); got != want {
			t.Errorf("%d shares: weight %d, want %d", shares, got, want)
		}
	}
}

// The kernel replaces shares outside of its range by the range's end.
func TestSharesPremise(t *testing.T) {
	c := newConfig(t)
	if c.Version == 2 {
		t.Skip("cpu.shares is of cgroup v1")
	}
	needController(t, c, "cpu")
	create(t, c)
	file := c.controller("cpu").Dir() + "/cpu.shares"
	for written, want := range map[uint64]string{minShares - 1: utoa(uint64(minShares)), maxShares + 1: utoa(uint64(maxShares))} {
		write1(t, file, utoa(written))
		if got, _ := readFile(file); got != want+"\n" {
			t.Errorf("%d shares became %q", written, got)
		}
		if checkShares(written) == nil {
			t.Errorf("%d shares are taken", written)
		}
	}
}

// A smaller quota must come before its smaller period, whose share of the time
// the parent's limit would not allow; a greater period before its quota.
func TestQuotaBelowAParentsQuota(t *testing.T) {
	c := newConfig(t)
	needController(t, c, "cpu")
	create(t, c)
	child := *c
	child.Hierarchies = nil
	for _, h := range c.Hierarchies {
		h.Path += "/child"
		child.Hierarchies = append(child.Hierarchies, h)
	}
	bandwidth := func(quota int64, period uint64) *specs.LinuxResources {
		return &specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: &quota, Period: &period, Burst: pointer(uint64(quota))}}
	}
	if err := c.setLimits(limitsOf(bandwidth(50000, 100000))); err != nil {
		t.Fatal(err)
	}
	for _, res := range []*specs.LinuxResources{bandwidth(50000, 100000), bandwidth(5000, 10000), bandwidth(50000, 100000)} {
		if err := child.Create(res); err != nil {
			t.Fatal(describe(res), err)
		}
	}
	if err := child.Destroy(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestCPUMax(t *testing.T) {
	tests := []struct {
		quota  int64
		period uint64
		want   string
	}{{-1, 0, "max 100000"}, {0, 5000, "max 5000"}, {7000, 0, "7000 100000"}, {7000, 5000, "7000 5000"}}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, cpuMax(tt.quota, tt.period)); d != "" {
			t.Error(d)
		}
	}
}

func TestCPULimit(t *testing.T) {
	v1 := func(files map[string]string) *Config {
		c := fakeTree(t, files)
		c.Version, c.Hierarchies[0].Controllers = 1, []string{"cpu", "cpuacct"}
		return c
	}
	v2 := func(content string) *Config { return fakeTree(t, map[string]string{"a/b/cpu.max": content}) }
	for name, c := range map[string]struct {
		cfg  *Config
		want float64
	}{
		"v1":            {v1(map[string]string{"a/b/cpu.cfs_quota_us": "50000\n", "a/b/cpu.cfs_period_us": "100000\n"}), 0.5},
		"v1, none":      {v1(map[string]string{"a/b/cpu.cfs_quota_us": "-1\n", "a/b/cpu.cfs_period_us": "100000\n"}), 0},
		"v1, no files":  {v1(nil), 0},
		"no controller": {&Config{Version: 1}, 0},
		"v2":            {v2("300000 200000\n"), 1.5},
		"v2, none":      {v2("max 100000\n"), 0},
		"not its own":   {&Config{Version: 1, Inherited: true}, 0},
	} {
		if got := c.cfg.CPULimit(); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
