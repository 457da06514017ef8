package check

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/oci-rt/rt/tests/golden"
)

// TestDocs keeps the table of docs/check.md what the rules say of themselves.
func TestDocs(t *testing.T) {
	const doc = "../../docs/check.md"
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(text), "-update -->\n")
	_, after, ok2 := strings.Cut(rest, "<!-- rules:end -->")
	if !ok1 || !ok2 {
		t.Fatal("docs/check.md lacks the marks around the table")
	}
	var table strings.Builder
	table.WriteString("| rule | about | severity | finds | why |\n|---|---|---|---|---|\n")
	for _, r := range Rules() {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s |\n", r.ID, r.About, r.Severity, r.Finds, r.Why)
	}
	golden.Compare(t, "../"+doc, []byte(before+"-update -->\n"+table.String()+"<!-- rules:end -->"+after))
}

func TestRuleTexts(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(r.ID) || seen[r.ID] {
			t.Errorf("%q is no id, or is there twice", r.ID)
		}
		if r.Finds == "" || strings.HasSuffix(r.Finds, ".") || !strings.HasSuffix(r.Why, ".") {
			t.Errorf("%s: %q, %q", r.ID, r.Finds, r.Why)
		}
		seen[r.ID] = true
	}
}
