package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/internal/term"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/netdevice"
)

// reading returns the stats of a container that has used so much of everything, on
// v1.
func reading(n uint64) *libcontainer.Stats {
	return &libcontainer.Stats{
		Stats: cgroup.Stats{
			CPU: cgroup.CPUStats{Usage: cgroup.CPUUsage{Total: n * 1e9}},
			Memory: cgroup.MemoryStats{
				Usage: cgroup.MemoryUsage{Limit: 64 << 20, Usage: n << 20},
				Swap:  cgroup.MemoryUsage{Limit: 9223372036854771712, Usage: n << 20},
			},
			Pids: cgroup.PidsStats{Current: n, Limit: 100},
			BlockIO: cgroup.BlockIOStats{ServiceBytes: []cgroup.BlockIO{
				{Major: 8, Op: "Read", Value: n << 10}, {Major: 8, Op: "Write", Value: 7}, {Major: 9, Op: "read", Value: n << 10}, {Op: "Total", Value: 99},
			}},
		},
		NetworkInterfaces: []netdevice.Counters{{Name: "eth\x1b[2J", RxBytes: n << 30, TxBytes: 1023}},
	}
}

const wantTable = `c1   2026-11-29T13:00:02Z
RESOURCE              USED        PER SECOND   LIMIT      OF THE LIMIT
cpu                   60.00 s     150.0 %      200.0 %    [###############-----]  75 %
memory                60.0 MiB                 64.0 MiB   [###################-]  94 %
memory+swap           60.0 MiB
processes             60                       100        [############--------]  60 %
disk read             120.0 KiB   3.0 KiB
disk written          7 B         0 B
eth\x1b[2J received   60.0 GiB    1.5 GiB
eth\x1b[2J sent       1023 B      0 B
`

// newTestTable returns a table whose first reading was two seconds before start.
func newTestTable(out *bytes.Buffer, screen term.Output) (t *statsTable, start time.Time) {
	start = time.Date(2026, 11, 29, 13, 0, 2, 0, time.UTC)
	return &statsTable{
		out: out, screen: func() term.Output { return screen }, id: "c1", cpus: func() float64 { return 2 },
		before: reading(57), at: start.Add(-2 * time.Second),
	}, start
}

func TestStatsTablePlain(t *testing.T) {
	for name, screen := range map[string]term.Output{"file": {}, "dumb terminal": {Terminal: true, Width: 10, Height: 50}} {
		var out bytes.Buffer
		table, start := newTestTable(&out, screen)
		if err := table.show(reading(60), start); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantTable, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		out.Reset()
		if err := table.show(reading(62), start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(out.String(), "\nc1   2026-11-29T13:00:03Z\nRESOURCE ") {
			t.Errorf("%s: the second table: %q", name, out.String())
		}
	}
}

func TestStatsTableInPlace(t *testing.T) {
	var out bytes.Buffer
	table, start := newTestTable(&out, term.Output{Terminal: true, Escapes: true, Colour: true, Width: 24, Height: 50})
	table.oom = 1
	for i := range 2 {
		if err := table.show(reading(60), start.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	first, second, _ := strings.Cut(out.String(), "\x1b[11A")
	want := "c1   2026-11-29T13:00:02\x1b[K\nRESOURCE              US\x1b[K\n"
	if !strings.HasPrefix(first, want) || !strings.HasSuffix(first, "\nout of memory         1 \x1b[K\n\x1b[J") {
		t.Errorf("the first table: %q", first)
	}
	if !strings.Contains(first, "\n\x1b[33mmemory                60\x1b[m\x1b[K\n") {
		t.Errorf("the memory, of which 94 %% are used, has another colour: %q", first)
	}
	if !strings.HasPrefix(second, "c1   2026-11-29T13:00:03\x1b[K\n") {
		t.Errorf("the second table: %q", second)
	}
}

// TestStatsTableTooTall: what has left the screen cannot be overwritten.
func TestStatsTableTooTall(t *testing.T) {
	var out bytes.Buffer
	table, start := newTestTable(&out, term.Output{Terminal: true, Escapes: true, Width: 80, Height: 5})
	for range 2 {
		if err := table.show(reading(60), start); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("got %q", out.String())
	}
}

func TestUsageColours(t *testing.T) {
	colourful := term.Output{Terminal: true, Escapes: true, Colour: true}
	for used, want := range map[float64]string{0.5: "x", 0.8: yellow + "x" + normal, 1.2: red + "x" + normal} {
		if got := (tableLine{"x", used}).onScreen(colourful, false); got != want {
			t.Errorf("%v: got %q, want %q", used, got, want)
		}
		if got := (tableLine{"x", used}).onScreen(term.Output{Terminal: true, Escapes: true}, false); got != "x" {
			t.Errorf("%v without colours: got %q", used, got)
		}
	}
	if got, want := (usage{limit: "1", part: 1.2}).bar(), "[####################] 120 %"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCounterBeginsAnew: a device that is made anew counts from zero.
func TestCounterBeginsAnew(t *testing.T) {
	if got := counter("eth0", 1000, 10, time.Second); got.rate != "0 B" || got.used != "10 B" {
		t.Errorf("got %+v", got)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 62: "4.0 EiB", 1<<64 - 1: "16.0 EiB"} {
		if got := size(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
