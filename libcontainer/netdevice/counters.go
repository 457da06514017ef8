package netdevice

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Counters is what a network device has received and sent. Its layout as JSON
// is that of runc's event "stats".
type Counters struct {
	Name      string `json:"Name"`
	RxBytes   uint64 `json:"RxBytes"`
	RxPackets uint64 `json:"RxPackets"`
	RxErrors  uint64 `json:"RxErrors"`
	RxDropped uint64 `json:"RxDropped"`
	TxBytes   uint64 `json:"TxBytes"`
	TxPackets uint64 `json:"TxPackets"`
	TxErrors  uint64 `json:"TxErrors"`
	TxDropped uint64 `json:"TxDropped"`
}

// Count returns the counters of all devices but the loopback one in the network
// namespace of a process.
func Count(pid int) ([]Counters, error) {
	path := "/proc/" + strconv.Itoa(pid) + "/net/dev"
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, err := parseDev(string(content))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return list, nil
}

// The places of the counters after a device's name (proc_pid_net(5)).
const (
	rxBytes, txBytes = 0, 8
	devFields        = 16
)

// parseDev parses a file of /proc/<pid>/net/dev, which has two lines of
// headings.
func parseDev(content string) ([]Counters, error) {
	var list []Counters
	for line := range strings.Lines(content) {
		name, rest, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); !ok || name == "lo" {
			continue
		}
		var n [devFields]uint64
		fields := strings.Fields(rest)
		if len(fields) < devFields {
			return nil, fmt.Errorf("%q: %d counters, want %d", name, len(fields), devFields)
		}
		for i := range n {
			var err error
			if n[i], err = strconv.ParseUint(fields[i], 10, 64); err != nil {
				return nil, fmt.Errorf("%q: %w", name, err)
			}
		}
		rx, tx := n[rxBytes:], n[txBytes:]
		list = append(list, Counters{name, rx[0], rx[1], rx[2], rx[3], tx[0], tx[1], tx[2], tx[3]})
	}
	return list, nil
}
