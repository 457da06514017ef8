package main

import (
	"os/exec"
	"syscall"
	"time"
)

// sample is what one command took, with the children it waited for.
type sample struct {
	wall, cpu time.Duration // cpu: user and system
	faults    int64         // of pages, that needed no reading
	switches  int64         // of contexts
}

// plus adds what further commands took.
func (s sample) plus(more ...sample) sample {
	for _, m := range more {
		s.wall += m.wall
		s.cpu += m.cpu
		s.faults += m.faults
		s.switches += m.switches
	}
	return s
}

// timed runs a command and measures it.
func timed(cmd *exec.Cmd) (sample, error) {
	start := time.Now()
	err := cmd.Run()
	s := sample{wall: time.Since(start)}
	if cmd.ProcessState == nil {
		return s, err
	}
	s.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.faults, s.switches = int64(u.Minflt), int64(u.Nvcsw+u.Nivcsw)
	}
	return s, err
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
