package checkpoint

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

func TestErrorLines(t *testing.T) {
	log := "(00.000001) Version: 4.1.1 (gitid 0)\n" +
		"(00.004) Error (criu/util.c:1533): rlimit: Can't setup RLIMIT_NOFILE for self: Operation not permitted\n" +
		"(00.005) Warn  (criu/mount.c:1): mnt: not an Error\n" +
		"(00.006) Error (criu/mount.c:1080): mnt: 9:./x doesn't have a proper root mount\n" +
		"(00.007)     42: Error (criu/files.c:56): it's \x1b[1mbad\n" +
		"(00.008) Error (criu/cr-dump.c:2111): Dumping FAILED."
	want := []string{"mnt: 9:./x doesn't have a proper root mount", "it's ?[1mbad", "Dumping FAILED."}
	if diff := cmp.Diff(want, errorLines(log)); diff != "" {
		t.Errorf("errorLines (-want +got):\n%s", diff)
	}
	many := strings.Repeat("Error (a.c:1): x\n", 20)
	if got := len(errorLines(many)); got != maxLines {
		t.Errorf("%d lines of 20, want %d", got, maxLines)
	}
}

// What a version does not know is refused before CRIU runs, which would not name it.
func TestCheck(t *testing.T) {
	skip := &request{Options: Options{NetworkLock: NetworkLocks()["skip"]}}
	old := &CRIU{Version: Version{3, 17, 1}}
	const want = "NetworkLock: skip needs criu 3.18 or newer, and this is 3.17.1"
	if err := old.run(context.Background(), skip); err == nil || err.Error() != want {
		t.Errorf("old criu: %v, want %q", err, want)
	}
	if err := old.check(&request{Options: Options{NetworkLock: NetworkLocks()["nftables"]}}); err != nil {
		t.Error(err)
	}
	if err := (&CRIU{Version: noLocks}).check(skip); err != nil {
		t.Error(err)
	}
}

func TestVersion(t *testing.T) {
	tests := []struct {
		v    Version
		old  bool
		text string
	}{
		{Version{3, 15, 0}, true, "3.15"},
		{Version{3, 16, 0}, false, "3.16"},
		{Version{4, 1, 1}, false, "4.1.1"},
		{Version{}, true, "0.0"},
	}
	for _, tt := range tests {
		if tt.v.before(oldest) != tt.old || tt.v.String() != tt.text {
			t.Errorf("%v: before oldest %v, want %v and %s", tt.v, tt.v.before(oldest), tt.old, tt.text)
		}
	}
}

// TestMessage takes requests apart again.
func TestMessage(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	options := Options{TCPEstablished: true, EmptyNetwork: true, NetworkLock: NetworkLocks()["nftables"], CgroupsMode: CgroupsModes()["soft"]}
	dump := &request{
		Options: options, Kind: kindPreDump, Images: dir, Root: "/rootfs", Pid: 42, Parent: "../p", Freezer: "/sys/fs/cgroup/c",
		Mounts: []mapping{{"/data", "/d"}}, External: []string{"net[1]:k"}, PageServer: &PageServer{"localhost", 99},
	}
	o := decode(t, dump.message(nil), kindPreDump)
	wantEqual(t, "pid", o.GetPid(), 42)
	wantEqual(t, "cgroup_yard", o.CgroupYard == nil, true)
	wantEqual(t, "parent", o.GetParentImg(), "../p")
	wantEqual(t, "track_mem", o.GetTrackMem(), true)
	wantEqual(t, "freezer", o.GetFreezeCgroup(), "/sys/fs/cgroup/c")
	wantEqual(t, "empty_ns", o.GetEmptyNs(), unix.CLONE_NEWNET)
	wantEqual(t, "mount", o.GetExtMnt()[0].GetKey()+" "+o.GetExtMnt()[0].GetVal(), "/data /d")
	wantEqual(t, "page server", o.GetPs().GetPort(), 99)
	wantEqual(t, "work_dir_fd", o.WorkDirFd == nil, true)
	wantEqual(t, "network_lock", o.GetNetworkLock(), rpc.CriuNetworkLockMethod_NFTABLES)

	restore := &request{
		Options: options, Kind: kindRestore, Images: dir, Work: dir, Root: "/rootfs", Place: "/run/x", LSMProfile: "apparmor:p",
		Cgroups:    map[string]string{"unified": "/sys/fs/cgroup"},
		Namespaces: []joined{{"uts", "/ns"}}, Descriptors: []descriptor{{Key: "a"}, {Key: "b"}},
	}
	o = decode(t, restore.message(map[string]string{"cpu": "/c"}), kindRestore)
	wantEqual(t, "root", o.GetRoot(), "/run/x/root")
	wantEqual(t, "cgroup_yard", o.GetCgroupYard(), "/run/x/cgroup")
	wantEqual(t, "rst_sibling", o.GetRstSibling(), true)
	wantEqual(t, "work_dir_fd", o.GetWorkDirFd(), int32(dir.Fd()))
	wantEqual(t, "second descriptor", o.GetInheritFd()[1].GetFd(), 5)
	wantEqual(t, "cg_root", o.GetCgRoot()[0].GetCtrl()+o.GetCgRoot()[0].GetPath(), "cpu/c")
	wantEqual(t, "join_ns", o.GetJoinNs()[0].GetNsFile(), "/ns")
	wantEqual(t, "pid", o.Pid == nil, true)
}

func decode(t *testing.T, q *rpc.CriuReq, kind kind) *rpc.CriuOpts {
	t.Helper()
	data, err := q.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	back := new(rpc.CriuReq)
	if err := back.UnmarshalVT(data); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "type", back.GetType(), kind)
	return back.GetOpts()
}

func wantEqual[V comparable](t *testing.T, what string, got, want V) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// fakeCRIU answers on the socket as CRIU would.
func fakeCRIU(t *testing.T, answers ...*rpc.CriuResp) (*session, <-chan []*rpc.CriuReq) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &session{conn: os.NewFile(uintptr(fds[0]), "criu"), process: &os.Process{Pid: 1}}
	t.Cleanup(func() { s.conn.Close() })
	got := make(chan []*rpc.CriuReq, 1)
	go func() {
		peer := os.NewFile(uintptr(fds[1]), "peer")
		defer peer.Close()
		var requests []*rpc.CriuReq
		defer func() { got <- requests }()
		for _, a := range answers {
			buf := make([]byte, maxMessage)
			n, err := peer.Read(buf)
			q := new(rpc.CriuReq)
			if err != nil || q.UnmarshalVT(buf[:n]) != nil {
				return
			}
			requests = append(requests, q)
			data, _ := a.MarshalVT()
			if _, err := peer.Write(data); err != nil {
				return
			}
		}
	}()
	return s, got
}

func answer(kind kind, ok bool) *rpc.CriuResp {
	return &rpc.CriuResp{Type: new(kind), Success: new(ok)}
}

func notified(step string) *rpc.CriuResp {
	a := answer(rpc.CriuReqType_NOTIFY, true)
	a.Notify = &rpc.CriuNotify{Script: new(step), Pid: new(int32(7))}
	return a
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		t.Errorf("run: %v, want %v", err, want)
	}
}

// wantAcks checks how CRIU's notifications were answered, which follow the first request.
func wantAcks(t *testing.T, requests <-chan []*rpc.CriuReq, want []bool) {
	t.Helper()
	var acks []bool
	for _, q := range (<-requests)[1:] {
		acks = append(acks, q.GetNotifySuccess())
	}
	if diff := cmp.Diff(want, acks); diff != "" {
		t.Errorf("acknowledged (-want +got):\n%s", diff)
	}
}

func TestNotifications(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	wrong := errors.New("no")
	tests := []struct {
		name    string
		answers []*rpc.CriuResp
		fail    string // step that Notify fails at
		want    error
		acks    []bool
	}{
		{"good", []*rpc.CriuResp{notified("a"), notified("b"), answer(kindDump, true)}, "", nil, []bool{true, true}},
		{"failed", []*rpc.CriuResp{notified("a"), answer(kindDump, false)}, "", errFailed, []bool{true}},
		{"given up", []*rpc.CriuResp{notified("a"), notified("undo"), answer(kindDump, false)}, "a", wrong, []bool{false, true}},
		{"ended", []*rpc.CriuResp{notified("a")}, "", errEnded, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, requests := fakeCRIU(t, tt.answers...)
			err := s.run(context.Background(), &request{Kind: kindDump, Images: dir, Notify: func(n notification) error {
				wantEqual(t, "pid", n.Pid, 7)
				if n.Step == tt.fail {
					return wrong
				}
				return nil
			}})
			wantError(t, err, tt.want)
			wantAcks(t, requests, tt.acks)
		})
	}
}

// TestExcerpt prefers the log to the output.
func TestExcerpt(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	output, err := memfd("output")
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	r := &request{Kind: kindRestore, Images: dir}
	wantEqual(t, "excerpt", r.excerpt(output), "")
	if _, err := output.WriteString("unrecognized option\n\n"); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "excerpt", r.excerpt(output), "\n  unrecognized option")
	if _, err := output.WriteString("Error (a.c:1): early\n"); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "excerpt", r.excerpt(output), "\n  early")
	log := filepath.Join(dir.Name(), "restore.log")
	if err := os.Truncate("/proc/self/fd/"+strconv.Itoa(int(output.Fd())), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, []byte("(1) last words\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "excerpt", r.excerpt(output), "\n  (1) last words\n  ("+log+")")
	if err := os.WriteFile(log, []byte("(1) Error (b.c:2): late\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "excerpt", r.excerpt(output), "\n  late\n  ("+log+")")
}

// What nobody waits for any more is given up at CRIU's next step, unless it was done
// by then.
func TestRunIsCancelled(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answers []*rpc.CriuResp
		want    error
		acks    []bool
	}{
		{"given up", []*rpc.CriuResp{notified("a"), notified("b"), notified("undo"), answer(kindDump, false)}, context.Canceled, []bool{true, false, true}},
		{"done", []*rpc.CriuResp{notified("a"), answer(kindDump, true)}, nil, []bool{true}},
		{"failed", []*rpc.CriuResp{notified("a"), answer(kindDump, false)}, errFailed, []bool{true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			s, requests := fakeCRIU(t, tt.answers...)
			err := s.run(ctx, &request{Kind: kindDump, Images: os.Stdin, Notify: func(notification) error {
				cancel()
				return nil
			}})
			wantError(t, err, tt.want)
			wantAcks(t, requests, tt.acks)
		})
	}
}

// A CRIU that says nothing is ended with the context.
func TestFindIsCancelled(t *testing.T) {
	need.Root(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\nexec sleep 1000\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := Find(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "wait for an answer of criu") {
		t.Errorf("error is %v", err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}
