package cgroup

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// use is an access to a device, as the kernel asks a filter for it.
type use struct {
	kind         byte
	major, minor uint32
	access       access
}

// run interprets a filter: just the instructions that filters are made of.
func run(code []byte, u use) (allowed bool, err error) {
	kind := uint32(unix.BPF_DEVCG_DEV_CHAR)
	if u.kind == 'b' {
		kind = unix.BPF_DEVCG_DEV_BLOCK
	}
	context := []uint32{kind | uint32(u.access)<<16, u.major, u.minor}
	var r [6]uint32
	for pc := 0; ; pc++ {
		if pc < 0 || (pc+1)*instructionSize > len(code) {
			return false, fmt.Errorf("ran to %d", pc)
		}
		in := code[pc*instructionSize:]
		dst, src := &r[in[1]&15], r[in[1]>>4]
		offset := int(int16(binary.LittleEndian.Uint16(in[2:])))
		value := binary.LittleEndian.Uint32(in[4:])
		switch in[0] {
		case 0x61: // r = *(u32 *)(r1 + offset)
			if src != 0 || in[1]>>4 != 1 || offset%4 != 0 || offset > 8 {
				return false, fmt.Errorf("%d loads from elsewhere", pc)
			}
			*dst = context[offset/4]
		case 0xb4: // w = value
			*dst = value
		case 0x54: // w &= value
			*dst &= value
		case 0x74: // w >>= value
			*dst >>= value
		case 0x56: // if w != value
			if *dst != value {
				pc += offset
			}
		case 0x46: // if w & value
			if *dst&value != 0 {
				pc += offset
			}
		case 0x05: // goto
			pc += offset
		case 0x95: // exit
			return r[0] != 0, nil
		default:
			return false, fmt.Errorf("%d has code %#x", pc, in[0])
		}
	}
}

// allows decides by the policy itself.
func (p *devicePolicy) allows(u use) bool {
	for d, a := range p.except {
		same := d.kind == u.kind && (d.major == anyNumber || d.major == int64(u.major)) && (d.minor == anyNumber || d.minor == int64(u.minor))
		switch {
		case !same:
		case p.allow && a&u.access != 0:
			return false
		case !p.allow && u.access&^a == 0:
			return true
		}
	}
	return p.allow
}

func TestFilterInterpreted(t *testing.T) {
	for seed := range uint64(300) {
		checkFilter(t, seed)
	}
}

func FuzzFilter(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkFilter(t, seed) })
}

func checkFilter(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 3))
	p := randomPolicy(r)
	code := encode(p.filter(), binary.NativeEndian)
	for range 50 {
		u := use{pick[byte](r, 'b', 'c'), uint32(randomNumber(r)), uint32(randomNumber(r)), access(1 + r.IntN(7))}
		got, err := run(code, u)
		if want := p.allows(u); err != nil || got != want {
			t.Fatalf("seed %d: %+v allowed is %v, %v, want %v, by %+v", seed, u, got, err, want, p)
		}
	}
}

// randomPolicy applies rules as they come, and leaves out what is refused.
func randomPolicy(r *rand.Rand) *devicePolicy {
	p := newDevicePolicy(false)
	for range r.IntN(30) {
		_ = p.apply(randomRule(r))
	}
	return p
}

func randomRule(r *rand.Rand) deviceRule {
	rule := deviceRule{access: access(1 + r.IntN(7)), allow: r.IntN(2) == 0}
	rule.kind = pick[byte](r, 'b', 'c', 'c', 'b', 'c', 'c', 'a')
	rule.major, rule.minor = randomNumber(r), randomNumber(r)
	return rule
}

// randomNumber returns one of few numbers, so that rules meet.
func randomNumber(r *rand.Rand) int64 { return pick[int64](r, anyNumber, 0, 1, 2, 1<<31, 1<<32-2) }

// The program of the default devices, to be read. Docker's default rules add
// nothing to them: they allow what is allowed already.
func TestDefaultFilter(t *testing.T) {
	p, err := policyOf(&specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{
		{Access: "rwm"},
		{Allow: true, Type: "c", Major: pointer[int64](1), Minor: pointer[int64](3), Access: "rwm"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	program := p.filter()
	if len(program) != 50 {
		t.Errorf("%d instructions", len(program))
	}
	want := strings.Fields(`
		61:3,1+0=0 61:2,1+0=0 74:3,0+0=16 54:2,0+0=65535 61:4,1+4=0 61:5,1+8=0 b4:0,0+0=1
		56:2,0+3=2 56:4,0+2=1 56:5,0+1=3 95:0,0+0=0
		56:2,0+2=2 46:3,0+1=6 95:0,0+0=0
		56:2,0+2=1 46:3,0+1=6 95:0,0+0=0`)
	var got []string
	for _, in := range program[:len(want)] {
		got = append(got, fmt.Sprintf("%02x:%d,%d+%d=%d", in.code, in.dst, in.src, in.offset, in.value))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("(-want +got)\n" + d)
	}
}

// TestEncode has the order of bytes and of bit-fields of both kinds of machines.
func TestEncode(t *testing.T) {
	list := []instruction{{code: 0x61, dst: 1, src: 2, offset: 4, value: 8}}
	for want, order := range map[string]binary.AppendByteOrder{
		"\x61\x21\x04\x00\x08\x00\x00\x00": binary.LittleEndian,
		"\x61\x12\x00\x04\x00\x00\x00\x08": binary.BigEndian,
	} {
		if got := encode(list, order); string(got) != want {
			t.Errorf("%v: %x, want %x", order, got, want)
		}
	}
}
