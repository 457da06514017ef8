package cgroup

import (
	"strings"
	"testing"

	devices "github.com/opencontainers/cgroups/devices/config"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestDeviceRules(t *testing.T) {
	rules, err := deviceRules(&specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{
		{Access: "rwm"},
		{Allow: true, Type: "b", Major: pointer[int64](8), Access: "r"},
		{Allow: true, Type: "u", Major: pointer[int64](4), Minor: pointer[int64](64), Access: "rw"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rules[:4] {
		got = append(got, r.CgroupString())
	}
	want := "a *:* rwm, b 8:* r, c 4:64 rw, c *:* m"
	if s := strings.Join(got, ", "); s != want || len(rules) != 3+len(defaultDevices()) {
		t.Errorf("got %s and %d more, want %s", s, len(rules)-4, want)
	}
}

func TestDeviceRuleFaults(t *testing.T) {
	tests := map[string]specs.LinuxDeviceCgroup{
		`linux.resources.devices[1].access: "" is not`:   {Allow: true},
		`linux.resources.devices[1].access: "rx" is not`: {Access: "rx"},
		`linux.resources.devices[1].type: "p" is none`:   {Access: "r", Type: "p"},
	}
	for want, d := range tests {
		_, err := deviceRules(&specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Access: "rwm"}, d}})
		wantError(t, err, want)
	}
}

func TestOnlyAllows(t *testing.T) {
	denyAll := &devices.Rule{Type: devices.WildcardDevice}
	allowAll := &devices.Rule{Type: devices.WildcardDevice, Allow: true}
	allow := &devices.Rule{Type: devices.CharDevice, Allow: true}
	deny := &devices.Rule{Type: devices.CharDevice}
	tests := []struct {
		rules []*devices.Rule
		want  bool
	}{
		{nil, true},
		{[]*devices.Rule{denyAll, allow, allow}, true},
		{[]*devices.Rule{allow, allow}, true},
		{[]*devices.Rule{allow, denyAll, allow}, false},
		{[]*devices.Rule{allowAll}, false},
		{[]*devices.Rule{denyAll, allow, deny}, false},
	}
	for i, tt := range tests {
		if got := onlyAllows(tt.rules); got != tt.want {
			t.Errorf("%d: %v", i, got)
		}
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
