package intelrdt

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// schema is a line of a schemata file, "L3:0=7f0;1=1f": how much of one
// resource a class gets in each domain.
type schema struct {
	setting string // JSON path
	line    string
}

// wanted returns the schemas of a configuration in the order in which they are
// to be written: later ones replace earlier ones for the same resource.
func wanted(cfg *specs.LinuxIntelRdt) []schema {
	var list []schema
	add := func(setting, text string) {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				list = append(list, schema{setting, line})
			}
		}
	}
	add("linux.intelRdt.l3CacheSchema", cfg.L3CacheSchema)
	add("linux.intelRdt.memBwSchema", cfg.MemBwSchema)
	for i, line := range cfg.Schemata {
		add(fmt.Sprintf("linux.intelRdt.schemata[%d]", i), line)
	}
	return list
}

// write writes schemas to the class, one at a time: the kernel takes no domain
// twice in one write.
func (g *Group) write(list []schema) error {
	if len(list) == 0 {
		return nil
	}
	schemata, err := openForWriting(g.Class, "schemata")
	if err != nil {
		return fmt.Errorf("linux.intelRdt: %w", err)
	}
	defer schemata.Close()
	for _, s := range list {
		if _, err := schemata.WriteString(s.line + "\n"); err != nil {
			return fmt.Errorf("%s: %q: %w%s", s.setting, s.line, err, g.lastStatus())
		}
	}
	return nil
}

// compare checks that an existing class has these schemas.
func (g *Group) compare(list []schema) error {
	if len(list) == 0 {
		return nil
	}
	content, err := os.ReadFile(filepath.Join(g.Class, "schemata"))
	if err != nil {
		return fmt.Errorf("linux.intelRdt.closID: %w", err)
	}
	has := parseSchemata(string(content))
	for i, s := range list {
		resource, want := parseSchema(s.line)
		replaced := slices.ContainsFunc(list[i+1:], func(later schema) bool {
			other, _ := parseSchema(later.line)
			return other == resource
		})
		if !replaced && !g.granted(resource, want, has[resource]) {
			return fmt.Errorf("%s: is %q, but the class of service %s exists with %q (want the same, or another closID)",
				s.setting, s.line, g.Class, formatSchema(resource, has[resource]))
		}
	}
	return nil
}

// granted tells whether a class that has these values for a resource has what
// is wanted, in the domains that are mentioned.
func (g *Group) granted(resource string, want, has domains) bool {
	for domain, value := range want {
		got, ok := has[domain]
		if !ok || normal(value) != normal(got) && g.rounded(resource, value) != got {
			return false
		}
	}
	return len(want) > 0
}

// normal drops leading zeros and capitals, which mean nothing.
func normal(value string) string { return strings.ToLower(strings.TrimLeft(value, "0")) }

// rounded returns what the kernel makes of a memory bandwidth in percent: the
// next multiple of a step of the hardware.
func (g *Group) rounded(resource, value string) string {
	content, err := os.ReadFile(filepath.Join(g.Root, "info", resource, "bandwidth_gran"))
	if err != nil {
		return value // it has no bandwidth
	}
	step, err1 := strconv.Atoi(strings.TrimSpace(string(content)))
	percent, err2 := strconv.Atoi(value)
	if err1 != nil || err2 != nil || step <= 0 {
		return value
	}
	return strconv.Itoa((percent + step - 1) / step * step)
}

// domains maps the domains of a resource, such as the numbers of caches, to
// what a class has of them.
type domains map[string]string

// parseSchemata parses a schemata file. The kernel puts blanks before names
// and values to align them.
func parseSchemata(content string) map[string]domains {
	all := map[string]domains{}
	for line := range strings.Lines(content) {
		if resource, d := parseSchema(line); resource != "" {
			all[resource] = d
		}
	}
	return all
}

func parseSchema(line string) (resource string, d domains) {
	resource, rest, _ := strings.Cut(line, ":")
	d = domains{}
	for part := range strings.SplitSeq(rest, ";") {
		if domain, value, ok := strings.Cut(part, "="); ok {
			d[strings.TrimSpace(domain)] = strings.TrimSpace(value)
		}
	}
	return strings.TrimSpace(resource), d
}

// formatSchema is the reverse of parseSchema.
func formatSchema(resource string, d domains) string {
	var parts []string
	for _, domain := range slices.Sorted(maps.Keys(d)) {
		parts = append(parts, domain+"="+d[domain])
	}
	return resource + ":" + strings.Join(parts, ";")
}
