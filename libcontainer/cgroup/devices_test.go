package cgroup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestPolicyOf(t *testing.T) {
	p, err := policyOf(&specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{
		{Access: "rwm"},
		{Allow: true, Type: "b", Major: pointer[int64](8), Access: "r"},
		{Allow: true, Type: "u", Major: pointer[int64](4), Minor: pointer[int64](64), Access: "wr"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range p.exceptions() {
		got = append(got, r.devices.String()+" "+r.access.String())
	}
	want := []string{
		"b 8:* r", "c 4:64 rw",
		"c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm",
		"c 5:0 rwm", "c 5:2 rwm", "c 136:* rwm", "c 10:200 rwm",
	}
	if d := cmp.Diff(want, got); d != "" || p.allow {
		t.Error("(-want +got)\n" + d)
	}
}

// What a later rule, or the devices of every container, allow again is not denied.
func TestDenials(t *testing.T) {
	rule := func(allow bool, major, minor int64, access string) specs.LinuxDeviceCgroup {
		return specs.LinuxDeviceCgroup{Allow: allow, Type: "c", Major: &major, Minor: &minor, Access: access}
	}
	all := func(allow bool) specs.LinuxDeviceCgroup { return specs.LinuxDeviceCgroup{Allow: allow, Access: "rwm"} }
	tests := []struct {
		rules []specs.LinuxDeviceCgroup
		want  []string
	}{
		{[]specs.LinuxDeviceCgroup{all(false), rule(false, 1, 11, "rwm")}, []string{"c 1:11 rw"}}, // nodes may be made
		{[]specs.LinuxDeviceCgroup{all(false), rule(false, 1, 11, "m")}, nil},
		{[]specs.LinuxDeviceCgroup{all(false), rule(false, 1, 5, "w")}, nil},
		{[]specs.LinuxDeviceCgroup{rule(false, 10, 229, "rw"), rule(true, 10, 229, "r")}, []string{"c 10:229 w"}},
		{[]specs.LinuxDeviceCgroup{rule(false, 10, 229, "rw"), rule(true, 10, -1, "rw")}, nil},
		{[]specs.LinuxDeviceCgroup{rule(false, 10, 229, "rw"), all(true)}, nil},
		{[]specs.LinuxDeviceCgroup{all(true), rule(false, 10, 229, "rw")}, []string{"c 10:229 rw"}},
		{[]specs.LinuxDeviceCgroup{all(true), rule(false, 10, 229, "rw"), rule(true, 10, 229, "rw")}, nil},
	}
	for _, tt := range tests {
		p, err := policyOf(&specs.LinuxResources{Devices: tt.rules})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range p.denials {
			got = append(got, d.devices.String()+" "+d.access.String())
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%v: (-want +got)\n%s", tt.rules, d)
		}
	}
}

func TestDeviceRuleFaults(t *testing.T) {
	memory, zero, many := pointer[int64](1), pointer[int64](0), pointer[int64](1<<32-1)
	tests := map[string][]specs.LinuxDeviceCgroup{
		`linux.resources.devices[1].access: "" is not`:                             {{Access: "rwm"}, {Allow: true}},
		`linux.resources.devices[0].access: "rx" is not`:                           {{Access: "rx"}},
		`linux.resources.devices[0].type: "p" is not a, b or c`:                    {{Access: "r", Type: "p"}},
		`linux.resources.devices[0].major: 4294967295 is not a device number`:      {{Access: "r", Type: "c", Major: many}},
		`linux.resources.devices[0].minor: -2 is not a device number`:              {{Access: "r", Type: "c", Minor: pointer[int64](-2)}},
		`devices[1]: c 1:0 r cannot be an exception to the exception c 1:* rw`:     {{Allow: true, Type: "c", Major: memory, Access: "rw"}, {Type: "c", Major: memory, Minor: zero, Access: "r"}},
		`devices: every container may use c 1:3: c 1:3 rwm cannot be an exception`: {{Allow: true, Access: "r"}, {Type: "c", Major: memory, Access: "w"}},
	}
	for want, list := range tests {
		_, err := policyOf(&specs.LinuxResources{Devices: list})
		wantError(t, err, want)
	}
}

// TestDevices tries devices from inside. /dev/full is allowed by default and
// /dev/kmsg is not; reading that at least needs its device to be allowed.
func TestDevices(t *testing.T) {
	const script = "for f in full kmsg; do exec 3>/dev/$f && echo $f; done 2>/dev/null"
	tests := []struct {
		name  string
		rules []specs.LinuxDeviceCgroup
		want  string
	}{
		{"none", nil, "full"},
		{"deny all", []specs.LinuxDeviceCgroup{{Access: "rwm"}}, "full"},
		{"one more", []specs.LinuxDeviceCgroup{
			{Access: "rwm"},
			{Allow: true, Type: "c", Major: pointer[int64](1), Minor: pointer[int64](11), Access: "rw"},
		}, "full kmsg"},
		{"allow all", []specs.LinuxDeviceCgroup{{Allow: true, Access: "rwm"}}, "full kmsg"},
		{"exception", []specs.LinuxDeviceCgroup{
			{Allow: true, Access: "rwm"},
			{Type: "c", Major: pointer[int64](1), Minor: pointer[int64](11), Access: "rwm"},
		}, "full"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, c *Config) {
				if err := c.Create(&specs.LinuxResources{Devices: tt.rules}); err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(strings.Fields(output(t, c, script)), " "); got != tt.want {
					t.Errorf("can use %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestListPermits(t *testing.T) {
	rule := func(kind byte, major, minor int64, a access) *deviceRule {
		return &deviceRule{devices{kind, major, minor}, a, false}
	}
	tests := []struct {
		list string
		rule *deviceRule
		want bool
	}{
		{"a *:* rwm\n", rule('c', 1, 11, mayRead), true},
		{"c 1:3 rwm\nb 8:* r\n", rule('c', 1, 11, mayAll), false},
		{"c 1:3 rwm\nb 8:* r\n", rule('c', 1, anyNumber, mayAll), true},
		{"c 1:3 rwm\nb 8:* r\n", rule('b', 8, 1, mayWrite|mayMknod), false},
		{"c 1:3 rwm\nb 8:* r\n", rule('b', 8, 1, mayWrite|mayRead), true},
		{"c 1:3 rwm\nb 8:* r\n", rule('b', 1, 3, mayAll), false},
		{"", rule('c', 1, 3, mayAll), false},
	}
	for _, tt := range tests {
		if got := listPermits(tt.list, tt.rule); got != tt.want {
			t.Errorf("%q permits some of %v %v: %v", tt.list, tt.rule.devices, tt.rule.access, got)
		}
	}
}
