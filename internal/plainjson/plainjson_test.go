package plainjson

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

type inner struct {
	Pid  int    `json:"pid"`
	Time uint64 `json:"time,omitempty"`
}

type named string

type outer struct {
	inner
	Name    string            `json:"name"`
	Kind    named             `json:"kind,omitempty"`
	Small   int8              `json:"small"`
	Short   uint16            `json:"short"`
	Done    bool              `json:"done"`
	Rare    bool              `json:"rare,omitempty"`
	Next    *inner            `json:"next"`
	Perhaps *inner            `json:"perhaps,omitempty"`
	Limit   *int64            `json:"limit,omitempty"`
	Words   []string          `json:"words"`
	Parts   []inner           `json:"parts,omitempty"`
	Labels  map[string]string `json:"labels"`
	Numbers map[string]inner  `json:"numbers,omitempty"`
	Always  inner             `json:"always,omitempty"`
	Never   int               `json:"-"`
}

// likeEncodingJSON returns what encoding/json makes of a value.
func likeEncodingJSON(t testing.TB, value any, indent string) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(value); err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func check(t *testing.T, value any) {
	t.Helper()
	if got, want := string(Append(nil, value)), likeEncodingJSON(t, value, ""); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := string(AppendIndent(nil, value, "\t")), likeEncodingJSON(t, value, "\t"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAppend(t *testing.T) {
	limit := int64(-1 << 63)
	values := []any{
		outer{},
		&outer{
			inner: inner{1, 1<<64 - 1}, Name: "<a&b>", Kind: "k", Small: -128, Short: 65535, Done: true, Rare: true,
			Next: &inner{}, Perhaps: &inner{2, 3}, Limit: &limit,
			Words: []string{"", "x"}, Parts: []inner{{}, {4, 5}},
			Labels: map[string]string{"b": "2", "a": "1", "": "0"}, Numbers: map[string]inner{"x": {}},
		},
		outer{Words: []string{}, Parts: []inner{}, Labels: map[string]string{}, Numbers: map[string]inner{}},
		[]outer{{}, {}}, []outer{}, []int(nil), map[string]bool(nil), (*outer)(nil),
		0.0, 0.5, 99.99, -1.0, 1e20, 1e21, 1.5e300, math.MaxFloat64, 1e-6, 9.9e-7, 1.25e-10, math.SmallestNonzeroFloat64,
		"text", true, -7, uint8(7), struct{}{}, []struct{}{{}},
		jsontext.Value(nil), jsontext.Value("7"), []jsontext.Value{nil, jsontext.Value(`"x"`)},
	}
	for _, v := range values {
		check(t, v)
	}
	if got := string(Append([]byte("behind "), 1)); got != "behind 1" {
		t.Errorf("got %q, want the text behind what was there", got)
	}
}

func TestAppendRefusesOtherTypes(t *testing.T) {
	for _, v := range []any{float32(0.5), math.NaN(), math.Inf(1), math.Inf(-1), make(chan int), struct {
		F func() `json:"f"`
	}{}, struct {
		Z int `json:"z,omitzero"`
	}{}, struct {
		N int `json:"n,string"`
	}{}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T: no panic", v)
				}
			}()
			Append(nil, v)
		}()
	}
}

func FuzzString(f *testing.F) {
	var every []byte
	for c := range 256 {
		every = append(every, byte(c))
	}
	for _, s := range []string{"", "\"\\/", "é\u2028\u2029\ufffd\U0001f600", "\xff\xe2\x80", string(every)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check(t, s)
		check(t, map[string]string{s: s})
	})
}
