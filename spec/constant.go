package spec

// constant is a word of the specification and the kernel's number for it.
type constant struct {
	name  string
	value uint64
}

func lookUp(table []constant, name string) (value uint64, ok bool) {
	for _, c := range table {
		if c.name == name {
			return c.value, true
		}
	}
	return 0, false
}

func constantNames(table []constant) []string {
	list := make([]string, len(table))
	for i, c := range table {
		list[i] = c.name
	}
	return list
}
