package cgroup

import (
	"fmt"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

const blockIOPath = "linux.resources.blockIO"

// blockIOLimits returns the limits of blockIO. Leaf weights, which the CFQ
// scheduler had, are a limit of their own: no kernel since Linux 5.0 can have
// them, and cgroup v2 never had.
func blockIOLimits(b *specs.LinuxBlockIO) []limit {
	if b == nil {
		return nil
	}
	limits := direct(blockIOPath+".leafWeight", "blkio", "", leafWeights(b))
	weighs := value(b.Weight) != 0
	for _, d := range b.WeightDevice {
		weighs = weighs || value(d.Weight) != 0
	}
	if weighs {
		limits = append(limits, limit{path: blockIOPath + ".weight", v1: "blkio", v2: "io", entries: func(version int, dir string) ([]entry, error) {
			return weigherIn(version, dir).weights(b), nil
		}})
	}
	if len(throttles(1, b)) > 0 {
		limits = append(limits, limit{path: blockIOPath, v1: "blkio", v2: "io", entries: func(version int, _ string) ([]entry, error) {
			return throttles(version, b), nil
		}})
	}
	return limits
}

func leafWeights(b *specs.LinuxBlockIO) (list []entry) {
	const missing = "Linux 5.0 dropped the CFQ scheduler, which had it"
	if w := value(b.LeafWeight); w != 0 {
		list = append(list, entry{setting: blockIOPath + ".leafWeight", file: "blkio.leaf_weight", value: utoa(w), missing: missing})
	}
	for i, d := range b.WeightDevice {
		if w := value(d.LeafWeight); w != 0 {
			list = append(list, entry{
				setting: fmt.Sprintf("%s.weightDevice[%d].leafWeight", blockIOPath, i),
				file:    "blkio.leaf_weight_device", value: deviceNumber(d.Major, d.Minor) + " " + utoa(w), missing: missing,
			})
		}
	}
	return list
}

// weigher is what shares out block I/O by weight.
type weigher struct {
	file, deviceFile string
	convert          func(weight uint16) uint64
}

// weigherIn finds out what a cgroup has: the BFQ scheduler, or on v2 else the
// iocost controller, whose weights have another range.
func weigherIn(version int, dir string) weigher {
	same := func(weight uint16) uint64 { return uint64(weight) }
	switch {
	case version == 1 && isFile(dir+"/blkio.weight"):
		return weigher{"blkio.weight", "blkio.weight_device", same}
	case version == 1:
		return weigher{"blkio.bfq.weight", "blkio.bfq.weight_device", same} // the latter: Linux 5.4
	case isFile(dir + "/io.bfq.weight"):
		return weigher{"io.bfq.weight", "io.bfq.weight", same}
	default:
		return weigher{"io.weight", "io.weight", ioWeight}
	}
}

// ioWeight spreads the weights of v1 and BFQ, 10 to 1000, over those of
// iocost, 1 to 10000.
func ioWeight(weight uint16) uint64 { return 1 + (uint64(weight)-10)*9999/990 }

func (w weigher) weights(b *specs.LinuxBlockIO) (list []entry) {
	const missing = "this kernel shares out no block I/O (it needs the BFQ scheduler or, on cgroup v2, iocost)"
	if weight := value(b.Weight); weight != 0 {
		list = append(list, entry{setting: blockIOPath + ".weight", file: w.file, value: utoa(w.convert(weight)), missing: missing})
	}
	for i, d := range b.WeightDevice {
		if weight := value(d.Weight); weight != 0 {
			list = append(list, entry{
				setting: fmt.Sprintf("%s.weightDevice[%d]", blockIOPath, i),
				file:    w.deviceFile, value: deviceNumber(d.Major, d.Minor) + " " + utoa(w.convert(weight)), missing: missing,
			})
		}
	}
	return list
}

// throttles returns what limits the rates. On v1 a rate of 0 is no limit; v2
// has a word for that.
func throttles(version int, b *specs.LinuxBlockIO) (list []entry) {
	for _, t := range []struct {
		setting, v1, v2 string
		devices         []specs.LinuxThrottleDevice
	}{
		{"throttleReadBpsDevice", "read_bps_device", "rbps", b.ThrottleReadBpsDevice},
		{"throttleWriteBpsDevice", "write_bps_device", "wbps", b.ThrottleWriteBpsDevice},
		{"throttleReadIOPSDevice", "read_iops_device", "riops", b.ThrottleReadIOPSDevice},
		{"throttleWriteIOPSDevice", "write_iops_device", "wiops", b.ThrottleWriteIOPSDevice},
	} {
		for i, d := range t.devices {
			w := entry{
				setting: fmt.Sprintf("%s.%s[%d]", blockIOPath, t.setting, i),
				file:    "blkio.throttle." + t.v1, value: deviceNumber(d.Major, d.Minor) + " " + utoa(d.Rate),
			}
			if version == 2 {
				w.file, w.value = "io.max", deviceNumber(d.Major, d.Minor)+" "+t.v2+"="+rate(d.Rate)
			}
			list = append(list, w)
		}
	}
	return list
}

func rate(n uint64) string {
	if n == 0 {
		return "max"
	}
	return utoa(n)
}

func deviceNumber(major, minor int64) string { return fmt.Sprintf("%d:%d", major, minor) }
