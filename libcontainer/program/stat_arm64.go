package program

// The size of struct stat, and the offsets of the fields that steps load. They
// differ between architectures.
const (
	StatSize    = 128
	StatModeOff = 16
	StatRdevOff = 32
)
