package main

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

// config is the configuration of all containers: that of "rt spec" without a
// terminal and without /sys/fs/cgroup, in the oldest version of the
// specification, which all runtimes read.
//
//go:embed config.json
var config []byte

// makeRootfs makes the rootfs that all bundles share.
func (w *workplace) makeRootfs() error {
	for _, dir := range []string{"bin", "dev", "proc", "sys"} {
		if err := os.MkdirAll(w.path("rootfs", dir), 0o755); err != nil {
			return err
		}
	}
	program, err := trueProgram(runtime.GOARCH)
	if err != nil {
		return err
	}
	return os.WriteFile(w.path("rootfs", "bin", "true"), program, 0o755)
}

// makeBundle makes a bundle of the shared rootfs. Its container gets a cgroup
// of its own at cgroupsPath.
func (w *workplace) makeBundle(name, cgroupsPath string) (string, error) {
	var spec map[string]any
	if err := json.Unmarshal(config, &spec); err != nil {
		return "", err
	}
	spec["root"].(map[string]any)["path"] = w.path("rootfs")
	spec["linux"].(map[string]any)["cgroupsPath"] = cgroupsPath
	text, err := json.Marshal(spec)
	if err != nil {
		return "", err
	}
	dir := w.path("bundles", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, os.WriteFile(dir+"/config.json", text, 0o644)
}

// trueProgram returns the smallest /bin/true: an ELF file of one segment that
// exits with 0. What a container executes is no part of what is compared.
func trueProgram(arch string) ([]byte, error) {
	const (
		base    = 0x400000
		headers = 64 + 56
	)
	var machine uint16
	var code []byte
	switch arch {
	case "amd64":
		machine = 62 // EM_X86_64
		code = []byte{
			0x31, 0xff, // xor edi, edi
			0xb8, 60, 0, 0, 0, // mov eax, SYS_exit
			0x0f, 0x05, // syscall
		}
	case "arm64":
		machine = 183 // EM_AARCH64
		code = []byte{
			0x00, 0x00, 0x80, 0xd2, // mov x0, 0
			0xa8, 0x0b, 0x80, 0xd2, // mov x8, SYS_exit
			0x01, 0x00, 0x00, 0xd4, // svc 0
		}
	default:
		return nil, fmt.Errorf("no /bin/true for %s", arch)
	}
	size := uint64(headers + len(code))
	le := binary.LittleEndian
	elf := []byte{0x7f, 'E', 'L', 'F', 2, 1, 1, 15: 0} // 64 bit, little endian, version 1
	elf = le.AppendUint16(elf, 2)                      // ET_EXEC
	elf = le.AppendUint16(elf, machine)
	elf = le.AppendUint32(elf, 1)
	for _, v := range []uint64{base + headers, 64, 0} { // entry, program headers, no sections
		elf = le.AppendUint64(elf, v)
	}
	elf = le.AppendUint32(elf, 0)
	for _, v := range []uint16{64, 56, 1, 0, 0, 0} { // sizes and counts
		elf = le.AppendUint16(elf, v)
	}
	elf = le.AppendUint32(elf, 1)                                    // PT_LOAD
	elf = le.AppendUint32(elf, 5)                                    // R+X
	for _, v := range []uint64{0, base, base, size, size, 0x10000} { // offset, addresses, sizes, alignment
		elf = le.AppendUint64(elf, v)
	}
	return append(elf, code...), nil
}
