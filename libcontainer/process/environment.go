package process

import (
	"slices"
	"strings"

	"github.com/oci-rt/rt/libcontainer/program"
)

// NeedsHome reports whether the environment leaves HOME to the runtime,
// because it is not set or empty.
func NeedsHome(env []string) bool { return lookup(env, "HOME") == "" }

// lookup returns the value of a variable, from its last entry.
func lookup(env []string, name string) string {
	value, _ := find(env, name)
	return value
}

func find(env []string, name string) (value string, ok bool) {
	for _, entry := range slices.Backward(env) {
		if n, v, _ := strings.Cut(entry, "="); n == name {
			return v, true
		}
	}
	return "", false
}

// Environment returns envp. If a variable has several entries, the last one
// stays, as in runc: getenv(3) of most C libraries would take the first. home
// is Null, or the address of a string "HOME=…" that replaces a missing or empty
// HOME.
func Environment(b *program.Builder, env []string, home program.Arg) program.Arg {
	addHome := home != program.Null && NeedsHome(env)
	seen := map[string]bool{"HOME": addHome}
	var entries []program.Arg
	for _, entry := range slices.Backward(env) {
		name, _, _ := strings.Cut(entry, "=")
		if !seen[name] {
			seen[name] = true
			entries = append(entries, b.String(entry))
		}
	}
	slices.Reverse(entries)
	if addHome {
		entries = append(entries, home)
	}
	return b.Pointers(entries...)
}
