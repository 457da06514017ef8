package program

import (
	"reflect"
	"testing"
)

// roomy makes a small program of so many steps.
func roomy(t *testing.T, steps int) *Program {
	t.Helper()
	b := NewBuilder("sync")
	b.Expect(100)
	b.Doing("test")
	b.Phase("phase")
	for range steps {
		b.Call(1, b.String("a string"))
	}
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A program in the memory of another one is the same as without, and nothing of
// the other one is left.
func TestRelease(t *testing.T) {
	for _, before := range []int{3, 50, 300} {
		want := roomy(t, 10)
		last := roomy(t, before)
		room := last.Steps[:cap(last.Steps)]
		last.Release()
		for i, s := range room {
			if !reflect.DeepEqual(s, Step{}) {
				t.Fatalf("step %d of a released program is %+v", i, s)
			}
		}
		if got := roomy(t, 10); !reflect.DeepEqual(got, want) {
			t.Errorf("behind a program of %d steps: got %+v, want %+v", before, got, want)
		}
	}
	(&Program{}).Release()
}

// The premise: the next program takes no memory of its own for its steps.
func TestRoomIsUsedAgain(t *testing.T) {
	roomy(t, 90).Release()
	used := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			roomy(t, 90).Release()
		}
	})
	if n := used.AllocedBytesPerOp(); n > 100*int64(reflect.TypeFor[Step]().Size())/2 {
		t.Errorf("%d bytes for each program", n)
	}
}
