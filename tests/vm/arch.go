package main

import (
	"fmt"
	"runtime"
	"strings"
)

// arch is an architecture that guests can have: what Go, Debian and qemu call it, and
// what its machine has.
type arch struct {
	name   string // as in GOARCH
	debian string
	kernel string // the package
	qemu   string // as in qemu-system-NAME

	machine string // qemu's
	cpu     string
	accel   string // how qemu emulates it
	console string
	bus     string   // of its devices
	more    []string // options of qemu

	lacks []string // packages that Debian has not for it
}

// parallel has a thread of qemu for each processor.
const parallel = "tcg,thread=multi"

func arches() []arch {
	return []arch{
		{
			name: "amd64", debian: "amd64", kernel: "linux-image-amd64", qemu: "x86_64",
			// Processors that run at the same time now and then fetch half of what the
			// kernel changes in its own code (static keys), and it panics, the sooner the
			// busier the host. Page tables are walked in software: four levels, not five.
			machine: "q35", cpu: "max,la57=off", accel: "tcg,thread=single", console: "ttyS0", bus: "pci",
			more: []string{"-device", "vmgenid,guid=auto"}, // tells a restored kernel to forget its random numbers
		},
		{
			name: "arm64", debian: "arm64", kernel: "linux-image-arm64", qemu: "aarch64",
			machine: "virt", cpu: "cortex-a76", accel: parallel, console: "ttyAMA0", bus: "pci",
		},
		{
			name: "ppc64le", debian: "ppc64el", kernel: "linux-image-powerpc64le", qemu: "ppc64",
			machine: "pseries", cpu: "power9", accel: parallel, console: "hvc0", bus: "pci",
		},
		{
			name: "riscv64", debian: "riscv64", kernel: "linux-image-riscv64", qemu: "riscv64",
			machine: "virt", cpu: "rv64", accel: parallel, console: "ttyS0", bus: "pci",
			lacks: []string{"criu"},
		},
		{
			name: "s390x", debian: "s390x", kernel: "linux-image-s390x", qemu: "s390x",
			machine: "s390-ccw-virtio", cpu: "qemu", accel: parallel, console: "ttysclp0", bus: "ccw",
		},
	}
}

// newArch returns the architecture of this name; "" stands for amd64.
func newArch(name string) (arch, error) {
	var names []string
	for _, a := range arches() {
		if a.name == name || name == "" {
			return a, nil
		}
		names = append(names, a.name)
	}
	return arch{}, fmt.Errorf("architecture %q is none of %s", name, strings.Join(names, ", "))
}

// program is the qemu that is such a machine.
func (a arch) program() string { return "qemu-system-" + a.qemu }

// foreign reports whether this machine does not execute the guest's programs.
func (a arch) foreign() bool { return a.name != runtime.GOARCH }

// prefix is what the names of things in the cache begin with, so that those of amd64 have
// none.
func (a arch) prefix() string {
	if a.name == "amd64" {
		return ""
	}
	return a.name + "-"
}

// device returns qemu's name of a virtio device.
func (a arch) device(kind string) string { return "virtio-" + kind + "-" + a.bus }

// serial returns the options that write the console to a file.
func (a arch) serial(path string) []string {
	if a.name == "s390x" {
		return []string{"-chardev", "file,id=console,path=" + path, "-device", "sclpconsole,chardev=console"}
	}
	return []string{"-serial", "file:" + path}
}
