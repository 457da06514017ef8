package spec

import "strings"

// SysctlPath returns the path of a key of linux.sysctl below /proc/sys. As for
// sysctl(8), the first separator of the key is the one between its parts: in
// net.ipv4.conf.eno2/100.rp_filter the slash stands for a dot, and
// net/ipv4/conf/eno2.100/rp_filter is the same key.
func SysctlPath(key string) string {
	i := strings.IndexAny(key, "./")
	if i < 0 || key[i] == '/' {
		return key
	}
	swap := func(r rune) rune {
		switch r {
		case '.':
			return '/'
		case '/':
			return '.'
		}
		return r
	}
	return strings.Map(swap, key)
}
