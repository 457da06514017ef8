package seccomp

import (
	"encoding/binary"
	"testing"
)

// FuzzRecorded has processes make any calls of any architecture while they are recorded. A
// profile comes of it that compiles.
func FuzzRecorded(f *testing.F) {
	f.Add(byte(0), []byte{0, 0, 0, 59, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff}, false)
	f.Add(byte(1), []byte{0x40, 0, 0, 1, 1, 2, 3, 4, 0x7f, 0, 0, 0, 0, 0, 0, 9}, true)
	f.Fuzz(func(t *testing.T, machine byte, script []byte, args bool) {
		name := machines[int(machine)%len(machines)]
		r := NewRecorder(name)
		all := ofMachine(name)
		r.begun = true
		for len(script) >= 8 {
			n := notification{arch: all[int(script[4])%len(all)].audit}
			n.nr = int32(binary.BigEndian.Uint32(script))
			for i := range n.args {
				n.args[i] = uint64(script[5+i%3]) << (8 * (script[5] % 8))
			}
			r.note(&n)
			script = script[8:]
		}
		p, _ := r.Profile(nil, args)
		if _, err := compile(p, name); err != nil {
			t.Error(err)
		}
	})
}
