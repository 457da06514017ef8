package program

// The size of struct stat, and the offsets of the fields that steps load. They
// differ between architectures.
const (
	StatSize    = 144
	StatModeOff = 24
	StatRdevOff = 40
)
