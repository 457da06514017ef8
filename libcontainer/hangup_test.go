package libcontainer

import "testing"

func TestDeafToHangUp(t *testing.T) {
	const none, hup = "0000000000000000", "0000000000000001"
	tests := []struct {
		pids, blocked, ignored, caught string
		want                           bool
	}{
		{"4711\t1", none, none, none, true},
		{"4711\t12\t1", none, none, "00000000fffffffe", true},
		{"4711", none, none, none, false},
		{"1\t4711", none, none, none, false},
		{"4711\t11", none, none, none, false},
		{"4711\t1", hup, none, none, false},
		{"4711\t1", none, hup, none, false},
		{"4711\t1", none, none, hup, false},
		{"4711\t1", none, none, "?", false},
	}
	for _, test := range tests {
		status := "Name:\tsh\nNSpid:\t" + test.pids + "\nSigBlk:\t" + test.blocked +
			"\nSigIgn:\t" + test.ignored + "\nSigCgt:\t" + test.caught + "\nNSpgid:\t1\n"
		if got := deafToHangUp([]byte(status)); got != test.want {
			t.Errorf("%q: %v, want %v", status, got, test.want)
		}
	}
}
