package elfhead

import (
	"bytes"
	"debug/elf"
	"os"
	"strings"
	"testing"
)

// FuzzRead reads any text as the beginning of a program, which a container's image has.
// Nothing panics, the loader is text of the file, and what debug/elf understands too it
// takes for the same machine.
func FuzzRead(f *testing.F) {
	if self, err := os.Executable(); err == nil {
		if text, err := os.ReadFile(self); err == nil {
			f.Add(text[:4096])
		}
	}
	f.Add([]byte(Magic))
	f.Add(append([]byte(Magic+"\x02\x01\x01"), make([]byte, 200)...))
	f.Fuzz(func(t *testing.T, head []byte) {
		machine, loader, ok := Read(head)
		if strings.Contains(loader, "\x00") || !bytes.Contains(head, []byte(loader)) || ok != (len(head) >= identSize && bytes.HasPrefix(head, []byte(Magic))) {
			t.Errorf("%v, %q, %v", machine, loader, ok)
		}
		if file, err := elf.NewFile(bytes.NewReader(head)); err == nil && (!ok || elf.Machine(machine.Number) != file.Machine) {
			t.Errorf("machine %v, debug/elf says %d", machine, file.Machine)
		}
	})
}
