package engines

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// cniVar is what containerd says to a plugin for the network of pods (CNI specification,
// "Section 2: Execution Protocol"). Pods of the tests have loopback and nothing else, so the
// program of the tests is plugin enough.
const cniVar = "CNI_COMMAND"

// networkPlugin is such a plugin.
func networkPlugin(command string) int {
	const version = `"cniVersion": "1.0.0"`
	answer := "{" + version + "}"
	switch command {
	case "ADD":
		netns := os.Getenv("CNI_NETNS")
		if err := raiseLoopback(netns); err != nil {
			fmt.Printf(`{%s, "code": 100, "msg": %q}`, version, err)
			return 1
		}
		answer = fmt.Sprintf(`{%s, "interfaces": [{"name": %q, "sandbox": %q}], "ips": [{"address": "127.0.0.1/8", "interface": 0}]}`,
			version, os.Getenv("CNI_IFNAME"), netns)
	case "VERSION":
		answer = `{` + version + `, "supportedVersions": ["0.3.1", "0.4.0", "1.0.0"]}`
	}
	fmt.Println(answer)
	return 0
}

// raiseLoopback lets a network namespace reach itself.
func raiseLoopback(netns string) error {
	runtime.LockOSThread()
	ns, err := unix.Open(netns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: netns, Err: err}
	}
	if err := unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
		return os.NewSyscallError("setns", err)
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP)
	return os.NewSyscallError("raise lo: ioctl", unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, lo))
}
