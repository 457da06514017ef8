package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/golden"
	"golang.org/x/sys/unix"
)

// hostile is a text that a page or a terminal could take for something else.
const hostile = "</script><script>document.title='owned'</script><!--\x1b]0;owned\x07\u2028&amp;"

// testProgram has two phases, a fork, a wait and a setting with a hostile name.
// It returns the program and the numbers of its calls.
func testProgram(t *testing.T) (*program.Program, []int) {
	t.Helper()
	b := program.NewBuilder("sync")
	b.Phase("first")
	b.ShareProgress()
	b.At("mounts[0]", hostile)
	b.Doing("mount tmpfs")
	b.Umask(0)
	b.At("", "")
	b.Doing("fork")
	child := b.NewLabel()
	pid := b.ForkSibling(0).Result("pid")
	b.JumpIf(pid, ^uint64(0), 0, child)
	b.Doing("end the parent")
	b.ExitGroup(0)
	b.Bind(child)
	b.Phase("second")
	b.Doing("wait for the creator")
	b.Read(program.Imm(3), b.Buffer(8), 8).Retry()
	b.Doing("end")
	b.ExitGroup(0)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	var calls []int
	for n := program.Entry + 1; n < len(p.Steps); n++ {
		if _, ok := p.SystemCall(n); ok {
			calls = append(calls, n)
		}
	}
	return p, calls
}

// testTrace is a trace whose times do not depend on the machine.
func testTrace(t *testing.T) *Trace {
	t.Helper()
	p, calls := testProgram(t)
	begins := map[int]time.Duration{}
	for i, n := range calls {
		begins[n] = time.Duration(2+i) * time.Millisecond
	}
	tr := &Trace{
		Title: "rt run c1", Begin: "2026-11-29T12:00:00Z", Total: 9 * time.Millisecond, Creator: 100, Init: 101,
		Spans: []Span{
			{Name: "read the configuration", End: 1500 * time.Microsecond},
			{Name: "the init has come to the end", Wait: true, Begin: 1500 * time.Microsecond, End: 9 * time.Millisecond},
		},
	}
	tr.Steps = steps(p, slices.Clone(calls), begins, map[int]string{calls[4]: "its creator"}, 9*time.Millisecond)
	return tr
}

func TestSteps(t *testing.T) {
	var got []string
	for _, s := range testTrace(t).Steps {
		what, _, _ := strings.Cut(s.What, "<")
		got = append(got, fmt.Sprintf("%s %s %v-%v %v %s", s.Phase, what, s.Begin, s.End, s.Side, s.Wait))
	}
	want := []string{
		"first start the init 2ms-3ms false ",
		"first mounts[0] ( 3ms-4ms false ",
		"first fork 4ms-6ms false ",
		"first end the parent 5ms-5ms true ",
		"second wait for the creator 6ms-7ms false its creator",
		"second end 7ms-9ms false ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTable(t *testing.T) {
	tr := testTrace(t)
	tr.Error = "mounts[0]: mount tmpfs: invalid argument"
	var out bytes.Buffer
	if err := tr.WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "table.txt", out.Bytes())
}

// TestChrome checks the rules of the format: complete events have a time and a
// duration, and what lies on one thread is nested.
func TestChrome(t *testing.T) {
	tr := testTrace(t)
	tr.Steps[1].Errno = "EPERM"
	tr.Error = hostile
	var out bytes.Buffer
	if err := tr.WriteChrome(&out); err != nil {
		t.Fatal(err)
	}
	var file struct {
		TraceEvents []struct {
			Name, Cat, Ph string
			Ts, Dur       *float64
			Pid, Tid      *int
			Args          map[string]any
		}
	}
	if err := json.Unmarshal(out.Bytes(), &file); err != nil {
		t.Fatalf("%v:\n%s", err, out.Bytes())
	}
	kinds := map[string]int{}
	ends := map[string][]float64{}
	for _, e := range file.TraceEvents {
		kinds[e.Ph+" "+e.Cat]++
		if e.Ts == nil || e.Pid == nil || e.Tid == nil || e.Name == "" {
			t.Fatalf("event is not whole: %+v", e)
		}
		if e.Ph != "X" {
			continue
		}
		thread, end := fmt.Sprint(*e.Pid, *e.Tid), *e.Ts+*e.Dur
		open := slices.DeleteFunc(ends[thread], func(until float64) bool { return until <= *e.Ts })
		if len(open) > 0 && open[len(open)-1] < end {
			t.Errorf("%s ends at %v, behind %v, in which it begins", e.Name, end, open)
		}
		ends[thread] = append(open, end)
		if e.Args["errno"] == "EPERM" && e.Args["setting"] != "mounts[0]" {
			t.Errorf("failed step has %v", e.Args)
		}
	}
	want := map[string]int{"M ": 4, "X creator": 1, "X creator,wait": 1, "X phase": 2, "X step": 5, "X step,wait": 1, "i error": 1}
	if fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("events are %v, want %v", kinds, want)
	}
}

// TestHTML: nothing in the trace is taken for a part of the page.
func TestHTML(t *testing.T) {
	tr := testTrace(t)
	tr.Title, tr.Error = hostile, hostile
	tr.Spans[0].Name = hostile
	var out bytes.Buffer
	if err := tr.WriteHTML(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if n := strings.Count(text, "</script>"); n != 2 {
		t.Errorf("page has %d ends of scripts, want 2", n)
	}
	_, data, _ := strings.Cut(text, `id="trace">`)
	data, _, _ = strings.Cut(data, "</script>")
	var back Trace
	if err := json.Unmarshal([]byte(data), &back); err != nil {
		t.Fatal(err)
	}
	if back.Title != hostile || len(back.Steps) != len(tr.Steps) {
		t.Errorf("trace came back as %q, with %d steps", back.Title, len(back.Steps))
	}
	for _, outside := range []string{"http:", "https:", "src=", "@import", "innerHTML", placeholder} {
		if strings.Contains(text, outside) {
			t.Errorf("page contains %s", outside)
		}
	}
}

// A recorder does not believe times that cannot be.
func TestRecorder(t *testing.T) {
	p, calls := testProgram(t)
	r := New("test")
	r.Did("begin %d", 1)
	r.Waits()
	r.Did("wait")
	r.Did("end")
	now := r.monotonic + int64(time.Since(r.begin))
	times := make([]int64, len(p.Steps)+5)
	times[calls[0]], times[calls[1]] = r.monotonic-1, now // before it began
	times[calls[2]], times[calls[3]] = now+int64(time.Hour), 1<<62
	times[len(p.Steps)+1] = now // no such step
	r.Steps(p, 7, times, nil)
	r.Steps(p, 8, make([]int64, len(p.Steps)), nil) // counts no more
	r.Failed(errors.New("why"), calls[1], unix.EIO)
	tr := r.Trace()
	if len(tr.Steps) != 1 || tr.Steps[0].Number != calls[1] || tr.Steps[0].Errno != "EIO" || tr.Error != "why" || tr.Init != 7 {
		t.Errorf("steps are %+v of %d, error %q", tr.Steps, tr.Init, tr.Error)
	}
	if len(tr.Spans) != 3 || tr.Spans[0].Name != "begin 1" || tr.Spans[0].Wait || !tr.Spans[1].Wait || tr.Spans[2].Wait {
		t.Errorf("spans are %+v", tr.Spans)
	}
	for i := 1; i < len(tr.Spans); i++ {
		if tr.Spans[i].Begin != tr.Spans[i-1].End {
			t.Errorf("there is a gap before %+v", tr.Spans[i])
		}
	}
}

// A nil recorder does nothing, and costs no memory.
func TestNilRecorder(t *testing.T) {
	var r *Recorder
	if n := testing.AllocsPerRun(100, func() {
		r.Did("what")
		r.Waits()
		r.Steps(nil, 0, nil, nil)
		r.Failed(nil, 0, 0)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
