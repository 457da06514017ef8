package cgroup

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/internal/linux"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/cgroups"
	_ "github.com/opencontainers/cgroups/devices" // registers itself as DevicesSetV1 and DevicesSetV2
	library "github.com/opencontainers/cgroups/devices/config"
	"golang.org/x/sys/unix"
)

func libraryRules(rules []deviceRule) *cgroups.Resources {
	r := &cgroups.Resources{}
	for _, rule := range rules {
		r.Devices = append(r.Devices, &library.Rule{
			Type: library.Type(rule.kind), Major: rule.major, Minor: rule.minor,
			Permissions: library.Permissions(rule.access.String()), Allow: rule.allow,
		})
	}
	return r
}

func policyOfRules(rules []deviceRule) (*devicePolicy, error) {
	p := newDevicePolicy(false)
	for _, rule := range rules {
		if err := p.apply(rule); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// TestDevicesAsLibrary compares what v1 lists after random rules, and which
// lists of rules are refused.
func TestDevicesAsLibrary(t *testing.T) {
	c := newConfig(t)
	if c.Version == 2 {
		t.Skip("devices.list is of cgroup v1")
	}
	create(t, c)
	dir := c.controller("devices").Dir()
	r := rand.New(rand.NewPCG(1, 4))
	refused := 0
	for range 500 {
		var rules []deviceRule
		for range r.IntN(8) {
			rules = append(rules, randomRule(r))
		}
		want := cgroups.DevicesSetV1(dir, libraryRules(rules))
		list := deviceList(t, dir)
		p, err := policyOfRules(rules)
		if (err == nil) != (want == nil) {
			t.Fatalf("%v: refused by rt: %v, by the library: %v", rules, err, want)
		}
		if err != nil {
			refused++
			continue
		}
		if err := p.writeV1(dir); err != nil {
			t.Fatal(rules, err)
		}
		if got := deviceList(t, dir); !slices.Equal(got, list) {
			t.Fatalf("%v: rt %q, library %q", rules, got, list)
		}
	}
	t.Log(refused, "of 500 lists are refused by both")
}

func deviceList(t *testing.T, dir string) []string {
	t.Helper()
	content, err := readFile(dir + "/devices.list")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(strings.Lines(content))
}

// TestDevicesInKernel opens and makes devices from inside, under random
// policies, and compares what is let through with the policy. Nobody drives
// these devices: that comes after the permission, and has another error.
func TestDevicesInKernel(t *testing.T) {
	dir := t.TempDir()
	uses, script := probe(t, dir)
	each(t, func(t *testing.T, c *Config) {
		r := rand.New(rand.NewPCG(1, 5))
		create(t, c)
		for range 6 {
			p := randomProbed(r)
			if err := c.setDevices(p); err != nil {
				t.Fatal(err)
			}
			wantUses(t, "rt", output(t, c, script), uses, p)
			// The library's filter is no reference where access is denied by
			// exceptions: one that denies writing does not deny O_RDWR.
			if c.Version == 2 && !p.allow {
				if err := cgroups.DevicesSetV2(c.unified().Dir(), libraryRules(p.exceptions())); err != nil {
					t.Fatal(err)
				}
				wantUses(t, "library", output(t, c, script), uses, p)
			}
		}
	})
}

func wantUses(t *testing.T, who, output string, uses []use, p *devicePolicy) {
	t.Helper()
	answers := strings.Fields(output)
	if len(answers) != len(uses) {
		t.Fatal(answers)
	}
	for i, u := range uses {
		if got, want := answers[i] == "yes", p.allows(u); got != want {
			t.Errorf("%s: %+v allowed is %v, want %v, by %+v", who, u, got, want, p)
		}
	}
}

// Numbers of devices that no driver has.
const (
	probedMajor = 511
	otherMajor  = 510
)

// randomProbed returns a policy about the probed devices that neither rt's
// test nor the shell needs others for.
func randomProbed(r *rand.Rand) *devicePolicy {
	p := newDevicePolicy(r.IntN(2) == 0)
	if !p.allow {
		_ = p.apply(deviceRule{devices{'c', 1, 3}, mayAll, true}) // the shell's /dev/null
	}
	for range 1 + r.IntN(6) {
		d := devices{pick[byte](r, 'b', 'c'), pick[int64](r, anyNumber, otherMajor, probedMajor, probedMajor), pick[int64](r, anyNumber, 1, 2)}
		if p.allow && d.major == anyNumber {
			d.major = probedMajor // or the shell loses what it needs
		}
		_ = p.apply(deviceRule{d, access(1 + r.IntN(7)), r.IntN(3) > 0 != p.allow})
	}
	return p
}

// probe makes nodes and returns a shell script that says of each use whether
// it is allowed.
func probe(t *testing.T, dir string) (uses []use, script string) {
	t.Helper()
	need.Root(t)
	for _, kind := range []byte{'b', 'c'} {
		for minor := uint32(1); minor <= 2; minor++ {
			node := fmt.Sprintf("%s/%c%d", dir, kind, minor)
			mode := map[byte]uint32{'b': unix.S_IFBLK, 'c': unix.S_IFCHR}[kind]
			if err := unix.Mknod(node, mode|0o600, int(unix.Mkdev(probedMajor, minor))); err != nil {
				t.Skip("cannot make devices: ", err)
			}
			for _, try := range []struct {
				access  access
				command string
			}{
				{mayRead, "exec 3<" + node},
				{mayWrite, "exec 3>>" + node},
				{mayRead | mayWrite, "exec 3<>" + node},
				{mayMknod, fmt.Sprintf("mknod %s.new %c %d %d && rm %s.new", node, kind, probedMajor, minor, node)},
			} {
				uses = append(uses, use{kind, probedMajor, minor, try.access})
				script += fmt.Sprintf("case $( (%s) 2>&1 ) in *permitted*) echo no;; *) echo yes;; esac\n", try.command)
			}
		}
	}
	return uses, script
}

// A filter takes the place of those that are there, however many.
func TestReplaceFilters(t *testing.T) {
	c := newUnified(t)
	create(t, c)
	cgroup, err := linux.Open(c.unified().Dir(), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(cgroup)
	attached := func() int {
		ids, err := bpfQuery(cgroup)
		if err != nil {
			t.Fatal(err)
		}
		return len(ids)
	}
	for extra := range 3 {
		for i := range extra {
			p := &devicePolicy{allow: i == 0}
			fd, err := loadFilter(p.filter())
			if err != nil {
				t.Fatal(err)
			}
			if err := bpfAttach(cgroup, fd, 0); err != nil {
				t.Fatal(err)
			}
			unix.Close(fd)
		}
		if n := attached(); n != 1+extra {
			t.Errorf("%d filters attached, want %d", n, 1+extra)
		}
		if err := (&devicePolicy{allow: true}).attach(c.unified().Dir()); err != nil {
			t.Fatal(err)
		}
		if n := attached(); n != 1 {
			t.Errorf("%d filters attached", n)
		}
	}
	// The library replaces ours, too.
	if err := cgroups.DevicesSetV2(c.unified().Dir(), libraryRules(defaultDevices())); err != nil {
		t.Fatal(err)
	}
	if n := attached(); n != 1 {
		t.Errorf("%d filters attached", n)
	}
}

func TestRefusedFilter(t *testing.T) {
	newUnified(t)
	_, err := loadFilter([]instruction{{code: opMove, dst: regVerdict, value: 1}, {code: opGoto, offset: -2}, {code: opExit}})
	wantError(t, err, "load the eBPF filter of 3 instructions: invalid argument (")
	if strings.Contains(fmt.Sprint(err), "\n") {
		t.Errorf("%q has several lines", err)
	}
}

// Thousands of rules make a program of which no jump is long.
func TestManyRules(t *testing.T) {
	c := newUnified(t)
	create(t, c)
	p := newDevicePolicy(false)
	for i := range int64(2000) {
		_ = p.apply(deviceRule{devices{'c', 7, i}, mayRead, true})
	}
	if err := p.attach(c.unified().Dir()); err != nil {
		t.Error(err)
	}
}
