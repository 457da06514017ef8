package measure

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The marks in README.md around the table that [Brief] makes.
const (
	briefBegin = "<!-- make bench and make bench-shim write what follows -->\n"
	briefEnd   = "<!-- make bench and make bench-shim have written what comes before -->\n"
)

// briefLines are what the table in README.md shows: metrics of the benches' results.
var briefLines = []struct{ target, key, title string }{
	{"bench", "run_wall", "`run /bin/true`"},
	{"bench", "run_seccomp_wall", "the same behind a seccomp filter like Docker's"},
	{"bench", "life_wall", "`create`, `start`, `delete`"},
	{"bench", "exec_wall", "`exec /bin/true`"},
	{"bench", "exec_seccomp_wall", "the same behind a filter"},
	{"bench", "state_wall", "`state`"},
	{"bench", "init_rss", "memory of a container that waits for `start` (RSS)"},
	{"bench-shim", "exec_wall", "exec through rt's containerd shim (of containerd's shim with each)"},
}

// Brief sums up the results in the directory of the documents, for README.md.
func Brief(dir string) (string, error) {
	results := map[string]*Result{}
	for _, target := range []string{"bench", "bench-shim"} {
		r, err := load(filepath.Join(dir, target+".json"))
		if err != nil {
			return "", err
		}
		results[target] = r
	}
	r := results["bench"]
	var b strings.Builder
	fmt.Fprintf(&b, "Ratios of time, medians of interleaved rounds; %s:\n\n", r.Machine)
	fmt.Fprintf(&b, "| rt takes | of %s | of %s |\n|---|---|---|\n", r.name("crun"), r.name("runc"))
	for _, l := range briefLines {
		crun, runc, err := results[l.target].ratios(l.key)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "| %s | %.2f | %.2f |\n", l.title, crun, runc)
	}
	return b.String(), nil
}

// WriteBrief writes the sum of the results into README.md, which is beside the directory
// of the documents.
func WriteBrief(dir string) error {
	table, err := Brief(dir)
	if err != nil {
		return err
	}
	readme := filepath.Join(dir, "..", "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	changed, err := between(string(text), briefBegin, briefEnd, table)
	if err != nil {
		return fmt.Errorf("%s: %w", readme, err)
	}
	return os.WriteFile(readme, []byte(changed), 0o644)
}

func load(path string) (*Result, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := &Result{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// name returns a peer's name with its version: "crun 1.28".
func (r *Result) name(peer string) string {
	_, version, _ := strings.Cut(r.Versions[peer], " version ")
	return peer + " " + version
}

// ratios returns what rt takes of crun and of runc.
func (r *Result) ratios(key string) (crun, runc float64, err error) {
	for _, m := range r.Metrics {
		if m.Key != key {
			continue
		}
		for i, peer := range r.Peers {
			switch peer {
			case "crun":
				crun = m.Figures[i].Ratio
			case "runc":
				runc = m.Figures[i].Ratio
			}
		}
	}
	if crun == 0 || runc == 0 {
		return 0, 0, fmt.Errorf("%s: was not measured of crun and runc", key)
	}
	return crun, runc, nil
}

// between puts content between two marks of a text.
func between(text, begin, end, content string) (string, error) {
	before, rest, found := strings.Cut(text, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", errors.New("has no marks for the table: " + strings.TrimSpace(begin))
	}
	return before + begin + "\n" + content + "\n" + end + after, nil
}
