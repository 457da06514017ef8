//go:build !s390x

package program

// bigEndian is 1 if the first byte of a word is its highest, and else 0.
const bigEndian = 0
