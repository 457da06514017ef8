package cgroup

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// deviceLists are lists of rules to change between. All allow /dev/kmsg.
func deviceLists() []*specs.LinuxResources {
	list := func(rules ...specs.LinuxDeviceCgroup) *specs.LinuxResources {
		return &specs.LinuxResources{Devices: rules}
	}
	char := func(allow bool, major, minor int64, access string) specs.LinuxDeviceCgroup {
		return specs.LinuxDeviceCgroup{Allow: allow, Type: "c", Major: &major, Minor: &minor, Access: access}
	}
	all := func(allow bool) specs.LinuxDeviceCgroup { return specs.LinuxDeviceCgroup{Allow: allow, Access: "rwm"} }
	kmsg := char(true, 1, 11, "r")
	return []*specs.LinuxResources{
		list(all(false), kmsg, char(true, 10, 229, "rwm")),
		list(all(false), char(true, 10, 229, "r"), char(true, 4, 64, "rw"), kmsg),
		list(all(true), char(false, 4, 64, "rw")),
		list(all(true), char(false, 10, 229, "w")),
		list(all(false), kmsg),
	}
}

// A process that opens a device over and over does not notice that the access to
// others changes.
func TestDeviceChangeCutsNothingOff(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		lists := deviceLists()
		if err := c.Create(lists[0]); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		cuts := dir + "/cuts"
		start(t, c, "cd "+dir+"; : >ready; while :; do (: </dev/kmsg) || echo cut >>cuts; done 2>/dev/null")
		eventually(t, "the process opens", func() bool { return isFile(dir + "/ready") })
		for round := range 400 {
			from, to := lists[round%len(lists)], lists[(round+1)%len(lists)]
			if err := c.Update(context.Background(), to, from); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := os.ReadFile(cuts); err == nil {
			t.Errorf("cut off %d times", strings.Count(string(text), "cut"))
		}
	})
}

// After a change v1 lists what a container lists that had these rules from the
// beginning.
func TestDeviceChangeListsTheSame(t *testing.T) {
	c := newConfig(t)
	if c.Version == 2 {
		t.Skip("devices.list is of cgroup v1")
	}
	create(t, c)
	dir := c.controller("devices").Dir()
	lists := deviceLists()
	for _, from := range lists {
		for _, to := range lists {
			p, err := policyOf(to)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.writeV1(dir); err != nil {
				t.Fatal(err)
			}
			want := deviceList(t, dir)
			q, err := policyOf(from)
			if err != nil {
				t.Fatal(err)
			}
			if err := q.writeV1(dir); err != nil {
				t.Fatal(err)
			}
			if err := c.Update(context.Background(), to, from); err != nil {
				t.Fatal(err)
			}
			if got := deviceList(t, dir); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
}

// Rules that come to the same are no change: what hooks have allowed stays.
func TestDeviceChangeOfNothing(t *testing.T) {
	c := newConfig(t)
	create(t, c)
	lists := deviceLists()
	same := &specs.LinuxResources{Devices: append(slices.Clone(lists[0].Devices), lists[0].Devices...)}
	for _, to := range []*specs.LinuxResources{{}, lists[0], same} {
		if d, err := c.newDeviceChange(lists[0], to); d != nil || err != nil {
			t.Errorf("%v, %v for %v", d, err, to)
		}
	}
	if d, err := c.newDeviceChange(lists[0], lists[1]); d == nil || err != nil {
		t.Errorf("%v, %v", d, err)
	}
	bad := &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Access: "x"}}}
	wantError(t, c.Update(context.Background(), bad, nil), "linux.resources.devices[0].access")
}

// When something else of an update fails, the access to devices is what it was.
func TestDeviceChangeUndone(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		lists := deviceLists()
		if err := c.Create(lists[4]); err != nil {
			t.Fatal(err)
		}
		const script = "for f in full kmsg; do exec 3</dev/$f && echo $f; done 2>/dev/null"
		if got := output(t, c, script); got != "full\nkmsg\n" {
			t.Fatalf("can use %q", got)
		}
		none := &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Access: "rwm"}}}
		d, err := c.newDeviceChange(lists[4], none)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.apply(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := output(t, c, script); got != "full\n" {
			t.Errorf("can use %q when kmsg is denied", got)
		}
		if err := d.undo(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := output(t, c, script); got != "full\nkmsg\n" {
			t.Errorf("can use %q when that is undone", got)
		}
	})
}
