package main

import "testing"

// TestBinfmt: what the kernel is told to look for are the first bytes of ELF files, in
// either byte order, for programs that are position-independent (3) and not (2).
func TestBinfmt(t *testing.T) {
	const zeros = `\x00\x00\x00\x00\x00\x00\x00\x00\x00`
	const ones = `\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff`
	for name, want := range map[string]string{
		"arm64":   `:qemu-aarch64:M::\x7f\x45\x4c\x46\x02\x01\x01` + zeros + `\x02\x00\xb7\x00:` + ones + `\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F`,
		"s390x":   `:qemu-s390x:M::\x7f\x45\x4c\x46\x02\x02\x01` + zeros + `\x00\x02\x00\x16:` + ones + `\xff\xfe\xff\xff:/usr/bin/qemu-s390x-static:F`,
		"ppc64le": `:qemu-ppc64le:M::\x7f\x45\x4c\x46\x02\x01\x01` + zeros + `\x02\x00\x15\x00:` + ones + `\xfe\xff\xff\xff:/usr/bin/qemu-ppc64le-static:F`,
	} {
		a, err := newArch(name)
		if got := a.binfmt(); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
