package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/oci-rt/rt/internal/term"
	"github.com/oci-rt/rt/libcontainer"
)

// usage is what a container uses of one resource, as text.
type usage struct {
	name, used, rate, limit string
	part                    float64 // of the limit
}

// barWidth is how many characters stand for the whole limit.
const barWidth = 20

// bar shows the part of the limit, or nothing if there is none.
func (u usage) bar() string {
	if u.limit == "" {
		return ""
	}
	n := min(barWidth, max(0, int(u.part*barWidth+0.5)))
	return fmt.Sprintf("[%s%s] %3.0f %%", strings.Repeat("#", n), strings.Repeat("-", barWidth-n), u.part*100)
}

// usages compares two readings. cpus is the limit of CPU time, or 0.
func usages(before, now *libcontainer.Stats, passed time.Duration, cpus float64) []usage {
	list := []usage{
		cpuUsage(before.CPU.Usage.Total, now.CPU.Usage.Total, passed, cpus),
		memoryUsage("memory", now.Memory.Usage.Usage, now.Memory.Usage.Limit),
	}
	if swap := now.Memory.Swap; swap.Limit != 0 || swap.Usage != 0 {
		list = append(list, memoryUsage("memory+swap", swap.Usage, swap.Limit))
	}
	processes := usage{name: "processes", used: strconv.FormatUint(now.Pids.Current, 10)}
	if n := now.Pids.Limit; n > 0 {
		processes.limit, processes.part = strconv.FormatUint(n, 10), float64(now.Pids.Current)/float64(n)
	}
	list = append(list, processes)
	for _, op := range []struct{ name, op string }{{"disk read", "read"}, {"disk written", "write"}} {
		list = append(list, counter(op.name, transferred(before, op.op), transferred(now, op.op), passed))
	}
	return append(list, networkUsage(before, now, passed)...)
}

// cpuUsage takes nanoseconds of CPU time. A rate of 100 % is one CPU.
func cpuUsage(before, now uint64, passed time.Duration, cpus float64) usage {
	rate := float64(growth(before, now)) / float64(max(1, passed.Nanoseconds()))
	u := usage{name: "cpu", used: strconv.FormatFloat(float64(now)/1e9, 'f', 2, 64) + " s", rate: percent(rate)}
	if cpus > 0 {
		u.limit, u.part = percent(cpus), rate/cpus
	}
	return u
}

func percent(f float64) string { return strconv.FormatFloat(f*100, 'f', 1, 64) + " %" }

// noLimit is what a limit of memory begins with that is none: v1 has the greatest
// number of pages, in bytes.
const noLimit = 1 << 62

func memoryUsage(name string, used, limit uint64) usage {
	u := usage{name: name, used: size(used)}
	if limit > 0 && limit < noLimit {
		u.limit, u.part = size(limit), float64(used)/float64(limit)
	}
	return u
}

// counter is a usage that only grows.
func counter(name string, before, now uint64, passed time.Duration) usage {
	perSecond := float64(growth(before, now)) / max(passed.Seconds(), 1e-9)
	return usage{name: name, used: size(now), rate: size(uint64(perSecond))}
}

// growth is 0 for a counter that begins anew.
func growth(before, now uint64) uint64 { return max(before, now) - before }

// transferred adds up the bytes of all devices. v1 and v2 spell the operation in
// different ways.
func transferred(s *libcontainer.Stats, op string) (sum uint64) {
	for _, b := range s.BlockIO.ServiceBytes {
		if strings.EqualFold(b.Op, op) {
			sum += b.Value
		}
	}
	return sum
}

func networkUsage(before, now *libcontainer.Stats, passed time.Duration) (list []usage) {
	for _, n := range now.NetworkInterfaces {
		var received, sent uint64
		for _, b := range before.NetworkInterfaces {
			if b.Name == n.Name {
				received, sent = b.RxBytes, b.TxBytes
			}
		}
		name := term.Printable(n.Name) // the container's root can change it
		list = append(list, counter(name+" received", received, n.RxBytes, passed), counter(name+" sent", sent, n.TxBytes, passed))
	}
	return list
}

// size returns a number of bytes in a unit that leaves few digits.
func size(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	f, i := float64(n), 0
	for ; f >= 1024 && i < len(units)-1; i++ {
		f /= 1024
	}
	if i == 0 {
		return strconv.FormatUint(n, 10) + " B"
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + units[i]
}
