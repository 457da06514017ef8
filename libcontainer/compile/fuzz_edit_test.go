package compile

import (
	"reflect"
	"strings"

	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// edit changes a configuration as script says. The bytes of script choose a
// property, what to do with it, and a value. Any bytes are a script.
func edit(s *specs.Spec, script []byte) {
	e := &editor{script: script, words: words()}
	for len(e.script) > 0 {
		e.value(reflect.ValueOf(s).Elem())
	}
}

type editor struct {
	script []byte
	words  []string
}

// choice takes the next of n possibilities.
func (e *editor) choice(n int) int {
	if len(e.script) == 0 || n == 0 {
		return 0
	}
	c := int(e.script[0])
	e.script = e.script[1:]
	if n > 256 && len(e.script) > 0 {
		c = c<<8 | int(e.script[0])
		e.script = e.script[1:]
	}
	return c % n
}

// value changes v or something in it.
func (e *editor) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		i := e.choice(v.NumField())
		if platform, limited := v.Type().Field(i).Tag.Lookup("platform"); !limited || strings.Contains(platform, "linux") {
			e.value(v.Field(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		} else if e.choice(8) == 0 {
			v.SetZero()
			return
		}
		e.value(v.Elem())
	case reflect.Slice:
		e.list(v)
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		elem := reflect.New(v.Type().Elem()).Elem()
		e.value(elem)
		v.SetMapIndex(reflect.ValueOf(e.word()).Convert(v.Type().Key()), elem)
	case reflect.String:
		v.SetString(e.word())
	case reflect.Bool:
		v.SetBool(!v.Bool())
	default:
		e.number(v)
	}
}

// list changes, adds, repeats, moves or removes an element.
func (e *editor) list(v reflect.Value) {
	if v.Len() == 0 {
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		e.value(v.Index(0))
		return
	}
	i := e.choice(v.Len())
	switch e.choice(8) {
	case 0:
		v.Set(reflect.AppendSlice(v.Slice(0, i), v.Slice(i+1, v.Len())))
	case 1:
		v.Set(reflect.Append(v, v.Index(i)))
	case 2:
		j := e.choice(v.Len())
		a, b := v.Index(i).Interface(), v.Index(j).Interface()
		v.Index(i).Set(reflect.ValueOf(b))
		v.Index(j).Set(reflect.ValueOf(a))
	case 3:
		if v.Len() < 1000 {
			v.Set(reflect.AppendSlice(v, v))
		}
	case 4, 5:
		v.Set(reflect.Append(v, reflect.New(v.Type().Elem()).Elem()))
		e.value(v.Index(v.Len() - 1))
	default:
		e.value(v.Index(i))
	}
}

// word returns a word of the specification, a hostile one, two of them put
// together, or bytes of the script.
func (e *editor) word() string {
	switch e.choice(8) {
	case 0:
		n := min(e.choice(16), len(e.script))
		raw := string(e.script[:n])
		e.script = e.script[n:]
		return raw
	case 1:
		return e.word1() + e.word1()
	}
	return e.word1()
}

func (e *editor) word1() string { return e.words[e.choice(len(e.words))] }

func (e *editor) number(v reflect.Value) {
	interesting := []uint64{
		0, 1, 2, 3, 7, 19, 99, 0o777, 0o1777, 1000, 1024, 4095, 65535, 65536, 100000, 1 << 20,
		1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1, 1<<64 - 2, 1<<64 - 1000,
	}
	n := interesting[e.choice(len(interesting))]
	switch {
	case v.CanInt():
		v.SetInt(int64(n))
	case v.CanUint():
		v.SetUint(n)
	}
}

// words returns what may stand in the strings of a configuration.
func words() []string {
	f := spec.Features()
	list := strings.Fields(`
		/ . .. ../.. /proc /proc/self/fd/7 /dev /dev/null /dev/pts/ptmx /sys /sys/fs/cgroup /tmp/../../x a/b //x/// /a/%s%n
		c b p u rwm 0 -1 0-3,7 1-0 0- 1000000 9999999999999999999999 0x10 1: :1 \ " ' [0] {} = A= =B A=B HOME= PATH=::/x
		user time mount network true false sh rt private rslave shared none proc tmpfs sysfs devpts mqueue cgroup cgroup2
		bind overlay ext4 LINUX LINUX32 MPOL_BIND MPOL_LOCAL MPOL_F_STATIC_NODES SCHED_FIFO SCHED_DEADLINE
		SCHED_FLAG_KEEP_PARAMS IOPRIO_CLASS_RT RLIMIT_NOFILE RLIMIT_CORE size=1k mode=0755 mode=99 idmap ridmap tmpcopyup
		context=x gid=5 gid=-1 newinstance net.ipv4.ip_forward net/core/x kernel.msgmax kernel.domainname user.max_x fs.mqueue.a
		monotonic boottime eth0 eth%d run.oci.keep_original_groups org.systemd.property.X SCMP_ACT_ALLOW 1.0.2 1.3.0 2.0.0`)
	list = append(list, "", " ", "\n", "a\nb", "\x00", "a\x00b", "ü", "\u202e", "\x1b[31m", "\xff", strings.Repeat("x", 65), strings.Repeat("/x", 3000))
	list = append(list, f.MountOptions...)
	list = append(list, f.Linux.Namespaces...)
	return append(list, f.Linux.Capabilities...)
}
