package example

import (
	"regexp"
	"slices"
	"strings"
)

// anything stands for any lines, and in a line for any text.
const anything = "..."

// volatile is what no two runs have in common: times, and how long things take.
var volatile = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)|\b\d+(\.\d+)?(ns|µs|us|ms|s)\b`)

// blanks are what the columns of a table are aligned with: how many there are
// differs with what is in the columns.
var blanks = regexp.MustCompile(` {2,}`)

// matches reports whether a line of a document is what was printed.
func (s *session) matches(want, got string) bool {
	want, got = s.scrub(want), s.scrub(got)
	if !strings.Contains(want, anything) {
		return want == got
	}
	parts := strings.Split(want, anything)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
}

// scrub replaces what differs from run to run.
func (s *session) scrub(line string) string {
	line = volatile.ReplaceAllString(line, "TIME")
	for _, pattern := range s.vary {
		line = pattern.ReplaceAllString(line, "VARIES")
	}
	return strings.TrimRight(blanks.ReplaceAllString(line, "  "), " ")
}

// merge returns what was printed with as much as possible of what the document
// has: a line that matches stays as it is. So a document only changes where what
// is printed has changed.
func (s *session) merge(want, got []string) []string {
	merged, _ := s.align(want, got)
	return merged
}

// align is merge, and tells how many lines do not match.
//
// cost[i][j] is how many lines of want[i:] and got[j:] differ, are missing or are
// too many.
func (s *session) align(want, got []string) (merged []string, faults int) {
	cost := s.costs(want, got)
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		left := cost[i][j]
		inWant, inGot := i < len(want), j < len(got)
		switch {
		case inWant && inGot && want[i] != anything && left == cost[i+1][j+1] && s.matches(want[i], got[j]):
			merged = append(merged, want[i])
			i, j = i+1, j+1
		case inWant && want[i] == anything && left == cost[i+1][j]:
			merged = append(merged, anything)
			i++
		case inWant && inGot && want[i] == anything && left == cost[i][j+1]:
			j++
		case inWant && inGot && want[i] != anything && left == cost[i+1][j+1]+1:
			merged = append(merged, got[j])
			i, j = i+1, j+1
		case inWant && left == cost[i+1][j]+1:
			i++
		default:
			merged = append(merged, got[j])
			j++
		}
	}
	return merged, cost[0][0]
}

func (s *session) costs(want, got []string) [][]int {
	cost := make([][]int, len(want)+1)
	for i := range cost {
		cost[i] = make([]int, len(got)+1)
	}
	for i := len(want); i >= 0; i-- {
		for j := len(got); j >= 0; j-- {
			cost[i][j] = s.cost(cost, want, got, i, j)
		}
	}
	return cost
}

func (s *session) cost(cost [][]int, want, got []string, i, j int) int {
	switch {
	case i == len(want):
		return len(got) - j
	case want[i] == anything && j == len(got):
		return cost[i+1][j]
	case want[i] == anything:
		return min(cost[i+1][j], cost[i][j+1])
	case j == len(got):
		return cost[i+1][j] + 1
	case s.matches(want[i], got[j]):
		return cost[i+1][j+1]
	}
	return min(cost[i+1][j+1], cost[i+1][j], cost[i][j+1]) + 1
}

// linesOf returns the lines of a command's output, without empty ones in the end.
func linesOf(output string) []string {
	lines := strings.Split(output, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \r")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return slices.Clip(lines)
}
