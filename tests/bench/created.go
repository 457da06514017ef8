package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memory is what a created container takes while its init waits for the start.
type memory struct {
	Name    string `json:"name"`
	RSS     int64  `json:"rss_kib"`     // VmRSS of the init
	Charged int64  `json:"charged_kib"` // to the memory cgroup, -1 if there is none
}

// measureCreated creates a container of each runtime, looks at their memory,
// measures their state commands, and deletes them.
func measureCreated(ctx context.Context, rounds int, list []*candidate) ([]memory, []figures, error) {
	var runtimes []*candidate
	var created []memory
	for _, c := range list {
		if c.root == "" {
			continue // the floor
		}
		m, err := c.create()
		if err != nil {
			return nil, nil, err
		}
		defer c.timed(c.command("delete", "--force", c.id)...)
		runtimes, created = append(runtimes, c), append(created, m)
	}
	states, err := measureAll(ctx, rounds, runtimes, (*candidate).state)
	return created, states, err
}

// create creates the candidate's container and returns what it takes.
func (c *candidate) create() (memory, error) {
	pidFile := filepath.Join(c.bundle, "pid")
	if _, err := c.timed(c.command("create", "--bundle", c.bundle, "--pid-file", pidFile, c.id)...); err != nil {
		return memory{}, err
	}
	pid, err := os.ReadFile(pidFile)
	if err != nil {
		return memory{}, err
	}
	proc := filepath.Join("/proc", string(pid))
	rss, err := residentSize(proc)
	if err != nil {
		return memory{}, err
	}
	return memory{Name: c.name, RSS: rss, Charged: memoryCharge(proc)}, nil
}

// residentSize returns the VmRSS of a process in KiB.
func residentSize(proc string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			return strconv.ParseInt(fields[1], 10, 64)
		}
	}
	return 0, fmt.Errorf("%s/status has no VmRSS", proc)
}

// memoryCharge returns what is charged to the memory cgroup of a process in
// KiB, or -1 if it cannot be found.
func memoryCharge(proc string) int64 {
	text, err := os.ReadFile(filepath.Join(proc, "cgroup"))
	if err != nil {
		return -1
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		for _, file := range chargeFiles(parts[1], parts[2]) {
			if n, err := readInt(file); err == nil {
				return n / 1024
			}
		}
	}
	return -1
}

// chargeFiles returns the files that may hold the charge of a cgroup.
func chargeFiles(controllers, path string) []string {
	switch controllers {
	case "memory":
		return []string{filepath.Join("/sys/fs/cgroup/memory", path, "memory.usage_in_bytes")}
	case "":
		return []string{filepath.Join("/sys/fs/cgroup", path, "memory.current")}
	}
	return nil
}

func readInt(file string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}
