// Package mountinfo reads /proc/<pid>/mountinfo (proc_pid_mountinfo(5)).
package mountinfo

import "strings"

// Mount is a line of the file.
type Mount struct {
	ID, Parent string
	Root       string // which directory of the file system is mounted
	Point      string // where, as seen from the process's root directory
	Type       string
	Super      string // options of the superblock, separated by commas
}

// Parse returns the mounts of a file. Lines that are none are left out.
func Parse(content string) []Mount {
	var list []Mount
	for line := range strings.Lines(content) {
		// Names have any other blanks as they are, such as a no-break space.
		mount, super, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		left, right := strings.Split(mount, " "), strings.Split(super, " ")
		if !ok || len(left) < 6 || len(right) < 3 {
			continue
		}
		list = append(list, Mount{
			ID: left[0], Parent: left[1],
			Root: unescape(left[3]), Point: unescape(left[4]),
			Type: right[0], Super: right[2],
		})
	}
	return list
}

// unescape undoes the octal escapes.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\043`, "#", `\134`, `\`).Replace(s)
}
