package mount

import (
	"encoding/binary"

	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// modeText spells the mode of a file in the form that the option mode of tmpfs
// has: four octal digits. A program has no arithmetic, but it can compare three
// bits and choose a digit. The program has these steps once, for every tmpfs.
type modeText struct {
	start program.Label
	text  program.Arg // NUL-terminated
	which program.Arg // a word: the index in back of where to go on
	back  []program.Label
}

// defaultMode is the mode of a tmpfs without the option.
const defaultMode = "1777"

// spellMode appends the steps that spell the mode in the statx buffer.
func (r *Root) spellMode() {
	b, m := r.b, &r.modeText
	back := b.NewLabel()
	b.Store(m.which, program.Imm(len(m.back)))
	b.Jump(m.start)
	b.Bind(back)
	m.back = append(m.back, back)
}

// newModeText appends the step that sets the text to the default mode.
func (r *Root) newModeText() program.Arg {
	b, m := r.b, &r.modeText
	if m.text == program.Null {
		m.start = b.NewLabel()
		m.text, m.which = b.Buffer(8), b.Buffer(4)
	}
	b.Store(m.text, program.Imm(asWord(defaultMode)))
	return m.text
}

// asWord returns up to 4 bytes of text as the word that holds them in memory.
func asWord(text string) uint32 {
	var word [4]byte
	copy(word[:], text)
	return binary.NativeEndian.Uint32(word[:])
}

// appendModeText appends the steps that spellMode jumps to. Each digit is
// stored with the end of the text behind it, which the next digit overwrites.
func (r *Root) appendModeText() {
	b, m := r.b, &r.modeText
	if len(m.back) == 0 {
		return
	}
	over := b.NewLabel()
	b.Jump(over)
	b.Bind(m.start)
	b.At("", "")
	b.Doing("spell the mode of a directory")
	mode := r.statxBuffer().At(program.StatxModeOff)
	for digit := range defaultMode {
		next := b.NewLabel()
		var labels [8]program.Label
		shift := uint(3 * (len(defaultMode) - 1 - digit))
		for value := range labels {
			labels[value] = b.NewLabel()
			b.JumpIfWord(mode, 0o7<<shift, uint32(value)<<shift, labels[value])
		}
		b.Fail(unix.EINVAL) // not reached: three bits have eight values
		for value, label := range labels {
			b.Bind(label)
			b.Store(m.text.At(uint32(digit)), program.Imm(asWord(string(rune('0'+value)))))
			b.Jump(next)
		}
		b.Bind(next)
	}
	for i, back := range m.back {
		b.JumpIfWord(m.which, program.WholeWord, uint32(i), back)
	}
	b.Bind(over)
}
