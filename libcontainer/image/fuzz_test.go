package image

import (
	"encoding/binary"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
)

// FuzzImage makes programs with data of any sizes, constant, changeable and empty, and any
// number of steps. The kernel accepts the image of each, and what is in memory is what was
// laid out: the last word of each datum is compared there.
func FuzzImage(f *testing.F) {
	f.Add([]byte{}, false)
	f.Add([]byte{0, 0, 1, 1, 0, 2, 2, 0, 4}, false)
	f.Add([]byte{0, 0x10, 0, 1, 0x10, 0, 2, 0x10, 0}, true) // a page each
	f.Add([]byte{1, 0xff, 0xff, 2, 0xff, 0xff, 0, 0xff, 0xff, 3, 0xff, 0xff}, true)
	f.Fuzz(func(t *testing.T, shape []byte, readable bool) {
		shape = shape[:min(len(shape), 3*64)]
		l := trivial(t)
		var changeable []uint64
		l.Program = compile(t, func(b *program.Builder) { changeable = lay(b, shape) })
		for _, i := range changeable {
			l.Program.Data[i].Mutable = true
		}
		l.Readable = readable
		requireWay(t, l)
		p, err := l.Start()
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if status := wait(t, p.Pid); status.ExitStatus() != exitRight {
			t.Errorf("ended with %#x", status)
		}
	})
}

// How the programs of FuzzImage end.
const (
	exitRight = 7
	exitWrong = 8
)

// lay appends data as a shape says, of three bytes for each: what kind, and how large. It
// returns the numbers of the data that is to be changeable.
func lay(b *program.Builder, shape []byte) (changeable []uint64) {
	wrong := b.NewLabel()
	for n := uint32(1); len(shape) >= 3; n++ {
		size := 4 + int(binary.BigEndian.Uint16(shape[1:]))
		data := make([]byte, size)
		binary.NativeEndian.PutUint32(data[size-4:], n)
		switch shape[0] % 4 {
		case 0:
			expectWord(b, b.Bytes(data), size, n, wrong)
		case 1:
			expectWord(b, b.Buffer(size), size, 0, wrong)
		case 2:
			at := b.Bytes(data)
			expectWord(b, at, size, n, wrong)
			changeable = append(changeable, at.Value)
		case 3: // steps that do nothing
			for range size % 1024 {
				next := b.NewLabel()
				b.Jump(next)
				b.Bind(next)
			}
		}
		shape = shape[3:]
	}
	b.ExitGroup(exitRight)
	b.Bind(wrong)
	b.ExitGroup(exitWrong)
	return changeable
}

// expectWord has the program end badly unless the last word of a datum is this.
func expectWord(b *program.Builder, at program.Arg, size int, want uint32, wrong program.Label) {
	right := b.NewLabel()
	b.JumpIfWord(at.At(uint32(size-4)), 0xffffffff, want, right)
	b.Jump(wrong)
	b.Bind(right)
}
