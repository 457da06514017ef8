package script

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/oci-rt/rt/tests/need"
	"github.com/rogpeppe/go-internal/testscript"
)

// counterName is what this test's own program is called when it is to count.
const counterName = "counter"

// counter BUNDLE: gives a bundle /bin/counter.
func cmdCounter(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "counter BUNDLE")
	data, err := os.ReadFile(need.StaticTest(stageOf(ts).tb))
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), "rootfs/bin", counterName), data, 0o755))
}

// count counts for ever. Each number goes there and back through pipes, by a
// thread of its own, and is in a file that stays open when it has come back. A
// checkpoint has to save it all.
func count(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	there, back, err := echo()
	if err != nil {
		return err
	}
	numbers := bufio.NewReader(back)
	for n, got := 1, 0; ; n++ {
		if _, err := fmt.Fprintln(there, n); err != nil {
			return err
		}
		if _, err := fmt.Fscanln(numbers, &got); err != nil || got != n {
			return fmt.Errorf("sent %d, got %d: %w", n, got, err)
		}
		if _, err := file.WriteAt(fmt.Appendf(nil, "%d\n", n), 0); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// echo returns the ends of two pipes: what is written to there comes back.
func echo() (there, back *os.File, err error) {
	in, there, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	back, out, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	go func() {
		runtime.LockOSThread()
		_, _ = io.Copy(out, in)
	}()
	return there, back, nil
}
