package trace

import (
	"bufio"
	"io"
	"time"

	"github.com/oci-rt/rt/internal/plainjson"
)

// event is an event of Chrome's trace format ("Trace Event Format"), which
// Perfetto and chrome://tracing open. Times are in microseconds.
type event struct {
	Name  string   `json:"name"`
	Cat   string   `json:"cat,omitempty"`
	Type  string   `json:"ph"`
	Scope string   `json:"s,omitempty"`
	Time  float64  `json:"ts"`
	Took  *float64 `json:"dur,omitempty"`
	Pid   int      `json:"pid"`
	Tid   int      `json:"tid"`
	Args  *args    `json:"args,omitempty"`
}

type args struct {
	Name    string `json:"name,omitempty"`    // of a process or thread
	Setting string `json:"setting,omitempty"` // JSON path
	Step    *int   `json:"step,omitempty"`
	Call    string `json:"call,omitempty"`
	Waits   string `json:"waits for,omitempty"`
	Errno   string `json:"errno,omitempty"`
}

// chromeWriter writes events, each on a line.
type chromeWriter struct {
	*bufio.Writer
	separator string
}

func (w *chromeWriter) event(e event) {
	w.WriteString(w.separator)
	w.Write(plainjson.Append(nil, e))
	w.separator = ",\n"
}

// WriteChrome writes the trace in Chrome's trace format, in its form of an
// object: complete events ("X") of the creator, and of the init its phases with
// the steps in them.
func (t *Trace) WriteChrome(to io.Writer) error {
	w := &chromeWriter{bufio.NewWriter(to), ""}
	w.WriteString("{\"displayTimeUnit\":\"ms\",\"otherData\":")
	w.Write(plainjson.Append(nil, map[string]string{"title": t.Title, "begin": t.Begin, "error": t.Error}))
	w.WriteString(",\"traceEvents\":[\n")
	w.name("process_name", t.Creator, t.Creator, t.Title)
	w.name("thread_name", t.Creator, t.Creator, "creator")
	for i := range t.Spans {
		s := &t.Spans[i]
		w.event(complete(s.Name, category("creator", s.Wait), t.Creator, t.Creator, s.Begin, s.End, nil))
	}
	if t.Init != 0 {
		t.writeInit(w)
	}
	if t.Error != "" {
		w.event(event{Name: t.Error, Cat: "error", Type: "i", Scope: "g", Time: micros(t.Total), Pid: t.Creator, Tid: t.Creator})
	}
	w.WriteString("\n]}\n")
	return w.Flush()
}

// sideThread is the number of the thread that stands for processes that the
// program has split off: their pids are not known.
const sideThread = 0

func (t *Trace) writeInit(w *chromeWriter) {
	w.name("process_name", t.Init, t.Init, "init")
	w.name("thread_name", t.Init, t.Init, "program")
	for _, p := range t.Phases() {
		w.event(complete(p.Name, "phase", t.Init, t.Init, p.Begin, p.End, nil))
	}
	for i := range t.Steps {
		s := &t.Steps[i]
		thread := t.Init
		if s.Side {
			thread = sideThread
		}
		a := &args{Setting: s.Path, Step: &s.Number, Call: s.Call, Waits: s.Wait, Errno: s.Errno}
		w.event(complete(s.What, category("step", s.Wait != ""), t.Init, thread, s.Begin, s.End, a))
	}
}

// name gives a process or a thread its name.
func (w *chromeWriter) name(what string, pid, tid int, name string) {
	w.event(event{Name: what, Type: "M", Pid: pid, Tid: tid, Args: &args{Name: name}})
}

func category(kind string, wait bool) string {
	if wait {
		return kind + ",wait"
	}
	return kind
}

func complete(name, category string, pid, tid int, begin, end time.Duration, a *args) event {
	took := micros(end - begin)
	return event{Name: name, Cat: category, Type: "X", Time: micros(begin), Took: &took, Pid: pid, Tid: tid, Args: a}
}

func micros(d time.Duration) float64 { return float64(d) / 1e3 }
