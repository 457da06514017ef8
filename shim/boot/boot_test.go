package boot

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/containerd/containerd/api/runtime/bootstrap/v1"
	"github.com/containerd/containerd/api/types"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/containerd/api/types/runtimeoptions/v1"
	"github.com/containerd/ttrpc"
	"github.com/oci-rt/rt/shim/task"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

func marshal(t *testing.T, m proto.Message) []byte {
	t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// bare is a message as containerd packs it.
func bare(t *testing.T, m proto.Message) *anypb.Any {
	return &anypb.Any{TypeUrl: string(m.ProtoReflect().Descriptor().FullName()), Value: marshal(t, m)}
}

// TestRequest has the messages of old and new containerds.
func TestRequest(t *testing.T) {
	o := &options.Options{ShimCgroup: "/shims", SystemdCgroup: true}
	dir := "/run/other"
	modern := &bootstrap.BootstrapParams{InstanceID: "one", Namespace: "ns", SocketDir: &dir, LogLevel: bootstrap.LogLevel_LOG_LEVEL_DEBUG}
	modern.Extensions = append(modern.Extensions, &bootstrap.Extension{Value: bare(t, o)})
	tests := []struct {
		name      string
		input     []byte
		modern    bool
		socketDir string
		cgroup    string
	}{
		{"nothing", nil, false, socketDir, ""},
		{"options before 2.3", marshal(t, bare(t, o)), false, socketDir, "/shims"},
		{"options of another runtime", marshal(t, bare(t, &types.Mount{Type: "x"})), false, socketDir, ""},
		{"options in a table", marshal(t, bare(t, &runtimeoptions.Options{ConfigBody: []byte("ShimCgroup = '/t'")})), false, socketDir, "/t"},
		{"message of 2.3 with a table", marshal(t, &bootstrap.BootstrapParams{InstanceID: "one", Namespace: "ns", LogLevel: bootstrap.LogLevel_LOG_LEVEL_DEBUG, Extensions: []*bootstrap.Extension{
			{Value: bare(t, &runtimeoptions.Options{ConfigBody: []byte("ShimCgroup = '/t'")})},
		}}), true, socketDir, "/t"},
		{"message of 2.3", marshal(t, modern), true, dir, "/shims"},
	}
	for _, test := range tests {
		a := &arguments{id: "one", namespace: "ns"}
		r, err := readRequest(a, bytes.NewReader(test.input))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if r.modern != test.modern || r.socketDir != test.socketDir || r.options.ShimCgroup != test.cgroup || a.debug != test.modern {
			t.Errorf("%s: %+v", test.name, r)
		}
	}
	if _, err := readRequest(&arguments{}, strings.NewReader("\xff\xff garbage")); err == nil {
		t.Error("garbage is no error")
	}
}

// TestAnswer has what old containerds read, a path, and new ones, a message.
func TestAnswer(t *testing.T) {
	const address = "unix:///run/x"
	var out bytes.Buffer
	if err := (&request{}).answer(&out, address); err != nil || out.String() != address {
		t.Errorf("%q, %v", out.String(), err)
	}
	out.Reset()
	var result bootstrap.BootstrapResult
	err := (&request{modern: true}).answer(&out, address)
	if err := errors.Join(err, proto.Unmarshal(out.Bytes(), &result)); err != nil || result.Address != address || result.Version != 3 || result.Protocol != "ttrpc" {
		t.Errorf("%v, %v", &result, err)
	}
}

// TestDismiss has the socket of a dead shim, and an unknown shim without a container.
func TestDismiss(t *testing.T) {
	t.Chdir(t.TempDir())
	if address, err := readAddress("."); address != "" || err != nil {
		t.Errorf("a bundle without address: %q, %v", address, err)
	}
	path := filepath.Join(t.TempDir(), "s")
	if err := writeAddress(unixScheme + path); err != nil {
		t.Fatal(err)
	}
	if address, err := readAddress("."); address != unixScheme+path || err != nil {
		t.Errorf("address %q, %v", address, err)
	}
	f, err := listen(unixScheme + path)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.FileListener(f)
	f.Close()
	server, serverErr := ttrpc.NewServer()
	if err := errors.Join(err, serverErr); err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	service, err := task.New(task.Config{Shutdown: func() { close(asked) }})
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	service.Register(server)
	go func() { _ = server.Serve(t.Context(), l) }()
	dismiss(path)
	select {
	case <-asked:
	case <-time.After(10 * time.Second):
		t.Error("a shim without a container was not asked to end")
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	dismiss(path)
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket of a dead shim: %v", err)
	}
	dismiss("")
}

func TestGroup(t *testing.T) {
	for config, want := range map[string]string{
		`{}`: "one",
		`{"annotations": {"io.kubernetes.cri.sandbox-id": "pod"}}`:                                          "pod",
		`{"annotations": {"io.containerd.runc.v2.group": "g", "io.kubernetes.cri.sandbox-id": "pod"}}`:      "g",
		`{"ociVersion": "1.0.2", "process": {"args": ["x"]}, "annotations": {"a": "b"}}`:                    "one",
		`{"annotations": {"io.kubernetes.cri.sandbox-id": ""}, "linux": {"namespaces": [{"type": "pid"}]}}`: "one",
	} {
		t.Chdir(t.TempDir())
		if err := os.WriteFile("config.json", []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := groupOf("one"); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", config, got, err, want)
		}
	}
	t.Chdir(t.TempDir())
	if _, err := groupOf("one"); err == nil {
		t.Error("a bundle without configuration is no error")
	}
}

// TestListen has the socket of a serving shim and the socket of a dead one.
func TestListen(t *testing.T) {
	address := socketAddress(filepath.Join(t.TempDir(), "s"), "/c.sock", "ns", "one")
	if address == socketAddress(filepath.Dir(strings.TrimPrefix(address, unixScheme)), "/c.sock", "ns", "two") {
		t.Error("two groups have the same socket")
	}
	f, err := listen(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := listen(address); !errors.Is(err, errServed) {
		t.Errorf("a second shim: %v", err)
	}
	f.Close()
	f, err = listen(address)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	info, err := os.Stat(strings.TrimPrefix(address, unixScheme))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
}

func TestInfo(t *testing.T) {
	var out bytes.Buffer
	given := bare(t, &options.Options{Root: "/x"})
	if err := info(bytes.NewReader(marshal(t, given)), &out, Version{"1.2", "abc"}); err != nil {
		t.Fatal(err)
	}
	var got types.RuntimeInfo
	if err := proto.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != Name || got.Version.Version != "1.2" || !proto.Equal(got.Options, given) || !strings.Contains(string(got.Features.Value), `"ociVersionMin"`) {
		t.Errorf("%v", &got)
	}
}

func TestArguments(t *testing.T) {
	a, err := parse([]string{"shim", "-namespace", "ns", "-address", "/a", "-publish-binary", "/p", "-id", "one", "-bundle", "/b", "-debug", "delete"})
	if err != nil || *a != (arguments{namespace: "ns", id: "one", address: "/a", bundle: "/b", debug: true, action: "delete"}) {
		t.Errorf("%+v, %v", a, err)
	}
	t.Setenv("RT_DEBUG", "1")
	if a, err := parse([]string{"shim", "start"}); err != nil || !a.debug {
		t.Errorf("with RT_DEBUG=1: %+v, %v", a, err)
	}
	for _, args := range [][]string{{"shim"}, {"shim", "-nonsense"}, {"shim", "-namespace", "n", "-id", "i", "nonsense"}} {
		if err := Main(args, Version{}); err == nil {
			t.Errorf("%q is no error", args)
		}
	}
}
