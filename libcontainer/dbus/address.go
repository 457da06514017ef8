package dbus

import (
	"fmt"
	"strconv"
	"strings"
)

// parseAddress returns the sockets of a list of server addresses, such as
// "unix:path=/run/dbus/system_bus_socket;unix:abstract=x", as package unix
// names them: an abstract one begins with "@". Other transports than unix are
// left out.
func parseAddress(list string) ([]string, error) {
	var sockets []string
	for address := range strings.SplitSeq(list, ";") {
		options, ok := strings.CutPrefix(address, "unix:")
		if !ok {
			continue
		}
		for option := range strings.SplitSeq(options, ",") {
			key, value, _ := strings.Cut(option, "=")
			path, err := unescape(value)
			if err != nil {
				return nil, fmt.Errorf("address %q: %w", address, err)
			}
			switch {
			case path == "":
			case key == "path":
				sockets = append(sockets, path)
			case key == "abstract":
				sockets = append(sockets, "@"+path)
			}
		}
	}
	if len(sockets) == 0 {
		return nil, fmt.Errorf("address %q: has no unix:path= or unix:abstract=", list)
	}
	return sockets, nil
}

// Address returns the address of the socket with this path.
func Address(path string) string {
	var b strings.Builder
	b.WriteString("unix:path=")
	for i := range len(path) {
		if c := path[i]; isPlain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// isPlain reports whether a character of a path stands for itself in an
// address.
func isPlain(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte(`-_/.\*`, c) >= 0
}

// unescape undoes the %xx of an address.
func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", fmt.Errorf("%q ends within %%xx", s)
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", fmt.Errorf("%q is no %%xx", s[i:i+3])
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), nil
}
