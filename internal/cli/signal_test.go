package cli

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseSignal(t *testing.T) {
	tests := []struct {
		text string
		want unix.Signal
	}{
		{"9", unix.SIGKILL},
		{"0", 0},
		{"64", 64},
		{"KILL", unix.SIGKILL},
		{"SIGKILL", unix.SIGKILL},
		{"sigterm", unix.SIGTERM},
		{"usr1", unix.SIGUSR1},
		{"RTMIN", 34},
		{"SIGRTMIN+3", 37},
		{"rtmin+30", 64},
		{"RTMAX", 64},
		{"RTMAX-2", 62},
	}
	for _, tt := range tests {
		got, err := parseSignal(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("parseSignal(%q) = %d, %v; want %d", tt.text, got, err, tt.want)
		}
	}
	for _, bad := range []string{"", "SIG", "65", "-1", "FOO", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMIN3", "9x", "SIGSIGKILL"} {
		if got, err := parseSignal(bad); err == nil {
			t.Errorf("parseSignal(%q) = %d, want an error", bad, got)
		}
	}
}
