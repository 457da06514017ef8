package need

import "testing"

func TestOlder(t *testing.T) {
	tests := []struct {
		release, version string
		want             bool
	}{
		{"6.1.0-38-amd64", "6.3", true},
		{"6.3.0", "6.3", false},
		{"6.12.117+deb13-amd64", "6.3", false},
		{"5.14.0", "6.3", true},
		{"7.0-rc1", "6.15", false},
		{"6", "6.1", true},
	}
	for _, tt := range tests {
		if got := older(tt.release, tt.version); got != tt.want {
			t.Errorf("older(%q, %q) = %v", tt.release, tt.version, got)
		}
	}
}
