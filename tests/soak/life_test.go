package soak

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Chances of what is rare, one in so many.
const (
	killedOne = 40  // commands, of all
	elderOne  = 4   // lives after which something is done to the container that stays
	savedOne  = 100 // lives that are saved and restored
)

func (s *soak) oneIn(n int) bool { return s.random.IntN(n) == 0 }

// live has one container live.
func (s *soak) live(n int) {
	s.t.Helper()
	names := s.bundleNames()
	kind := names[n%len(names)]
	if n >= len(names) { // when each has lived once
		kind = names[s.random.IntN(len(names))]
	}
	l := &life{soak: s, kind: kind, id: s.id(fmt.Sprint(n))}
	l.live()
	s.terminals.hangUp()
	s.forget(l.id)
	s.checkEmpty(kind)
	if s.oneIn(elderOne) {
		elder := &life{soak: s, kind: "elder", id: s.id("elder"), stays: true}
		elder.act()
		s.terminals.hangUp()
	}
}

// life is one of a container.
type life struct {
	*soak
	kind, id string
	stays    bool // no command of it is killed
	over     bool // one was
}

// live makes a container, does this and that with it, and ends it.
func (l *life) live() {
	l.t.Helper()
	if l.oneIn(8) && l.kind != "terminal" {
		l.do("run", "--bundle", l.path(short+l.kind), l.id)
		return
	}
	l.begin()
	for range l.random.IntN(4) {
		l.act()
	}
	if l.criu && l.oneIn(savedOne) && slices.Contains([]string{"plain", "docker", "hooks"}, l.kind) {
		l.save()
	}
	l.end()
}

// begin creates and starts the container.
func (l *life) begin() {
	l.t.Helper()
	flags := []string{"--bundle", l.path(l.kind), "--pid-file", l.path("pid")}
	if l.kind == "terminal" {
		flags = append(flags, "--console-socket", l.console)
	}
	flags = append(flags, l.id)
	if l.oneIn(2) {
		l.do("run", append([]string{"--detach"}, flags...)...)
		return
	}
	l.do("create", flags...)
	if l.oneIn(20) {
		l.over = true // it is never started
	}
	l.do("start", l.id)
}

// act does one thing with a container that runs, which runs on.
func (l *life) act() {
	l.t.Helper()
	switch l.random.IntN(8) {
	case 0:
		l.do("exec", l.id, "true")
	case 1:
		l.do("exec", "--detach", "--pid-file", l.path("pid"), l.id, "sleep", "0.01")
	case 2:
		l.do("exec", "--detach", "--tty", "--console-socket", l.console, l.id, "true")
	case 3:
		l.do("pause", l.id)
		l.do("resume", l.id)
	case 4:
		l.do("update", "--memory", fmt.Sprint(100<<20+l.random.IntN(100)<<20), "--cpu-share", "600", "--pids-limit", "90", l.id)
	case 5:
		l.do("events", "--stats", l.id)
		l.do("list")
	case 6:
		l.do("ps", l.id)
		l.do("state", l.id)
	case 7:
		l.do("kill", l.id, "CONT")
	}
}

// save saves the container, which ends it, and restores it.
func (l *life) save() {
	l.t.Helper()
	images := l.path("images")
	defer func() { _ = os.RemoveAll(images) }()
	l.do("checkpoint", "--image-path", images, l.id)
	l.do("restore", "--detach", "--bundle", l.path(l.kind), "--image-path", images, l.id)
}

// end ends the container in one of the ways that engines have.
func (l *life) end() {
	l.t.Helper()
	if l.over {
		return
	}
	switch l.random.IntN(4) {
	case 0: // it is deleted by force while it runs
	case 1:
		l.do("pause", l.id)
	default:
		l.do("kill", "--all", l.id, "KILL")
		if !l.over {
			l.await(l.id, "stopped")
			l.do("delete", l.id)
		}
	}
}

// do runs a command, or kills it half-way, which is the end of the life.
func (l *life) do(command string, args ...string) {
	l.t.Helper()
	if l.over || l.t.Failed() {
		return
	}
	args = append([]string{command}, args...)
	if !l.stays && l.oneIn(killedOne) {
		l.killed++
		l.over = true
		_, _ = l.rt(time.Duration(1+l.random.Int64N(int64(usual(command)))), args...)
		return
	}
	l.done[command]++
	out, state := l.rt(0, args...)
	if !state.Success() || strings.Contains(out, "warning") {
		l.t.Errorf("%s: rt %q: %v: %s", l.kind, args, state, out)
	}
}

// usual is about how long a command takes.
func usual(command string) time.Duration {
	switch command {
	case "checkpoint", "restore":
		return 300 * time.Millisecond
	case "create", "run":
		return 30 * time.Millisecond
	}
	return 12 * time.Millisecond
}
