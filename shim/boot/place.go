package boot

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// place moves a process into the cgroup that the option ShimCgroup names, on v1 in
// each hierarchy that has it. The cgroup must exist.
func place(pid int, cgroup string) error {
	if cgroup == "" {
		return nil
	}
	const top = "/sys/fs/cgroup"
	var joined bool
	for _, pattern := range []string{top, top + "/*"} {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, dir := range dirs {
			if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err != nil {
				continue // no hierarchy is mounted there
			}
			procs := filepath.Join(dir, cgroup, "cgroup.procs")
			err := os.WriteFile(procs, []byte(strconv.Itoa(pid)), 0)
			switch {
			case err == nil:
				joined = true
			case !os.IsNotExist(err):
				return fmt.Errorf("option ShimCgroup: %w", err)
			}
		}
		if joined {
			return nil
		}
	}
	return fmt.Errorf("option ShimCgroup: there is no cgroup %s", cgroup)
}

// protect gives the shim the OOM score of containerd, which started this process,
// plus one: for lack of memory the kernel kills the shim before containerd, and both
// last.
func protect(pid int) error {
	const most = 1000
	score, err := readScore(os.Getppid())
	if err != nil {
		return err
	}
	if score < most {
		score++
	}
	path := scorePath(pid)
	return os.WriteFile(path, []byte(strconv.Itoa(score)), 0)
}

func readScore(pid int) (int, error) {
	data, err := os.ReadFile(scorePath(pid))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

func scorePath(pid int) string { return "/proc/" + strconv.Itoa(pid) + "/oom_score_adj" }
