package spec

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// supported are the properties that rt does something with, or that the
// specification gives no meaning in rt's case.
var supported = strings.Fields(`
	ociVersion root.path root.readonly hostname domainname annotations
	process.terminal process.consoleSize process.user.uid process.user.gid process.user.umask
	process.user.additionalGids process.args process.env process.cwd
	process.capabilities.bounding process.capabilities.effective
	process.capabilities.inheritable process.capabilities.permitted
	process.capabilities.ambient process.rlimits process.noNewPrivileges
	process.oomScoreAdj process.scheduler process.ioPriority process.execCPUAffinity
	process.apparmorProfile process.selinuxLabel
	hooks mounts.destination mounts.type mounts.source mounts.options mounts.uidMappings mounts.gidMappings
	linux.uidMappings linux.gidMappings linux.timeOffsets linux.netDevices linux.intelRdt
	linux.mountLabel linux.sysctl linux.cgroupsPath linux.namespaces linux.devices
	linux.seccomp linux.rootfsPropagation linux.maskedPaths linux.readonlyPaths
	linux.resources.devices linux.resources.memory linux.resources.cpu
	linux.resources.pids linux.resources.blockIO
	linux.resources.hugepageLimits linux.resources.network linux.resources.rdma linux.resources.unified linux.memoryPolicy linux.personality`)

// TestEveryProperty proves that nothing of the specification is skipped in
// silence: a new property for Linux has to be put on the list.
func TestEveryProperty(t *testing.T) {
	all := properties(reflect.TypeFor[specs.Spec](), "")
	for _, path := range all {
		if !known(supported, path) {
			t.Errorf("%s: is not supported", path)
		}
	}
	for _, path := range supported {
		if !slices.ContainsFunc(all, func(p string) bool { return isBelow(p, path) }) {
			t.Errorf("%s: is no property", path)
		}
	}
}

// known reports whether a list has path or an object that path is in.
func known(list []string, path string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return isBelow(path, p) })
}

// properties lists the paths of all properties below type t, without indices.
func properties(t reflect.Type, at string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return []string{strings.TrimPrefix(at, ".")}
	}
	var list []string
	for _, f := range fieldsOf(t, nil) {
		list = append(list, properties(t.FieldByIndex(f.index).Type, at+"."+f.name)...)
	}
	return list
}

// with returns a good configuration with one more property.
func with(t *testing.T, path, value string) *specs.Spec {
	t.Helper()
	data, err := os.ReadFile("testdata/docker.json")
	if err != nil {
		t.Fatal(err)
	}
	s := new(specs.Spec)
	extra := value
	for _, name := range slices.Backward(strings.Split(path, ".")) {
		extra = `{"` + name + `": ` + extra + `}`
	}
	for _, text := range []string{string(data), extra} {
		if err := json.Unmarshal([]byte(text), s); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return s
}

// TestNUL puts a NUL into every string of a full configuration.
func TestNUL(t *testing.T) {
	places := 0
	for {
		s := new(specs.Spec)
		fill(reflect.ValueOf(s).Elem())
		n := places
		if !spoil(reflect.ValueOf(s).Elem(), &n) {
			break
		}
		places++
		found := slices.DeleteFunc(Validate(s), func(f Fault) bool { return f.Problem != "contains a NUL character" })
		if len(found) != 1 || found[0].Path == "" || strings.Contains(found[0].Path, "..") {
			t.Errorf("place %d: found %v", places, found)
		}
	}
	if places < 80 {
		t.Errorf("only %d strings were found", places)
	}
}

// fill gives every field below v a value, with one element in each list.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		elem := reflect.New(v.Type().Elem()).Elem()
		fill(elem)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), elem)
	case reflect.Struct:
		for i := range v.NumField() {
			if propertyName(v.Type().Field(i).Tag) != "" || v.Type().Field(i).Anonymous {
				fill(v.Field(i))
			}
		}
	}
}

// spoil puts a NUL into the nth string below v.
func spoil(v reflect.Value, n *int) bool {
	switch v.Kind() {
	case reflect.String:
		if *n--; *n == -1 {
			v.SetString("x\x00")
			return true
		}
	case reflect.Pointer:
		return !v.IsNil() && spoil(v.Elem(), n)
	case reflect.Slice:
		return v.Len() > 0 && spoil(v.Index(0), n)
	case reflect.Map:
		return spoilMap(v, n)
	case reflect.Struct:
		for i := range v.NumField() {
			if spoil(v.Field(i), n) {
				return true
			}
		}
	}
	return false
}

func spoilMap(v reflect.Value, n *int) bool {
	for it := v.MapRange(); it.Next(); {
		if *n--; *n == -1 {
			v.SetMapIndex(reflect.ValueOf("x\x00"), it.Value())
			return true
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		elem.Set(it.Value())
		if spoil(elem, n) {
			v.SetMapIndex(it.Key(), elem)
			return true
		}
	}
	return false
}

// isBelow reports whether the setting at path is the one at top or a part of
// it.
func isBelow(path, top string) bool {
	rest, ok := strings.CutPrefix(path, top)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
