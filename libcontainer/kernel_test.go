package libcontainer

import "testing"

func TestCheckRelease(t *testing.T) {
	tests := map[string]bool{
		"5.14.0":               true,
		"5.14":                 true,
		"5.14-rc1":             true,
		"6.1.0-38-amd64":       true,
		"6.12.117+deb13-amd64": true,
		"10.0.1":               true,
		"strange":              true,
		"6.x":                  true,
		"":                     true,
		"5.13.19":              false,
		"5.10.0-34-amd64":      false,
		"5.4":                  false,
		"4.18.0-553.el8":       false,
		"2.6.60":               false, // personality(2) UNAME26
	}
	for release, ok := range tests {
		if err := checkRelease(release); (err == nil) != ok {
			t.Errorf("checkRelease(%q) = %v, want it to pass: %v", release, err, ok)
		}
	}
	if err := checkRelease("5.4"); err == nil || err.Error() != "rt needs Linux 5.14 or later: this kernel is 5.4" {
		t.Error(err)
	}
}
