package spec

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseList reads a list of numbers with ranges, such as "0-3,7", in the form
// of cpuset(7) ("List format"). It returns a mask in which bit n%64 of word
// n/64 is number n. limit is the lowest number that is too high. If the list is
// wrong, problem says why: "has x in it, which …".
func ParseList(list string, limit int) (mask []uint64, problem string) {
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, ok := parseIndex(low)
		last, alsoOK := parseIndex(high)
		switch {
		case !ok || !alsoOK:
			return nil, fmt.Sprintf("has %q in it, which is neither a number nor a range", part)
		case first > last:
			return nil, fmt.Sprintf("has the range %s in it, which goes backwards", part)
		case last >= limit:
			return nil, fmt.Sprintf("has %d in it, and no kernel has more than %d", last, limit)
		}
		mask = setRange(mask, first, last)
	}
	return mask, ""
}

// parseIndex reads a number that has only digits. If it is too large for an
// int, it returns the largest int.
func parseIndex(text string) (int, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return int(n), true
}

func setRange(mask []uint64, first, last int) []uint64 {
	for len(mask) <= last/64 {
		mask = append(mask, 0)
	}
	for n := first; n <= last; n++ {
		mask[n/64] |= 1 << (n % 64)
	}
	return mask
}
