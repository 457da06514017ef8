package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
)

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "-1": -1, "4096": 4096, "4096b": 4096, "4k": 4096, "4K": 4096, "4kb": 4096, "4KiB": 4096, "4 kB": 4096,
		"512m": 512 << 20, "1.5g": 3 << 29, "2T": 2 << 40, "1p": 1 << 50,
	} {
		if got, err := parseBytes(text); got != want || err != nil {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": `"" is not an amount of memory (want one like 512m)`, "m": `"m" is not an amount of memory (want one like 512m)`,
		"-2": `"-2" is not an amount of memory (want one like 512m)`, "1e3": `"1e3" is not an amount of memory (want one like 512m)`,
		"5mm": `"5mm" is not an amount of memory (want one like 512m)`, "inf": `"inf" is not an amount of memory (want one like 512m)`,
		"9000p": `"9000p" is too large`,
	} {
		if _, err := parseBytes(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Each flag sets the one limit that it is named after.
func TestUpdateFlags(t *testing.T) {
	var o updateOptions
	args := []string{"update", "--l3-cache-schema=L3:0=f", "-mem-bw-schema", "MB:0=20"}
	app := &cli.App{Flags: o.flags(), Action: func(*cli.Context) error { return nil }}
	for _, l := range o.limits {
		args = append(args, "--"+l.name, "1")
	}
	if err := app.Run(args); err != nil {
		t.Fatal(err)
	}
	got, err := o.read()
	if err != nil {
		t.Fatal(err)
	}
	want := &specs.LinuxResources{
		BlockIO: &specs.LinuxBlockIO{Weight: new(uint16(1))},
		CPU: &specs.LinuxCPU{
			Shares: new(uint64(1)), Quota: new(int64(1)), Period: new(uint64(1)), Burst: new(uint64(1)),
			RealtimePeriod: new(uint64(1)), RealtimeRuntime: new(int64(1)), Cpus: "1", Mems: "1", Idle: new(int64(1)),
		},
		//lint:ignore SA1019 it is only warned of
		Memory: &specs.LinuxMemory{Limit: new(int64(1)), Reservation: new(int64(1)), Swap: new(int64(1)), Kernel: new(int64(1)), KernelTCP: new(int64(1))},
		Pids:   &specs.LinuxPids{Limit: new(int64(1))},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("(-want +got)\n" + d)
	}
	if d := cmp.Diff(&specs.LinuxIntelRdt{L3CacheSchema: "L3:0=f", MemBwSchema: "MB:0=20"}, o.intelRdt()); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}
