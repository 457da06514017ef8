// Package measure compares several candidates in interleaved rounds, so that what else
// the machine does meets all of them alike.
package measure

import (
	"context"
	"fmt"
	"slices"
)

// Rounds calls f for each of n candidates in each round. Every round begins with
// another one, so that nobody always comes behind the same other. It ends with f's
// first error, or with ctx.
func Rounds(ctx context.Context, rounds, n int, f func(candidate int) error) error {
	for round := range rounds {
		for i := range n {
			err := f((i + round) % n)
			if ctx.Err() != nil { // Ctrl-C may have ended what f has started too
				return fmt.Errorf("interrupted in round %d", round+1)
			}
			if err != nil {
				return fmt.Errorf("round %d: %w", round+1, err)
			}
		}
	}
	return nil
}

// Median returns the middle of values, or 0 if there are none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}
