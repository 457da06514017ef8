package steps

import (
	"fmt"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
)

// Text returns step n of p as "rt plan" prints it, without its number.
func Text(t testing.TB, p *program.Program, n int) string {
	t.Helper()
	var all strings.Builder
	if err := p.WriteText(&all); err != nil {
		t.Fatal(err)
	}
	number := fmt.Sprintf("%d  ", n)
	for line := range strings.Lines(all.String()) {
		// Headings are not indented, and a step is not a number.
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), number); ok && strings.HasPrefix(line, "  ") {
			return text
		}
	}
	t.Fatalf("there is no step %d", n)
	return ""
}
