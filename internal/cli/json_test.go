package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/oci-rt/rt/spec"
)

// TestWriteJSON holds what is printed against encoding/json, for all types
// that are.
func TestWriteJSON(t *testing.T) {
	info := containerInfo{OCIVersion: "1.3.0", ID: "<id>", Annotations: map[string]string{"b": "&", "a": "\x00"}}
	for _, value := range []any{info, []containerInfo{info, {}}, []containerInfo{}, spec.Features(), spec.Default(), spec.Rootless(1, 2)} {
		var got, want bytes.Buffer
		if err := writeJSON(&got, value); err != nil {
			t.Fatal(err)
		}
		e := json.NewEncoder(&want)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(value); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%T: got\n%s\nwant\n%s", value, got.String(), want.String())
		}
	}
}
