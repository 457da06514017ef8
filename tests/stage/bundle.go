package stage

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

// MakeRootfs makes the rootfs that all bundles share.
func (s *Stage) MakeRootfs() error {
	for _, dir := range []string{"bin", "dev", "proc", "sys"} {
		if err := os.MkdirAll(s.Path("rootfs", dir), 0o755); err != nil {
			return err
		}
	}
	for name, program := range map[string]func(string) ([]byte, error){"true": trueProgram, "pause": pauseProgram} {
		code, err := program(runtime.GOARCH)
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.Path("rootfs", "bin", name), code, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// MakeBundle makes a bundle of the shared rootfs, whose configuration is edited
// by edit. Its container gets a cgroup of its own at cgroupsPath.
func (s *Stage) MakeBundle(name, cgroupsPath string, edit func(spec map[string]any)) (string, error) {
	var spec map[string]any
	if err := json.Unmarshal(config, &spec); err != nil {
		return "", err
	}
	spec["root"].(map[string]any)["path"] = s.Path("rootfs")
	spec["linux"].(map[string]any)["cgroupsPath"] = cgroupsPath
	edit(spec)
	text, err := json.Marshal(spec)
	if err != nil {
		return "", err
	}
	dir := s.Path("bundles", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return dir, os.WriteFile(dir+"/config.json", text, 0o644)
}

// trueProgram returns the smallest /bin/true, which exits with 0. What a
// container executes is no part of what is compared.
func trueProgram(arch string) ([]byte, error) {
	return newProgram(arch, map[string][]byte{
		"amd64": {
			0x31, 0xff, // xor edi, edi
			0xb8, 60, 0, 0, 0, // mov eax, SYS_exit
			0x0f, 0x05, // syscall
		},
		"arm64": {
			0x00, 0x00, 0x80, 0xd2, // mov x0, 0
			0xa8, 0x0b, 0x80, 0xd2, // mov x8, SYS_exit
			0x01, 0x00, 0x00, 0xd4, // svc 0
		},
	})
}

// pauseProgram returns a program that waits for signals for ever.
func pauseProgram(arch string) ([]byte, error) {
	return newProgram(arch, map[string][]byte{
		"amd64": {
			0xb8, 34, 0, 0, 0, // mov eax, SYS_pause
			0x0f, 0x05, // syscall
			0xeb, 0xf7, // jmp to the start
		},
		"arm64": { // ppoll(NULL, 0, NULL, NULL)
			0x00, 0x00, 0x80, 0xd2, // mov x0, 0
			0x01, 0x00, 0x80, 0xd2, // mov x1, 0
			0x02, 0x00, 0x80, 0xd2, // mov x2, 0
			0x03, 0x00, 0x80, 0xd2, // mov x3, 0
			0x28, 0x09, 0x80, 0xd2, // mov x8, SYS_ppoll
			0x01, 0x00, 0x00, 0xd4, // svc 0
			0xfa, 0xff, 0xff, 0x17, // b to the start
		},
	})
}

// newProgram returns an ELF file of one segment that executes the code for an
// architecture.
func newProgram(arch string, codes map[string][]byte) ([]byte, error) {
	const (
		base    = 0x400000
		headers = 64 + 56
	)
	machines := map[string]uint16{"amd64": 62, "arm64": 183} // EM_X86_64, EM_AARCH64
	machine, code := machines[arch], codes[arch]
	if code == nil {
		return nil, fmt.Errorf("no programs for %s", arch)
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
