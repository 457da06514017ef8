package mountinfo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got := Parse(`30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
31 30 0:28 /a\134b /mnt/with\040space\011tab\043 rw,relatime shared:9 master:1 - cgroup cgroup rw,cpuacct,cpu
32 1 8:1 / / rw - fuse.x /dev/sda1 rw
35 1 8:1 / /no` + "\u00a0break\r\v" + ` rw - ext4 /dev/sda1 rw
nonsense - cgroup
33 30 0:36 / /cut rw - cgroup
`)
	want := []Mount{
		{ID: "30", Parent: "22", Root: "/", Point: "/sys/fs/cgroup", Type: "tmpfs", Super: "rw,mode=755"},
		{ID: "31", Parent: "30", Root: `/a\b`, Point: "/mnt/with space\ttab#", Type: "cgroup", Super: "rw,cpuacct,cpu"},
		{ID: "32", Parent: "1", Root: "/", Point: "/", Type: "fuse.x", Super: "rw"},
		{ID: "35", Parent: "1", Root: "/", Point: "/no\u00a0break\r\v", Type: "ext4", Super: "rw"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}
