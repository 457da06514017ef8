package netdevice

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const devHeader = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`

func TestParseDev(t *testing.T) {
	got, err := parseDev(devHeader + "    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n" +
		"  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth0:1:18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n")
	if err == nil {
		t.Errorf("%v: an alias is taken for a device", got)
	}
	got, err = parseDev(devHeader + "    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n" +
		"  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n  eth1:18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n")
	want := []Counters{{"eth0", 1, 2, 3, 4, 9, 10, 11, 12}, {Name: "eth1", RxBytes: 1<<64 - 1}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, "(-want +got)\n"+d)
	}
	for _, line := range []string{"eth0: 1 2 3\n", "eth0: 1 2 3 4 5 6 7 x 9 10 11 12 13 14 15 16\n"} {
		if _, err := parseDev(devHeader + line); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	if list, err := parseDev(devHeader); list != nil || err != nil {
		t.Error(list, err)
	}
}

func TestCount(t *testing.T) {
	if _, err := Count(os.Getpid()); err != nil {
		t.Error(err)
	}
	if _, err := Count(1 << 30); err == nil {
		t.Error("a process that does not exist has devices")
	}
}
