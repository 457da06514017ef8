package program

// Where struct stat has what steps load of it, and its size. It is another one on
// each architecture.
const (
	StatSize    = 128
	StatModeOff = 16
	StatRdevOff = 32
)
