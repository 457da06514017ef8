package spec_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/oci-rt/rt/spec"
)

// good returns a configuration without a fault.
func good(t testing.TB) *specs.Spec {
	t.Helper()
	s := new(specs.Spec)
	if err := json.Unmarshal(readCorpus(t, "docker"), s); err != nil {
		t.Fatal(err)
	}
	return s
}

// faultTest is a change of a good configuration, and everything that must be
// said of it then, one fault a line.
type faultTest struct {
	name   string
	change func(*specs.Spec)
	want   string
}

func testFaults(t *testing.T, tests []faultTest) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := good(t)
			test.change(s)
			if diff := cmp.Diff(test.want, spec.Validate(s).Error()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestValidateEmpty(t *testing.T) {
	want := strings.Join([]string{
		"ociVersion: is missing (want 1.x.y)",
		"root: is missing (want an object)",
	}, "\n")
	if diff := cmp.Diff(want, spec.Validate(new(specs.Spec)).Error()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestValidateTop(t *testing.T) {
	long := strings.Repeat("x", 4100)
	testFaults(t, []faultTest{
		{"nothing", func(s *specs.Spec) {}, ""},
		{"root path", func(s *specs.Spec) { s.Root.Path = "" },
			"root.path: is missing (want the path of a directory, absolute or relative to the bundle)"},
		{"long root path", func(s *specs.Spec) { s.Root.Path = long },
			"root.path: is a path of 4100 bytes (want at most 4095)"},
		{"hostname", func(s *specs.Spec) { s.Hostname = strings.Repeat("x", 65) },
			"hostname: is 65 bytes long (want at most 64)"},
		{"hostname of the host", func(s *specs.Spec) { dropNamespace(s, "uts"); s.Domainname = "x" },
			"hostname: would change the host's (want uts in linux.namespaces)\n" +
				"domainname: would change the host's (want uts in linux.namespaces)"},
		{"annotation", func(s *specs.Spec) { s.Annotations = map[string]string{"": "x", "org.opencontainers.x": ""} },
			`annotations[""]: is an empty key (want a name for it)`},
		{"no linux", func(s *specs.Spec) { s.Linux, s.Hostname = nil, "" }, ""},
	})
}

func dropNamespace(s *specs.Spec, t specs.LinuxNamespaceType) {
	var kept []specs.LinuxNamespace
	for _, n := range s.Linux.Namespaces {
		if n.Type != t {
			kept = append(kept, n)
		}
	}
	s.Linux.Namespaces = kept
}

func TestValidateProcess(t *testing.T) {
	testFaults(t, []faultTest{
		{"relative cwd", func(s *specs.Spec) { s.Process.Cwd = "tmp" },
			`process.cwd: is "tmp" (want an absolute path)`},
		{"no cwd", func(s *specs.Spec) { s.Process.Cwd = "" },
			"process.cwd: is missing (want an absolute path)"},
		{"long cwd", func(s *specs.Spec) { s.Process.Cwd = "/" + strings.Repeat("x", 4095) },
			"process.cwd: is a path of 4096 bytes (want at most 4095)"},
		{"no args", func(s *specs.Spec) { s.Process.Args = nil },
			"process.args: is empty (want the program to run and its arguments)"},
		{"empty program", func(s *specs.Spec) { s.Process.Args = []string{"", "x"} },
			"process.args[0]: is empty (want the program to run)"},
		{"empty argument", func(s *specs.Spec) { s.Process.Args = []string{"x", ""} }, ""},
		{"ids that change nothing", func(s *specs.Spec) {
			s.Process.User = specs.User{UID: 1<<32 - 1, GID: 1<<32 - 1, AdditionalGids: []uint32{1, 1<<32 - 1}}
		}, "process.user.uid: is 4294967295 (want an id from 0 to 4294967294)\n" +
			"process.user.gid: is 4294967295 (want an id from 0 to 4294967294)\n" +
			"process.user.additionalGids[1]: is 4294967295 (want an id from 0 to 4294967294)"},
		{"many groups", func(s *specs.Spec) { s.Process.User.AdditionalGids = make([]uint32, 65537) },
			"process.user.additionalGids: has 65537 ids (want at most 65536)"},
		{"umask", func(s *specs.Spec) { s.Process.User.Umask = new(uint32(0o1022)) },
			"process.user.umask: is 530 (octal 1022) (want 0 to 511 (octal 777))"},
		{"oomScoreAdj", func(s *specs.Spec) { s.Process.OOMScoreAdj = new(-1001) },
			"process.oomScoreAdj: is -1001 (want -1000 to 1000)"},
		{"unknown capability", func(s *specs.Spec) { s.Process.Capabilities.Bounding = []string{"CAP_X"} }, ""},
		{"rlimits", func(s *specs.Spec) {
			s.Process.Rlimits = []specs.POSIXRlimit{
				{Type: "RLIMIT_CORE", Soft: 1, Hard: 1<<64 - 1}, {Type: "NOFILE"}, {Type: ""},
				{Type: "RLIMIT_CORE"}, {Type: "RLIMIT_CPU", Soft: 2, Hard: 1}, {Type: "RLIMIT_CORE"},
			}
		}, `process.rlimits[1].type: is "NOFILE", which is unknown (want a name of getrlimit(2), like RLIMIT_NOFILE)` + "\n" +
			"process.rlimits[2].type: is missing (want a name of getrlimit(2), like RLIMIT_NOFILE)\n" +
			"process.rlimits[3].type: is RLIMIT_CORE again (first: process.rlimits[0]) (want each type once)\n" +
			"process.rlimits[4].soft: is 2, more than the hard limit 1 (want at most the hard limit)\n" +
			"process.rlimits[5].type: is RLIMIT_CORE again (first: process.rlimits[0]) (want each type once)"},
	})
}

func TestValidateNamespaces(t *testing.T) {
	testFaults(t, []faultTest{
		{"unknown", func(s *specs.Spec) {
			s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: "net"}, specs.LinuxNamespace{})
		}, `linux.namespaces[6].type: is "net", which is unknown (want cgroup, ipc, mount, network, pid, time, user, uts)` + "\n" +
			"linux.namespaces[7].type: is missing (want cgroup, ipc, mount, network, pid, time, user, uts)"},
		{"twice", func(s *specs.Spec) {
			s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: "pid", Path: "/x"})
		}, `linux.namespaces[6].type: is "pid" again (first: linux.namespaces[3]) (want each type once)`},
		{"relative path", func(s *specs.Spec) { s.Linux.Namespaces[0].Path = "ns/mnt" },
			`linux.namespaces[0].path: is "ns/mnt" (want an absolute path)`},
		{"no mount namespace", func(s *specs.Spec) { dropNamespace(s, "mount") },
			"linux.maskedPaths: would change the host's mounts (want mount in linux.namespaces)\n" +
				"linux.readonlyPaths: would change the host's mounts (want mount in linux.namespaces)"},
		{"no network namespace", func(s *specs.Spec) { dropNamespace(s, "network") },
			`linux.sysctl["net.ipv4.ip_unprivileged_port_start"]: would change the host's (want network in linux.namespaces)` + "\n" +
				`linux.sysctl["net.ipv4.ping_group_range"]: would change the host's (want network in linux.namespaces)`},
	})
}

func TestValidatePaths(t *testing.T) {
	testFaults(t, []faultTest{
		{"relative", func(s *specs.Spec) {
			s.Linux.MaskedPaths = []string{"/ok", "proc/kcore"}
			s.Linux.ReadonlyPaths = []string{""}
		}, `linux.maskedPaths[1]: is "proc/kcore" (want an absolute path)` + "\n" +
			"linux.readonlyPaths[0]: is missing (want an absolute path)"},
		{"rootfsPropagation", func(s *specs.Spec) { s.Linux.RootfsPropagation = "Private" },
			`linux.rootfsPropagation: is "Private" (want shared, slave, private or unbindable)`},
		{"recursive rootfsPropagation", func(s *specs.Spec) { s.Linux.RootfsPropagation = "rslave" }, ""},
		{"cgroupsPath", func(s *specs.Spec) { s.Linux.CgroupsPath = "/a/../../b" },
			`linux.cgroupsPath: is "/a/../../b" (want a path without ..)`},
		{"cgroupsPath with dots", func(s *specs.Spec) { s.Linux.CgroupsPath = "a..b/..c" }, ""},
	})
}

func TestValidateSysctl(t *testing.T) {
	tests := []struct{ key, want string }{
		{"net.ipv4.ip_forward", ""},
		{"net/ipv4/ip_forward", ""},
		{"net/ipv4/conf/eno2.100/rp_filter", ""},
		{"net.ipv4.conf.eno2/100.rp_filter", ""},
		{"kernel.msgmax", ""},
		{"kernel/shm_rmid_forced", ""},
		{"fs.mqueue.msg_max", ""},
		{"kernel.domainname", ""},
		{"kernel.hostname", "is set by a property of its own (want the property hostname)"},
		{"kernel/hostname", "is set by a property of its own (want the property hostname)"},
		{"kernel.core_pattern", notSeparate},
		{"vm.swappiness", notSeparate},
		{"user.max_user_namespaces", "would change the host's (want user in linux.namespaces)"},
		{"user", notSeparate},
		{"net", notSeparate},
		{"", notAName},
		{"net.", notAName},
		{"net..x", notAName},
		{"net/../kernel/core_pattern", notAName},
		{"net.//.kernel.core_pattern", notAName},
		{"/net/x", notAName},
		{"../net/x", notAName},
	}
	for _, test := range tests {
		s := good(t)
		s.Linux.Sysctl = map[string]string{test.key: "1"}
		got := strings.TrimPrefix(spec.Validate(s).Error(), `linux.sysctl["`+test.key+`"]: `)
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.key, got, test.want)
		}
	}
}

const (
	notSeparate = "is not separate for each container (want net.*, user.*, fs.mqueue.*, kernel.domainname, or kernel.msg*, sem and shm*)"
	notAName    = "is not the name of a parameter (want a name like net.ipv4.ip_forward)"
)

func TestSysctlPath(t *testing.T) {
	tests := map[string]string{
		"kernel":                           "kernel",
		"net.ipv4.ip_forward":              "net/ipv4/ip_forward",
		"net/ipv4/ip_forward":              "net/ipv4/ip_forward",
		"net.ipv4.conf.eno2/100.rp_filter": "net/ipv4/conf/eno2.100/rp_filter",
		"net/ipv4/conf/eno2.100/rp_filter": "net/ipv4/conf/eno2.100/rp_filter",
		"net.//.kernel.core_pattern":       "net/../kernel/core_pattern",
	}
	for key, want := range tests {
		if got := spec.SysctlPath(key); got != want {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
}

func TestValidateDevices(t *testing.T) {
	device := func(d ...specs.LinuxDevice) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Linux.Devices = d }
	}
	testFaults(t, []faultTest{
		{"fine", device(
			specs.LinuxDevice{Path: "/dev/fuse", Type: "c", Major: 10, Minor: 229, FileMode: new(os.FileMode(0o20666))},
			specs.LinuxDevice{Path: "/dev/fuse", Type: "c", Major: 10, Minor: 229},
			specs.LinuxDevice{Path: "/run/pipe", Type: "p", Major: -5},
			specs.LinuxDevice{Path: "/dev/u", Type: "u", Major: 4095, Minor: 1048575},
		), ""},
		{"type", device(specs.LinuxDevice{Path: "/dev/x", Type: "x"}, specs.LinuxDevice{Path: "/dev/y"}),
			`linux.devices[0].type: is "x", which is unknown (want c, u, b or p)` + "\n" +
				"linux.devices[1].type: is missing (want c, u, b or p)"},
		{"numbers", device(specs.LinuxDevice{Path: "/dev/x", Type: "b", Major: 4096, Minor: -1}),
			"linux.devices[0].major: is 4096 (want 0 to 4095)\n" +
				"linux.devices[0].minor: is -1 (want 0 to 1048575)"},
		{"mode", device(
			specs.LinuxDevice{Path: "/dev/x", Type: "p", FileMode: new(os.FileMode(0o200666))},
			specs.LinuxDevice{Path: "/dev/y/", Type: "c", Major: 1, Minor: 3, FileMode: new(os.ModeDevice | os.ModeCharDevice | 0o640)},
		), ""},
		{"path", device(specs.LinuxDevice{Path: "dev/x", Type: "p"}, specs.LinuxDevice{Path: "/dev/..", Type: "p"}, specs.LinuxDevice{Path: "/dev/", Type: "p"}),
			`linux.devices[0].path: is "dev/x" (want an absolute path)` + "\n" +
				`linux.devices[1].path: is "/dev/.." (want the path of a file)` + "\n" +
				`linux.devices[2].path: is "/dev/" (want the path of a file)`},
		{"conflict", device(specs.LinuxDevice{Path: "/dev/x", Type: "c", Major: 1, Minor: 3}, specs.LinuxDevice{Path: "/dev//x", Type: "c", Major: 1, Minor: 5}),
			`linux.devices[1].path: is "/dev//x" again (first: linux.devices[0]) (want one device for a path)`},
	})
}

func TestValidateDeviceRules(t *testing.T) {
	rules := func(r ...specs.LinuxDeviceCgroup) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Linux.Resources.Devices = r }
	}
	testFaults(t, []faultTest{
		{"fine", rules(specs.LinuxDeviceCgroup{Type: "a", Access: "mwr"}, specs.LinuxDeviceCgroup{Access: "r", Major: new(int64(-1))}), ""},
		{"wrong", rules(specs.LinuxDeviceCgroup{Type: "p", Access: "rx", Major: new(int64(-2)), Minor: new(int64(-7))}, specs.LinuxDeviceCgroup{}),
			`linux.resources.devices[0].type: is "p", which is unknown (want a, b or c)` + "\n" +
				`linux.resources.devices[0].access: is "rx", which is unknown (want letters of rwm)` + "\n" +
				"linux.resources.devices[0].major: is -2 (want 0 or more, or -1 for all)\n" +
				"linux.resources.devices[0].minor: is -7 (want 0 or more, or -1 for all)\n" +
				"linux.resources.devices[1].access: is missing (want letters of rwm)"},
	})
}

func TestValidateMemory(t *testing.T) {
	const bytes = " (want a number of bytes, or -1 for unlimited)"
	memory := func(m specs.LinuxMemory) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Linux.Resources.Memory = &m }
	}
	testFaults(t, []faultTest{
		{"fine", memory(specs.LinuxMemory{Limit: new(int64(5)), Swap: new(int64(5)), Reservation: new(int64(-1)), Swappiness: new(uint64(1<<64 - 1))}), ""},
		{"unlimited", memory(specs.LinuxMemory{Limit: new(int64(-1)), Swap: new(int64(-1)), Swappiness: new(uint64(100))}), ""},
		{"not set", memory(specs.LinuxMemory{Limit: new(int64(0)), Swap: new(int64(0))}), ""},
		{"negative", memory(specs.LinuxMemory{Limit: new(int64(-2)), Reservation: new(int64(-3)), Swap: new(int64(-4)), Swappiness: new(uint64(101))}),
			"linux.resources.memory.limit: is -2" + bytes + "\n" +
				"linux.resources.memory.reservation: is -3" + bytes + "\n" +
				"linux.resources.memory.swap: is -4" + bytes + "\n" +
				"linux.resources.memory.swappiness: is 101 (want 0 to 100)"},
		{"swap below limit", memory(specs.LinuxMemory{Limit: new(int64(9)), Swap: new(int64(8))}),
			"linux.resources.memory.swap: is 8, less than memory.limit 9 (want the sum of memory and swap)"},
		{"swap alone", memory(specs.LinuxMemory{Swap: new(int64(8))}),
			"linux.resources.memory.swap: is 8, but memory.limit is not set (want a limit for memory too)"},
		{"swap with unlimited memory", memory(specs.LinuxMemory{Limit: new(int64(-1)), Swap: new(int64(8))}),
			"linux.resources.memory.swap: is 8, but memory.limit is not set (want a limit for memory too)"},
	})
}

func TestValidateCPU(t *testing.T) {
	const at = "linux.resources.cpu."
	cpu := func(c specs.LinuxCPU) func(*specs.Spec) {
		return func(s *specs.Spec) { s.Linux.Resources.CPU = &c }
	}
	testFaults(t, []faultTest{
		{"fine", cpu(specs.LinuxCPU{Quota: new(int64(-1)), Burst: new(uint64(9)), Period: new(uint64(1000)), Idle: new(int64(1)), Cpus: "0-3,7", Mems: "0"}), ""},
		{"not set", cpu(specs.LinuxCPU{Quota: new(int64(0)), Period: new(uint64(0)), Shares: new(uint64(0))}), ""},
		{"ranges", cpu(specs.LinuxCPU{Quota: new(int64(999)), Period: new(uint64(1000001)), Idle: new(int64(2)), RealtimeRuntime: new(int64(-2))}),
			at + "period: is 1000001 (want 1000 to 1000000 microseconds)\n" +
				at + "quota: is 999 (want 1000 microseconds or more, or -1 for unlimited)\n" +
				at + "realtimeRuntime: is -2 (want microseconds, or -1 for unlimited)\n" +
				at + "idle: is 2 (want 0 or 1)"},
		{"burst", cpu(specs.LinuxCPU{Quota: new(int64(2000)), Burst: new(uint64(2001))}),
			at + "burst: is 2001, more than the quota 2000 (want at most the quota)"},
		{"realtime", cpu(specs.LinuxCPU{RealtimeRuntime: new(int64(2)), RealtimePeriod: new(uint64(1))}),
			at + "realtimeRuntime: is 2, more than realtimePeriod 1 (want at most the period)"},
		{"lists", cpu(specs.LinuxCPU{Cpus: "0-3,", Mems: "3-1"}),
			at + `cpus: is "0-3," (want a list like 0-3,7)` + "\n" +
				at + `mems: is "3-1" (want a list like 0-3,7)`},
		{"pids", func(s *specs.Spec) { s.Linux.Resources.Pids = &specs.LinuxPids{Limit: new(int64(-2))} },
			"linux.resources.pids.limit: is -2 (want -1 (unlimited) or more)"},
		{"no pids", func(s *specs.Spec) { s.Linux.Resources.Pids = &specs.LinuxPids{Limit: new(int64(0))} }, ""},
	})
}

func TestValidateCPULists(t *testing.T) {
	tests := map[string]bool{
		"0": true, "0-3": true, "0,2-5,9": true, "0-31:2/4": true, " 1 , 2\n": true,
		"a": false, "0-": false, "-1": false, "1,,2": false, "0:1/2": false, "0-3:1": false, "0-3:a/b": false, "99999999999": false, "+1": false,
	}
	for list, want := range tests {
		s := good(t)
		s.Linux.Resources.CPU = &specs.LinuxCPU{Cpus: list}
		if got := len(spec.Validate(s)) == 0; got != want {
			t.Errorf("%q: accepted %v, want %v", list, got, want)
		}
	}
}

func TestValidateVersion(t *testing.T) {
	tests := map[string]string{
		"1.0.0":          "",
		"1.0.0-rc5-dev":  "",
		"1.0.2-dev":      "",
		"1.99.0":         "",
		"1.2.0+dev.x":    "",
		"1.3.0-rc.1+a-b": "",
		"0.9.0":          `is "0.9.0", which this version of rt does not support`,
		"2.0.0":          `is "2.0.0", which this version of rt does not support`,
		"10.0.0":         `is "10.0.0", which this version of rt does not support`,
		"1.0":            `is "1.0", which is not a semantic version`,
		"v1.0.0":         `is "v1.0.0", which is not a semantic version`,
		"1.0.0.0":        `is "1.0.0.0", which is not a semantic version`,
		"01.0.0":         `is "01.0.0", which is not a semantic version`,
		"1.0.0-":         `is "1.0.0-", which is not a semantic version`,
		"1.0.0-01":       `is "1.0.0-01", which is not a semantic version`,
		"1.0.0+é":        `is "1.0.0+é", which is not a semantic version`,
		"1..0":           `is "1..0", which is not a semantic version`,
	}
	for version, want := range tests {
		s := good(t)
		s.Version = version
		if want != "" {
			want = "ociVersion: " + want + " (want 1.x.y)"
		}
		if got := spec.Validate(s).Error(); got != want {
			t.Errorf("%q: got %q, want %q", version, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	s := good(t)
	s.Process.Env = []string{"A=", "B", "=C"}
	s.Mounts = []specs.Mount{{Destination: "data"}, {Destination: "/data"}}
	s.Linux.Resources.Memory = &specs.LinuxMemory{KernelTCP: new(int64(-1)), UseHierarchy: new(false)}
	mustDecode(t, `{"kernel": 1}`, s.Linux.Resources.Memory)
	want := strings.Join([]string{
		`process.env[1]: is "B" (want NAME=value)`,
		`process.env[2]: is "=C" (want NAME=value)`,
		`mounts[0].destination: is "data", taken as relative to / (want an absolute path)`,
		"linux.resources.memory.kernel: is obsolete and ignored",
		"linux.resources.memory.kernelTCP: is obsolete and ignored",
		"linux.resources.memory.useHierarchy: is obsolete and ignored",
	}, "\n")
	if diff := cmp.Diff(want, spec.Warnings(s).Error()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if faults := spec.Warnings(new(specs.Spec)); len(faults) != 0 {
		t.Errorf("an empty configuration: %v", faults)
	}
}

func TestFaultIsOneLine(t *testing.T) {
	f := spec.Fault{Path: "root.path", Problem: "/a\n\x1b[31m\xff\u202e does not exist", Want: "a directory"}
	if got, want := f.String(), `root.path: /a\n\x1b[31m\xff\u202e does not exist (want a directory)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
