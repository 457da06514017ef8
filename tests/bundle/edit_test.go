package bundle

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestEditJSON(t *testing.T) {
	const doc = `{"a":{"b":[1,2]},"k/~":3}`
	tests := []struct {
		name string
		edit Edit
		want string // "" for an error
	}{
		{"replace", Set{"/a/b/0", 9}, `{"a":{"b":[9,2]},"k/~":3}`},
		{"append", Set{"/a/b/-", "x"}, `{"a":{"b":[1,2,"x"]},"k/~":3}`},
		{"append object", Set{"/a/b/-/c", true}, `{"a":{"b":[1,2,{"c":true}]},"k/~":3}`},
		{"make objects", Set{"/x/y", 1}, `{"a":{"b":[1,2]},"k/~":3,"x":{"y":1}}`},
		{"escapes", Set{"/k~1~0", 4}, `{"a":{"b":[1,2]},"k/~":4}`},
		{"whole", Set{"", 5}, `5`},
		{"delete member", Delete{"/a"}, `{"k/~":3}`},
		{"delete element", Delete{"/a/b/0"}, `{"a":{"b":[2]},"k/~":3}`},
		{"no slash", Set{"a", 1}, ""},
		{"no element", Set{"/a/b/2", 1}, ""},
		{"large number", Set{"/a/c", json.Number("18446744073709551615")}, `{"a":{"b":[1,2],"c":18446744073709551615},"k/~":3}`},
		{"through a number", Set{"/k~1~0/x", 1}, ""},
		{"delete nothing", Delete{"/a/c"}, ""},
	}
	for _, test := range tests {
		got, err := EditJSON([]byte(doc), test.edit)
		var compact bytes.Buffer
		if err == nil {
			if err := json.Compact(&compact, got); err != nil {
				t.Fatal(err)
			}
		}
		if compact.String() != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s: got %s, %v; want %s", test.name, &compact, err, test.want)
		}
	}
}
