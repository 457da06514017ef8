package plantext

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/cgroup"
	"github.com/oci-rt/rt/libcontainer/compile"
	"github.com/oci-rt/rt/libcontainer/plan"
	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/bundle"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// edits has another value for each property of the specification, at its place in
// testdata/full.json.
const edits = `
	/process/terminal false
	/process/consoleSize/height 25
	/process/consoleSize/width 81
	/process/user/uid 50
	/process/user/gid 60
	/process/user/umask 7
	/process/user/additionalGids [8]
	/process/args ["/bin/ls"]
	/process/env/1 "A=2"
	/process/cwd "/tmp"
	/process/capabilities/bounding ["CAP_KILL"]
	/process/capabilities/effective ["CAP_CHOWN"]
	/process/capabilities/inheritable ["CAP_KILL","CAP_CHOWN"]
	/process/capabilities/permitted ["CAP_KILL"]
	/process/capabilities/ambient []
	/process/rlimits/0/type "RLIMIT_NPROC"
	/process/rlimits/0/hard 3000
	/process/rlimits/0/soft 900
	/process/noNewPrivileges true
	/process/apparmorProfile "other"
	/process/oomScoreAdj 200
	/process/scheduler/policy "SCHED_OTHER"
	/process/scheduler/nice 5
	/process/scheduler/priority 1
	/process/scheduler/flags []
	/process/scheduler/runtime 1100000
	/process/scheduler/deadline 2100000
	/process/scheduler/period 3100000
	/process/selinuxLabel "x:y:z"
	/process/ioPriority/class "IOPRIO_CLASS_IDLE"
	/process/ioPriority/priority 5
	/process/execCPUAffinity/initial "2"
	/process/execCPUAffinity/final "3"
	/root/path "elsewhere"
	/root/readonly true
	/hostname "other"
	/domainname "other"
	/mounts/1/destination "/other"
	/mounts/0/type "sysfs"
	/mounts/1/source "/srv/other"
	/mounts/1/options ["rbind"]
	/mounts/1/uidMappings/0/containerID 1
	/mounts/1/uidMappings/0/hostID 2000
	/mounts/1/uidMappings/0/size 20
	/mounts/1/gidMappings/0/containerID 1
	/mounts/1/gidMappings/0/hostID 2000
	/mounts/1/gidMappings/0/size 20
	/annotations/run.oci.hooks.stdout "/log/other"
	/linux/uidMappings/0/containerID 1
	/linux/uidMappings/0/hostID 0
	/linux/uidMappings/0/size 2000
	/linux/gidMappings/0/containerID 1
	/linux/gidMappings/0/hostID 0
	/linux/gidMappings/0/size 2000
	/linux/sysctl/net.ipv4.ip_forward "0"
	/linux/resources/devices/0/allow true
	/linux/resources/devices/1/type "b"
	/linux/resources/devices/1/major 11
	/linux/resources/devices/1/minor 230
	/linux/resources/devices/1/access "r"
	/linux/resources/memory/limit 110000000
	/linux/resources/memory/reservation 60000000
	/linux/resources/memory/swap 300000000
	/linux/resources/memory/swappiness 20
	/linux/resources/memory/disableOOMKiller true
	/linux/resources/memory/checkBeforeUpdate true
	/linux/resources/cpu/shares 1024
	/linux/resources/cpu/quota 60000
	/linux/resources/cpu/burst 2000
	/linux/resources/cpu/period 200000
	/linux/resources/cpu/realtimeRuntime 1500
	/linux/resources/cpu/realtimePeriod 2500
	/linux/resources/cpu/cpus "1"
	/linux/resources/cpu/mems "1"
	/linux/resources/cpu/idle 1
	/linux/resources/pids/limit 5
	/linux/resources/blockIO/weight 110
	/linux/resources/blockIO/leafWeight 110
	/linux/resources/blockIO/weightDevice/0/major 9
	/linux/resources/blockIO/weightDevice/0/minor 1
	/linux/resources/blockIO/weightDevice/0/weight 210
	/linux/resources/blockIO/weightDevice/0/leafWeight 210
	/linux/resources/blockIO/throttleReadBpsDevice/0/major 9
	/linux/resources/blockIO/throttleReadBpsDevice/0/minor 1
	/linux/resources/blockIO/throttleReadBpsDevice/0/rate 2000
	/linux/resources/blockIO/throttleWriteBpsDevice/0/major 9
	/linux/resources/blockIO/throttleWriteBpsDevice/0/minor 1
	/linux/resources/blockIO/throttleWriteBpsDevice/0/rate 2000
	/linux/resources/blockIO/throttleReadIOPSDevice/0/major 9
	/linux/resources/blockIO/throttleReadIOPSDevice/0/minor 1
	/linux/resources/blockIO/throttleReadIOPSDevice/0/rate 2000
	/linux/resources/blockIO/throttleWriteIOPSDevice/0/major 9
	/linux/resources/blockIO/throttleWriteIOPSDevice/0/minor 1
	/linux/resources/blockIO/throttleWriteIOPSDevice/0/rate 2000
	/linux/resources/hugepageLimits/0/pageSize "1GB"
	/linux/resources/hugepageLimits/0/limit 4194304
	/linux/resources/network/classID 2
	/linux/resources/network/priorities/0/name "eth0"
	/linux/resources/network/priorities/0/priority 2
	/linux/resources/rdma/mlx5/hcaHandles 2
	/linux/resources/rdma/mlx5/hcaObjects 3
	/linux/resources/unified/memory.high "2000"
	/linux/cgroupsPath "/other"
	/linux/namespaces/2/type "ipc"
	/linux/namespaces/2/path "/proc/1/ns/pid"
	/linux/devices/0/path "/dev/other"
	/linux/devices/0/type "b"
	/linux/devices/0/major 11
	/linux/devices/0/minor 230
	/linux/devices/0/fileMode 420
	/linux/devices/0/uid 2
	/linux/devices/0/gid 2
	/linux/netDevices/eth1/name "eth2"
	/linux/seccomp/defaultAction "SCMP_ACT_KILL_PROCESS"
	/linux/seccomp/defaultErrnoRet 13
	/linux/seccomp/architectures ["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]
	/linux/seccomp/flags ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]
	/linux/seccomp/listenerPath "/run/other"
	/linux/seccomp/listenerMetadata "other"
	/linux/seccomp/syscalls/0/names ["execve","write"]
	/linux/seccomp/syscalls/0/action "SCMP_ACT_TRAP"
	/linux/seccomp/syscalls/1/errnoRet 3
	/linux/seccomp/syscalls/1/args/0/index 1
	/linux/seccomp/syscalls/1/args/0/value 17
	/linux/seccomp/syscalls/1/args/0/valueTwo 16
	/linux/seccomp/syscalls/1/args/0/op "SCMP_CMP_GT"
	/linux/rootfsPropagation "rshared"
	/linux/maskedPaths ["/proc/kcore","/proc/keys"]
	/linux/readonlyPaths []
	/linux/mountLabel "x:y:z"
	/linux/intelRdt/closID "other"
	/linux/intelRdt/schemata ["MB:0=60"]
	/linux/intelRdt/l3CacheSchema "L3:0=ff"
	/linux/intelRdt/memBwSchema "MB:0=80"
	/linux/intelRdt/enableMonitoring true
	/linux/memoryPolicy/mode "MPOL_INTERLEAVE"
	/linux/memoryPolicy/nodes "1"
	/linux/memoryPolicy/flags []
	/linux/personality/domain "LINUX32"
	/linux/timeOffsets/boottime/secs 3
	/linux/timeOffsets/boottime/nanosecs 4
`

// without are the properties that have no effect on a start, and why.
var without = map[string]string{
	"ociVersion":                          "it is only in the state",
	"linux.resources.memory.kernel":       "the kernel gave it up",
	"linux.resources.memory.kernelTCP":    "the kernel gave it up",
	"linux.resources.memory.useHierarchy": "the kernel gave it up",
	"linux.personality.flags":             "the specification has none so far, so rt refuses all",
}

// briefly are the properties whose values are only in a full plan, its JSON and a
// comparison, and why.
var briefly = map[string]string{
	"process.env":                     "values may be secrets",
	"linux.seccomp.syscalls.errnoRet": "there are hundreds of rules", "linux.seccomp.syscalls.args.index": "", "linux.seccomp.syscalls.args.value": "",
	"linux.seccomp.syscalls.args.valueTwo": "", "linux.seccomp.syscalls.args.op": "",
}

// planned is a plan of the configuration with an edit, on a host with a version
// of cgroups.
func planned(t *testing.T, data []byte, version int, kind plan.Kind) *plan.Plan {
	t.Helper()
	return planOf(t, fullSpec(t, data), version, kind, usualOptions())
}

func fullSpec(t *testing.T, data []byte) *specs.Spec {
	t.Helper()
	s := new(specs.Spec)
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// planOf plans for a host whose facts do not depend on the machine.
func planOf(t *testing.T, s *specs.Spec, version int, kind plan.Kind, o compile.Options) *plan.Plan {
	t.Helper()
	src := plan.Source{Kind: kind, ID: "test", Spec: s, Options: o, StateDir: "/run/rt/test", Host: testHost(s, version)}
	var err error
	if kind == plan.Exec {
		src.Target = compile.Target{Namespaces: 1}
		src.Compiled, err = compile.Exec(s, src.Host, src.Target, o)
	} else {
		src.Compiled, err = compile.Start(s, src.Host, o)
	}
	if err != nil {
		t.Fatal(err)
	}
	if src.Cgroups, err = src.Host.Cgroup.Preview(spec.Resources(s)); err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testHost(s *specs.Spec, version int) compile.Host {
	h := compile.Host{Facts: compile.Facts{Arch: "amd64", LastCap: 40, Available: 1<<41 - 1}}
	path := spec.CgroupsPath(s)
	if path == "" {
		path = "/test"
	}
	h.Cgroup = &cgroup.Config{Version: 2, Hierarchies: []cgroup.Hierarchy{{Mount: "/sys/fs/cgroup", Path: path}}}
	if version == 1 {
		h.Cgroup = &cgroup.Config{Version: 1}
		for _, name := range []string{"memory", "cpu", "cpuset", "pids", "blkio", "hugetlb", "net_cls", "net_prio", "rdma", "devices"} {
			h.Cgroup.Hierarchies = append(h.Cgroup.Hierarchies, cgroup.Hierarchy{Controllers: []string{name}, Mount: "/sys/fs/cgroup/" + name, Path: path})
		}
	}
	return h
}

// TestEveryEffect: a plan differs with everything that has an effect. It walks all
// properties of the specification, so that a new one has to get a place in the
// plan.
func TestEveryEffect(t *testing.T) {
	base, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	before := plansOf(t, base)
	edit := map[string]bundle.Set{}
	for line := range strings.Lines(edits + hookEdits()) {
		pointer, value, found := strings.Cut(strings.TrimSpace(line), " ")
		if found {
			edit[property(pointer)] = bundle.Set{Pointer: pointer, Value: json.RawMessage(value)}
		}
	}
	for _, path := range properties(reflect.TypeFor[specs.Spec](), "") {
		if without[path] != "" {
			continue
		}
		e, ok := edit[path]
		if !ok {
			t.Errorf("%s: is a property of the specification, and this test has no value for it", path)
			continue
		}
		delete(edit, path)
		e.Value = decoded(t, e.Value.(json.RawMessage))
		changed, err := bundle.EditJSON(base, e)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if !before.differs(t, changed, path) {
			t.Errorf("%s: the plans with and without another value are the same", path)
		}
	}
	for path := range edit {
		t.Errorf("%s: is no property", path)
	}
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	v, err := bundle.DecodeJSON(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// hookEdits has the properties of each stage's hooks.
func hookEdits() string {
	var b strings.Builder
	for _, stage := range []string{"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"} {
		at := "\n/hooks/" + stage + "/0/"
		b.WriteString(at + `path "/hook/other"` + at + `args ["a","c"]` + at + `env ["X=2"]` + at + `timeout 6`)
	}
	return b.String()
}

// property returns the path of a property for a place in a JSON document.
func property(pointer string) string {
	var names []string
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if name[0] < '0' || name[0] > '9' {
			names = append(names, name)
		}
	}
	for _, m := range []string{"annotations", "linux.sysctl", "linux.resources.unified", "linux.resources.rdma", "linux.netDevices", "linux.timeOffsets"} {
		path := strings.Join(names, ".")
		if rest, ok := strings.CutPrefix(path, m+"."); ok { // a map
			key := map[string]string{"annotations": rest, "linux.sysctl": rest, "linux.resources.unified": rest}[m]
			if key == "" {
				key, _, _ = strings.Cut(rest, ".")
			}
			return m + strings.TrimPrefix(rest, key)
		}
	}
	return strings.Join(names, ".")
}

// plans are the plans of a configuration, on a host with cgroups of one version or
// the other, for a start or for an exec.
type plans []onePlan

type onePlan struct {
	*plan.Plan
	version int
	text    string
}

func plansOf(t *testing.T, data []byte) (list plans) {
	t.Helper()
	for _, version := range []int{1, 2} {
		for _, kind := range []plan.Kind{plan.Start, plan.Exec} {
			p := planned(t, data, version, kind)
			list = append(list, onePlan{p, version, text(t, p)})
		}
	}
	return list
}

// differs reports whether another configuration has another plan.
func (list plans) differs(t *testing.T, data []byte, path string) bool {
	t.Helper()
	for _, old := range list {
		changed := planned(t, data, old.version, old.Kind)
		if plan.Compare(old.Plan, changed, false).Same() {
			continue
		}
		if _, ok := briefly[path]; ok || old.text != text(t, changed) {
			return true
		}
	}
	return false
}

func text(t *testing.T, p *plan.Plan) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, p, Style{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// properties lists the paths of all properties for Linux below type t, without
// indices and keys.
func properties(t reflect.Type, at string) (list []string) {
	for slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, t.Kind()) {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return []string{strings.TrimPrefix(at, ".")}
	}
	for f := range t.Fields() {
		if p := f.Tag.Get("platform"); p != "" && !strings.Contains(p, "linux") {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" {
			name = "." + name
		}
		list = append(list, properties(f.Type, at+name)...)
	}
	return list
}

// The init keeps the groups of rt, if an annotation says so: the others are known
// by their effect in TestEveryEffect.
func TestAnnotationKeepsGroups(t *testing.T) {
	base, err := os.ReadFile("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	changed, err := bundle.EditJSON(base, bundle.Set{Pointer: "/annotations/run.oci.keep_original_groups", Value: "1"})
	if err != nil {
		t.Fatal(err)
	}
	if !plansOf(t, base).differs(t, changed, "") {
		t.Error("the plan is the same")
	}
	ignored, err := bundle.EditJSON(base, bundle.Set{Pointer: "/annotations/org.example", Value: "anything"})
	if err != nil {
		t.Fatal(err)
	}
	if plansOf(t, base).differs(t, ignored, "") {
		t.Error("the plan differs for an annotation that only is in the state")
	}
}
