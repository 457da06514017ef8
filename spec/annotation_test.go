package spec

import "testing"

func TestCRIUConfig(t *testing.T) {
	tests := []struct {
		annotations map[string]string
		want        string
	}{
		{nil, "/etc/criu/runc.conf"},
		{map[string]string{"other": "x"}, "/etc/criu/runc.conf"},
		{map[string]string{"org.criu.config": "/etc/mine.conf"}, "/etc/mine.conf"},
		{map[string]string{"org.criu.config": ""}, ""},
	}
	for _, tt := range tests {
		if got := CRIUConfig(tt.annotations); got != tt.want {
			t.Errorf("CRIUConfig(%v) = %q, want %q", tt.annotations, got, tt.want)
		}
	}
}
