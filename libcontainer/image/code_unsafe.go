package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unsafe"
)

// The interpreter's machine code ends with these two words: on a little-endian
// machine they are "rt\0image".
const (
	markerLow  = 0x69007472
	markerHigh = 0x6567616d
)

// interpreterBounds, written in assembly, returns the addresses of the
// interpreter and of the function behind it in this process's text.
func interpreterBounds() (start, end *byte)

func marker() []byte {
	m := binary.NativeEndian.AppendUint32(nil, markerLow)
	return binary.NativeEndian.AppendUint32(m, markerHigh)
}

// errCode can only come from a linker that separates the functions of one file.
var errCode = errors.New("image: the interpreter's code is not in one piece")

// machineCode returns the interpreter's machine code, without its marker. The
// bytes are this process's own text and must not be changed.
func machineCode() ([]byte, error) {
	start, end := interpreterBounds()
	size := uintptr(unsafe.Pointer(end)) - uintptr(unsafe.Pointer(start))
	if size > stepsOff-codeOff { // also if end lies before start
		return nil, errCode
	}
	code := unsafe.Slice(start, size)
	n := bytes.LastIndex(code, marker())
	if n < 0 {
		return nil, errCode
	}
	return code[:n], nil
}
