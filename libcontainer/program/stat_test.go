package program

import (
	"reflect"
	"testing"

	"golang.org/x/sys/unix"
)

// TestStat holds the offsets against package unix, which has them from the
// kernel's headers.
func TestStat(t *testing.T) {
	stat := reflect.TypeFor[unix.Stat_t]()
	mode, _ := stat.FieldByName("Mode")
	rdev, _ := stat.FieldByName("Rdev")
	if mode.Offset != StatModeOff || rdev.Offset != StatRdevOff || stat.Size() != StatSize {
		t.Errorf("mode is at %d, rdev at %d, size %d", mode.Offset, rdev.Offset, stat.Size())
	}
}
