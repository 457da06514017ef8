package intelrdt

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// CheckUpdate refuses to change a class that others may use.
func (g *Group) CheckUpdate() error {
	if !g.Own {
		return fmt.Errorf("linux.intelRdt: the class of service %s may be shared (change %[1]s/schemata for everything in it)", g.Class)
	}
	return nil
}

// Update writes schemas to the container's own class. What they do not mention
// stays as it is.
func (g *Group) Update(cfg *specs.LinuxIntelRdt) error { return g.write(wanted(cfg)) }

// maxJoinRounds bounds how often JoinAll looks for new threads. Those that are
// started by some not yet in the group need another round.
const maxJoinRounds = 10

// JoinAll moves all threads of the processes that list returns into the group.
func (g *Group) JoinAll(list func() ([]int, error)) error {
	joined := map[int]bool{}
	for range maxJoinRounds {
		pids, err := list()
		if err != nil {
			return fmt.Errorf("linux.intelRdt: %w", err)
		}
		fresh := 0
		for _, tid := range threads(pids) {
			if joined[tid] {
				continue
			}
			joined[tid] = true
			fresh++
			if err := g.Join(tid); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
		if fresh == 0 {
			return nil
		}
	}
	return errors.New("linux.intelRdt: the container starts threads faster than they can join its group")
}

// threads returns the threads of processes, as far as these exist.
func threads(pids []int) (tids []int) {
	for _, pid := range pids {
		entries, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
		if err != nil {
			continue
		}
		for _, e := range entries {
			if tid, err := strconv.Atoi(e.Name()); err == nil {
				tids = append(tids, tid)
			}
		}
	}
	return tids
}
