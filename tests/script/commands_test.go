package script

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/oci-rt/rt/tests/bundle"
	"github.com/oci-rt/rt/tests/need"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// commands are what scripts can do besides the commands of testscript.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"need":    cmdNeed,
	"bundle":  cmdBundle,
	"setjson": cmdSetJSON,
	"deljson": cmdDeleteJSON,
	"rt":      cmdRT,
	"status":  cmdStatus,
	"join":    cmdJoin,
	"signal":  cmdSignal,
	"await":   cmdAwait,
	"grow":    cmdGrow,
	"json":    cmdJSON,
	"alive":   cmdAlive,
	"tty":     cmdTTY,
	"type":    cmdType,
	"resize":  cmdResize,
	"listen":  cmdListen,
	"receive": cmdReceive,
	"pidfd":   cmdPidfd,
	"systemd": cmdSystemd,
	"counter": cmdCounter,
	"port":    cmdPort,
	"unit":    cmdUnit,
	"profile": cmdProfile,

	"label":    cmdLabel,
	"labelled": cmdLabelled,
	"keylabel": cmdKeyLabel,
}

// need root: skips the script, or fails it where everything must work.
func cmdNeed(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) == 0, "need WHAT...")
	for _, what := range args {
		if err := need.Named(stageOf(ts).tb, what); err != nil {
			ts.Fatalf("%v", err)
		}
	}
}

// profile FILE: loads AppArmor profiles until the end of the script.
func cmdProfile(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "profile FILE")
	file := ts.MkAbs(args[0])
	ts.Defer(func() { _ = ts.Exec("apparmor_parser", "--remove", file) })
	ts.Check(ts.Exec("apparmor_parser", "--replace", "--skip-cache", file))
}

// bundle DIR [ARG...]: makes a bundle whose process has these arguments.
func cmdBundle(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) == 0, "bundle DIR [ARG...]")
	s := stageOf(ts)
	dir := ts.MkAbs(args[0])
	ts.Check(bundle.Make(bundle.Config{Dir: dir, Runtime: binary, Busybox: need.Busybox(s.tb), Tag: s.mark.Tag}))
	if len(args) > 1 {
		ts.Check(bundle.EditFile(filepath.Join(dir, "config.json"), bundle.Set{Pointer: "/process/args", Value: args[1:]}))
	}
}

// setjson FILE POINTER VALUE|@FILE: sets a value in a JSON file.
func cmdSetJSON(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 3, "setjson FILE POINTER VALUE|@FILE")
	text := args[2]
	if file, ok := strings.CutPrefix(text, "@"); ok {
		text = ts.ReadFile(file)
	}
	value, err := bundle.DecodeJSON([]byte(text))
	if err != nil {
		ts.Fatalf("setjson: value %q: %v", text, err)
	}
	ts.Check(bundle.EditFile(ts.MkAbs(args[0]), bundle.Set{Pointer: args[1], Value: value}))
}

// deljson FILE POINTER: deletes a value from a JSON file.
func cmdDeleteJSON(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "deljson FILE POINTER")
	ts.Check(bundle.EditFile(ts.MkAbs(args[0]), bundle.Delete{Pointer: args[1]}))
}

// [!] rt [<FILE] [>FILE] ARG... [&NAME]: runs rt, in the background under a
// name for join and signal.
func cmdRT(ts *testscript.TestScript, neg bool, args []string) {
	s := stageOf(ts)
	if name, ok := strings.CutPrefix(last(args), "&"); ok && name != "" {
		usage(ts, neg, "rt ARG... &NAME")
		s.background[name] = startRT(ts, args[:len(args)-1])
		return
	}
	s.status = startRT(ts, args).wait(ts)
	checkStatus(ts, neg, s.status)
}

// [!] join NAME: waits for an rt in the background.
func cmdJoin(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) != 1, "join NAME")
	s := stageOf(ts)
	p := s.background[args[0]]
	usage(ts, p == nil, "join NAME, of an rt in the background")
	delete(s.background, args[0])
	s.status = p.wait(ts)
	closeTerminal(ts, args[0])
	checkStatus(ts, neg, s.status)
}

func checkStatus(ts *testscript.TestScript, neg bool, status int) {
	switch {
	case status < 0:
		ts.Fatalf("rt was killed by a signal")
	case status == 0 && neg:
		ts.Fatalf("rt succeeded")
	case status != 0 && !neg:
		ts.Fatalf("rt exited with status %d", status)
	}
}

// status N: the exit status of the last rt.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "status N")
	if got := strconv.Itoa(stageOf(ts).status); got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// signal NAME SIG: signals an rt in the background.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "signal NAME SIG")
	p, sig := stageOf(ts).background[args[0]], unix.SignalNum("SIG"+args[1])
	usage(ts, p == nil || sig == 0, "signal NAME SIG, of an rt in the background")
	ts.Check(p.cmd.Process.Signal(sig))
}

// pollTimeout bounds the wait for what is about to happen.
const pollTimeout = 20 * time.Second

func poll(ts *testscript.TestScript, what string, done func() bool) {
	for deadline := time.Now().Add(pollTimeout); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("%s: not so after %v", what, pollTimeout)
		}
	}
}

// await STATUS ID: waits until a container has this status.
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "await STATUS ID")
	poll(ts, "await "+args[0], func() bool {
		out, _ := exec.Command(binary, "--root", ts.Getenv("ROOT"), "state", args[1]).Output()
		var state struct{ Status string }
		return json.Unmarshal(out, &state) == nil && state.Status == args[0]
	})
}

// grow FILE PATTERN: waits until a file has a line that matches.
func cmdGrow(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "grow FILE PATTERN")
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	poll(ts, "grow "+args[0], func() bool {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			ts.Fatalf("grow: %v", err)
		}
		return pattern.Match(data)
	})
}

// json FILE POINTER PATTERN: the file holds exactly one JSON value, and the
// value that the pointer says matches when it is written as JSON.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 3, "json FILE POINTER PATTERN")
	pattern, err := regexp.Compile(args[2])
	ts.Check(err)
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var doc json.RawMessage
	ts.Check(decoder.Decode(&doc))
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("json: %s holds more than one value", args[0])
	}
	value, err := bundle.Lookup(doc, args[1])
	ts.Check(err)
	text, err := json.Marshal(value)
	ts.Check(err)
	if !pattern.Match(text) {
		ts.Fatalf("json: %s is %s, which does not match %s", args[1], text, args[2])
	}
}

// [!] alive PIDFILE: the process of a pid file runs, or ends soon.
func cmdAlive(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) != 1, "alive PIDFILE")
	pid, err := strconv.Atoi(ts.ReadFile(args[0]))
	ts.Check(err) // also a newline behind the pid
	if neg {
		poll(ts, fmt.Sprintf("end of process %d", pid), func() bool { return !running(pid) })
	} else if !running(pid) {
		ts.Fatalf("process %d does not run", pid)
	}
}

// running reports whether a process runs and is no zombie.
func running(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return err == nil && !strings.Contains(string(data), "State:\tZ")
}

func last(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[len(args)-1]
}

func usage(ts *testscript.TestScript, wrong bool, text string) {
	if wrong {
		ts.Fatalf("usage: %s", text)
	}
}
