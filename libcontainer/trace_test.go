package libcontainer

import (
	"slices"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/libcontainer/trace"
	"github.com/oci-rt/rt/tests/need"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// traced makes a config record its start.
func traced(s *Store, cfg *Config) *trace.Recorder {
	cfg.Trace = trace.New("test")
	s.Debug = cfg.Trace.Did
	return cfg.Trace
}

// inOrder reports whether the steps were made in the order of their numbers, but for
// those that several settings share and those of a process that was split off.
func inOrder(steps []trace.Step) bool {
	return slices.IsSortedFunc(steps, func(a, b trace.Step) int {
		if a.Side || b.Side || strings.Contains(a.What+b.What, "help") {
			return 0
		}
		return a.Number - b.Number
	})
}

// checkTrace holds a trace of a start that succeeded against its program.
func checkTrace(t *testing.T, tr *trace.Trace, waits ...string) {
	t.Helper()
	if len(tr.Steps) < 100 || !inOrder(tr.Steps) {
		t.Errorf("%d steps, in order: %v", len(tr.Steps), inOrder(tr.Steps))
	}
	var got []string
	for i, s := range tr.Steps {
		if s.End < s.Begin || i > 0 && s.Begin < tr.Steps[i-1].Begin || s.End > tr.Total {
			t.Errorf("step %d: from %v to %v, of %v", s.Number, s.Begin, s.End, tr.Total)
		}
		if s.Wait != "" && !strings.Contains(s.Wait, "help") {
			got = append(got, strings.TrimPrefix(s.Wait, "its creator: it wants to "))
		}
	}
	if !slices.Equal(got, waits) {
		t.Errorf("the init waited for %q, want %q", got, waits)
	}
	if len(tr.Spans) < 8 || !slices.ContainsFunc(tr.Spans, func(s trace.Span) bool { return s.Wait }) {
		t.Errorf("spans of the creator: %+v", tr.Spans)
	}
}

func TestTraceRun(t *testing.T) {
	s, cfg := faultBundle(t)
	r := traced(&s, &cfg)
	if err := runTampered(t, s, cfg, nil); err != nil {
		t.Fatal(err)
	}
	tr := r.Trace()
	checkTrace(t, tr, "say that it is ready")
	last := tr.Steps[len(tr.Steps)-1]
	if !strings.HasPrefix(last.What, "process.args[0]: exec ") || !strings.HasPrefix(last.Call, "execve(") {
		t.Errorf("last step is %+v", last)
	}
}

// A start that waits for everything.
func TestTraceWaits(t *testing.T) {
	need.UserNamespaces(t)
	s, cfg := faultBundle(t)
	inUserNamespaceOf(t, &cfg, 100000)
	cfg.Spec.Hooks = &specs.Hooks{CreateRuntime: []specs.Hook{{Path: "/bin/true"}}}
	r := traced(&s, &cfg)
	if err := runTampered(t, s, cfg, nil); err != nil {
		t.Fatal(err)
	}
	checkTrace(t, r.Trace(), "have its ids mapped", "have hooks run", "say that it is ready")
	if !slices.ContainsFunc(r.Trace().Steps, func(s trace.Step) bool { return s.Side }) {
		t.Error("no step of the process that forked")
	}
}

// In a time namespace the monotonic clock shows another time.
func TestTraceTimeNamespace(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Linux.Namespaces = append(cfg.Spec.Linux.Namespaces, specs.LinuxNamespace{Type: specs.TimeNamespace})
	cfg.Spec.Linux.TimeOffsets = map[string]specs.LinuxTimeOffset{"monotonic": {Secs: 86400}}
	r := traced(&s, &cfg)
	if err := runTampered(t, s, cfg, nil); err != nil {
		t.Fatal(err)
	}
	checkTrace(t, r.Trace(), "say that it is ready")
}

// A filter that forbids the question for the time is no obstacle.
func TestTraceFilter(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Linux.Seccomp = &specs.LinuxSeccomp{
		DefaultAction: specs.ActAllow,
		Syscalls:      []specs.LinuxSyscall{{Names: []string{"clock_gettime"}, Action: specs.ActKillProcess}},
	}
	r := traced(&s, &cfg)
	if err := runTampered(t, s, cfg, nil); err != nil {
		t.Fatal(err)
	}
	tr := r.Trace()
	checkTrace(t, tr, "say that it is ready")
	if last := tr.Steps[len(tr.Steps)-1]; !strings.HasPrefix(last.Call, "seccomp(") {
		t.Errorf("last step is %+v, want the load of the filter", last)
	}
}

// A container that is made has the steps up to the wait for its creator.
func TestTraceCreate(t *testing.T) {
	s, cfg := faultBundle(t)
	r := traced(&s, &cfg)
	p, err := s.Create(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := waitAndRemove(p); err != nil {
		t.Error(err)
	}
	tr := r.Trace()
	checkTrace(t, tr, "say that it is ready")
	if last := tr.Steps[len(tr.Steps)-1]; last.Wait == "" {
		t.Errorf("last step is %+v, want a wait", last)
	}
}

func TestTraceExec(t *testing.T) {
	_, _, c := running(t, nil)
	cfg := execConfig(c, t, "busybox", "true")
	cfg.Trace = trace.New("exec")
	if err := execTampered(t, c, cfg, nil); err != nil {
		t.Fatal(err)
	}
	steps := cfg.Trace.Trace().Steps
	if len(steps) < 20 || !inOrder(steps) || !strings.HasPrefix(steps[len(steps)-1].Call, "execve(") {
		t.Errorf("steps are %+v", steps)
	}
}

// A timed program reports the same steps as the program that was compiled, wherever it
// fails, and the trace ends with the step that failed.
func TestEveryStepFailsTraced(t *testing.T) {
	s, cfg := faultBundle(t)
	cfg.Spec.Process.Terminal = true
	f := startFaults(t, s, cfg)
	f.steps = third(f.steps, 2)[1:] // a program whose first step is another shares no times
	var r *trace.Recorder
	f.run = func(tamper func(*program.Program)) error {
		cfg := cfg
		r = traced(&s, &cfg)
		return runTampered(t, s, cfg, tamper)
	}
	f.check = func(n int, err error) {
		if steps := r.Trace().Steps; err != nil && n > 10 && (len(steps) == 0 || steps[len(steps)-1].Number >= n) {
			t.Errorf("step %d failed, and the trace ends with %+v", n, steps[max(len(steps)-1, 0):])
		}
	}
	if failed := f.fail(); failed < 50 {
		t.Errorf("only %d steps ran and failed", failed)
	}
}

func TestInitDiesAtEveryStepTraced(t *testing.T) {
	s, cfg := faultBundle(t)
	f := startFaults(t, s, cfg)
	f.steps = third(f.steps, 1)
	f.run = func(tamper func(*program.Program)) error {
		cfg := cfg
		traced(&s, &cfg)
		return runTampered(t, s, cfg, tamper)
	}
	if told, wrong := f.die(); told < 50 || wrong > 0 {
		t.Errorf("%d deaths were reported, %d others wrongly", told, wrong)
	}
}
