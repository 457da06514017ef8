package need

import (
	"os"
	"time"
)

// Whole reports whether tests that can try thousands of cases try all, as in "make
// test-crashes", and not a sample.
func Whole() bool { return os.Getenv("TEST_WHOLE") != "" }

// Sampled reports whether the n-th of many cases is tried: one of every is, another one
// each day, or all of the whole.
func Sampled(n, every int) bool { return Whole() || n%every == time.Now().YearDay()%every }
