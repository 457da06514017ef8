package cgroup

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// withDescriptors leaves this process so many free descriptors.
func withDescriptors(t *testing.T, free int) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	// Numbers that are free between those in use would be counted as taken.
	limit := fillDescriptors(t) + free
	low := unix.Rlimit{Cur: uint64(limit), Max: old.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Setrlimit(unix.RLIMIT_NOFILE, &old) })
}

// fillDescriptors takes the free numbers below the highest descriptor of this
// process until the test ends, and returns the lowest that is free then.
func fillDescriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	highest := 0
	for _, entry := range open {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		highest = max(highest, fd)
	}
	for {
		fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if fd > highest {
			unix.Close(fd)
			return fd
		}
		t.Cleanup(func() { unix.Close(fd) })
	}
}

// A container may have more processes than its runtime can have descriptors.
func TestKillManyProcesses(t *testing.T) {
	for _, sig := range []unix.Signal{unix.SIGKILL, unix.SIGTERM} {
		t.Run(unix.SignalName(sig), func(t *testing.T) {
			c := newConfig(t)
			c.Hierarchies = slices.DeleteFunc(c.Hierarchies, func(h Hierarchy) bool { return h.unified() })
			if len(c.Hierarchies) == 0 {
				t.Skip("no cgroup v1 here")
			}
			create(t, c)
			const many = 150
			cmd := start(t, c, "i=0; while [ $((i += 1)) -lt 150 ]; do sleep 1000 & done; exec sleep 1000")
			eventually(t, "all processes", func() bool { pids, _ := c.Procs(); return len(pids) == many })
			withDescriptors(t, 20)
			if err := c.Kill(context.Background(), sig); err != nil {
				t.Fatal(err)
			}
			if got := endOf(t, cmd); got != sig {
				t.Errorf("the first ended by %v", got)
			}
			eventually(t, "no process is left", func() bool { pids, err := c.Procs(); return len(pids) == 0 && err == nil })
		})
	}
}

// Processes that fit just so, and leave no descriptor to list them with, are
// signalled too.
func TestSignalWithLastDescriptor(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		const many = 20
		start(t, c, "i=0; while [ $((i += 1)) -lt 20 ]; do sleep 1000 & done; exec sleep 1000")
		eventually(t, "all processes", func() bool { pids, _ := c.Procs(); return len(pids) == many })
		for free := many; free < many+spareDescriptors; free++ {
			t.Run(strconv.Itoa(free), func(t *testing.T) {
				withDescriptors(t, free)
				if err := c.Kill(context.Background(), unix.SIGCONT); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// Where the processes cannot be listed while even one is open, it is an error.
func TestSignalWithoutDescriptors(t *testing.T) {
	each(t, func(t *testing.T, c *Config) {
		create(t, c)
		start(t, c, "exec sleep 1000")
		for free := range 3 { // a directory, its file and the process are three
			t.Run(strconv.Itoa(free), func(t *testing.T) {
				withDescriptors(t, free)
				if err := c.Kill(context.Background(), unix.SIGTERM); !errors.Is(err, unix.EMFILE) {
					t.Errorf("Kill = %v, want EMFILE", err)
				}
			})
		}
	})
}

// What is left of the batch when descriptors run out is dealt with before they
// are needed, and nothing is forgotten.
func TestSignallerGivesBack(t *testing.T) {
	fd := func() int {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	s := signaller{batch: map[int]opened{}}
	pids := []int{1, 2, 3, 4, 5, 6, 7, 8} // of which 2 and 7 were gone
	for _, pid := range []int{1, 3, 4, 5, 6, 8} {
		s.batch[pid] = opened{process{pid, 0}, fd()}
	}
	defer s.close()
	if n := s.giveBack(pids); n != 3 || len(s.batch) != 2 {
		t.Errorf("%d pids are dealt with, %v are open, want 3, and 1 and 3", n, s.batch)
	}
}

// The pid of a thread is no process, as the kernel says by one error or
// another. It is left out.
func TestSignalThread(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tid := unix.Gettid()
	if tid == os.Getpid() {
		done := make(chan int)
		go func() {
			runtime.LockOSThread()
			done <- unix.Gettid()
			<-done
		}()
		tid = <-done
		defer func() { done <- 0 }()
	}
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	s := signaller{batch: map[int]opened{}}
	for _, pid := range []int{tid, dead.Process.Pid} {
		if err := s.openOne(pid); err != nil || len(s.batch) != 0 {
			t.Errorf("%d: %v, %v", pid, err, s.batch)
		}
	}
}
