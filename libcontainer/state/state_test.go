package state

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer/cgroup"
)

// fullState returns a state in which every field is set, to a value of its own.
func fullState() *State {
	s, n := new(State), 0
	fill(reflect.ValueOf(s).Elem(), &n)
	s.Version = Version
	return s
}

func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				fill(v.Field(i), n)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[StepNotes]() {
			notes := reflect.New(reflect.TypeFor[[]stepNote]()).Elem()
			fill(notes, n)
			v.SetBytes(plainjson.Append(nil, notes.Interface()))
			break
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, n)
		fill(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("<\"" + strconv.Itoa(*n) + "\n")
	case reflect.Bool:
		v.SetBool(true)
	default:
		if v.CanInt() {
			v.SetInt(int64(*n))
		} else {
			v.SetUint(uint64(*n))
		}
	}
}

// TestStateIsPlainData saves a state in which everything is set and loads it
// again. A field without a json tag, or of a type that is not plain data, does
// not come back.
func TestStateIsPlainData(t *testing.T) {
	d := &Dir{path: t.TempDir()}
	for _, want := range []*State{fullState(), {Version: Version, Cgroup: &cgroup.Config{}}} {
		want.ID, want.Boot = filepath.Base(d.path), bootID()
		if err := d.Save(want); err != nil {
			t.Fatal(err)
		}
		got, err := d.Load()
		if err != nil {
			t.Fatal(err)
		}
		exported := cmp.Exporter(func(reflect.Type) bool { return true })
		if diff := cmp.Diff(want, got, exported); diff != "" {
			t.Errorf("loaded state (-want +got):\n%s", diff)
		}
		text, err := os.ReadFile(d.path + "/" + stateFile)
		if err != nil {
			t.Fatal(err)
		}
		standard := new(State)
		if err := json.Unmarshal(text, standard); err != nil {
			t.Errorf("encoding/json cannot read it: %v\n%s", err, text)
		}
		if diff := cmp.Diff(want, standard, exported); diff != "" {
			t.Errorf("as encoding/json reads it (-want +got):\n%s", diff)
		}
	}
}

func TestLoadBadState(t *testing.T) {
	d := &Dir{path: t.TempDir()}
	if _, err := d.Load(); !errors.Is(err, ErrNotExist) {
		t.Errorf("no file: error %v, want ErrNotExist", err)
	}
	for _, text := range []string{"", "{", "[]", `{"version":1,"pid":`, `{"version":"1"}`, `{"version":2}`, `{}`, "{}x", "\xff",
		`{"version":1}`, `{"version":1,"id":"other","cgroup":{}}`, `{"version":1,"id":"` + filepath.Base(d.path) + `"}`} {
		if err := os.WriteFile(d.path+"/"+stateFile, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Load(); !errors.Is(err, ErrBad) {
			t.Errorf("%q: error %v, want ErrBad", text, err)
		}
	}
}

// A report may be of any step: the init that sends it may have been taken over.
func TestNotesOfForgedStep(t *testing.T) {
	s := &State{LastSteps: StepNotes(`[{"first":3,"origin":{"doing":"wait"}}]`)}
	for _, step := range []uint32{0, 2, 3, 10, 0x7fffffff, 0xfffffff0} {
		if got, want := s.LastOrigin(step).Doing, "wait"; (got == want) != (step >= 3) {
			t.Errorf("step %d: %q", step, got)
		}
	}
}
