package measure

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// pageFile is the document with the tables of all benches.
const pageFile = "performance.md"

// Publish writes the results of the make target into the documents in dir: as
// TARGET.json, as the plot TARGET.svg under a title, and as a table between the target's
// marks in performance.md.
func (r *Result) Publish(dir, target, title string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, target+".json"), append(data, '\n'), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, target+".svg"), []byte(r.Plot(title)), 0o644); err != nil {
		return err
	}
	page := filepath.Join(dir, pageFile)
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	changed, err := r.insert(string(text), target)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(changed), 0o644)
}

// insert puts the table where the marks of a document are.
func (r *Result) insert(text, target string) (string, error) {
	begin := "<!-- make " + target + " writes what follows -->\n"
	end := "<!-- make " + target + " has written what comes before -->\n"
	var b strings.Builder
	if err := r.WriteTable(&b); err != nil {
		return "", err
	}
	return between(text, begin, end, b.String())
}
