package program

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// timedText returns the steps of the timed program behind the failure handler,
// each with its number.
func timedText(t *testing.T, steps func(b *Builder)) []string {
	t.Helper()
	p, err := Timed(build(t, steps))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for i := Entry; i < len(p.Steps); i++ {
		text := stepText(p, i)
		if p.Steps[i].Nr == sysClockGettime {
			text = "time"
			if p.Steps[i].Args[1].Value != uint64(TimesAddr+TimeSize*p.Number(i)) {
				t.Errorf("step %d stores its time at %#x", i, p.Steps[i].Args[1].Value)
			}
			if want := []Outcome{{AnyErrno, i + 1}}; !slices.Equal(p.Steps[i].On, want) {
				t.Errorf("the time of step %d has outcomes %v, want %v", i, p.Steps[i].On, want)
			}
		}
		list = append(list, strings.Repeat(" ", p.Number(i)-Entry)+text)
	}
	return list
}

func TestTimed(t *testing.T) {
	tests := []struct {
		name  string
		steps func(b *Builder)
		want  []string
	}{
		{"calls, and nothing else", func(b *Builder) {
			b.ShareProgress()
			word := b.Buffer(8)
			b.Store(word, Imm(1))
			b.Umask(0)
			b.ExitGroup(0)
		}, []string{
			"mmap(0x20000000, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, progress, 0)",
			" time", " close(progress)",
			"  word(buf) = 1",
			"   time", "   umask(000)",
			"    time", "    exit_group(0)",
		}},
		{"targets lead to the question", func(b *Builder) {
			b.ShareProgress()
			end := b.NewLabel()
			b.Umask(1).On(unix.EPERM, end).Ignore(unix.ENOSYS)
			b.Jump(end)
			b.Bind(end)
			b.ExitGroup(0)
		}, []string{
			"mmap(0x20000000, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, progress, 0)",
			" time", " close(progress)",
			"  time", "  umask(001)   EPERM → 8; ENOSYS → ignored",
			"   goto 8",
			"    time", "    exit_group(0)",
		}},
		{"a call that is made again keeps its time", func(b *Builder) {
			b.ShareProgress()
			b.Read(Imm(9), b.Buffer(8), 8).Retry()
			b.ExitGroup(0)
		}, []string{
			"mmap(0x20000000, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, progress, 0)",
			" time", " close(progress)",
			"  time", "  read(9, buf, 8)   EINTR → again",
			"   time", "   exit_group(0)",
		}},
		{"nothing behind a filter", func(b *Builder) {
			b.ShareProgress()
			before, behind := b.NewLabel(), b.NewLabel()
			b.Jump(before)
			b.Bind(behind)
			b.Umask(1)
			b.ExitGroup(0)
			b.Bind(before)
			b.SeccompFilter(0, nil)
			b.Umask(2)
			b.Jump(behind)
		}, []string{
			"mmap(0x20000000, 8192, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, progress, 0)",
			" time", " close(progress)",
			"  goto 8",
			"   umask(001)", "    exit_group(0)",
			"     time", `     seccomp(SECCOMP_SET_MODE_FILTER, 0, {0 instructions})`,
			"      umask(002)", "       goto 6",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := timedText(t, test.steps)
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// The program that was timed stays as it was.
func TestTimedLeavesTheOriginal(t *testing.T) {
	p := build(t, func(b *Builder) {
		b.ShareProgress()
		b.Umask(0).Ignore(unix.EPERM)
		b.ExitGroup(0)
	})
	before := make([]string, 0, len(p.Steps))
	for i := range p.Steps {
		before = append(before, stepText(p, i))
	}
	timed, err := Timed(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Steps {
		if got := stepText(p, i); got != before[i] {
			t.Errorf("step %d was %s and is %s", i, before[i], got)
		}
	}
	if p.SharedSize() != ProgressSize || timed.SharedSize() <= ProgressSize {
		t.Errorf("sizes are %d and %d", p.SharedSize(), timed.SharedSize())
	}
}

func TestTimedFaults(t *testing.T) {
	if _, err := Timed(build(t, func(b *Builder) { b.ExitGroup(0) })); err == nil {
		t.Error("a program that shares nothing was timed")
	}
	long := build(t, func(b *Builder) {
		b.ShareProgress()
		b.ExitGroup(0)
	})
	long.Steps = append(long.Steps[:Entry+2:Entry+2], slices.Repeat(long.Steps[Entry+1:], MaxSteps/2)...)
	if _, err := Timed(long); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("error of a program that becomes too long: %v", err)
	}
}

// The monotonic clock of a time namespace is not that of the host.
func TestClock(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps func(b *Builder)
		want  int
	}{
		{"none", func(b *Builder) { b.Unshare(unix.CLONE_NEWCGROUP) }, unix.CLOCK_MONOTONIC},
		{"made", func(b *Builder) { b.Unshare(unix.CLONE_NEWTIME) }, unix.CLOCK_REALTIME},
		{"entered", func(b *Builder) { b.Setns(Imm(3), unix.CLONE_NEWTIME) }, unix.CLOCK_REALTIME},
		{"entered with others", func(b *Builder) { b.Setns(Imm(3), unix.CLONE_NEWTIME|unix.CLONE_NEWPID) }, unix.CLOCK_REALTIME},
	} {
		if got := build(t, test.steps).Clock(); got != test.want {
			t.Errorf("%s: clock %d, want %d", test.name, got, test.want)
		}
	}
}
