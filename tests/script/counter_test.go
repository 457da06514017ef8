package script

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/oci-rt/rt/tests/need"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// counterName is what this test's own program is called when it is to count, and
// counterFailed its exit status.
const (
	counterName   = "counter"
	counterFailed = 5
)

// counter BUNDLE: gives a bundle /bin/counter.
func cmdCounter(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "counter BUNDLE")
	data, err := os.ReadFile(need.StaticTest(stageOf(ts).tb))
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), "rootfs/bin", counterName), data, 0o755))
}

// runCounter is the program.
//
//	counter FILE [LINK [ADDRESS]]  counts, and sends the numbers over such a link
//	counter serve ADDRESS          is the other end of "dial" links
//	counter ignore ADDRESS         lets others connect and never looks at them
//	counter receive SOCKET FILE    is the other end of "unixgram" links
//	counter status                 shows its own /proc/self/status
func runCounter(args []string) error {
	args = append(args, "", "", "")
	switch args[0] {
	case "serve":
		return serve(args[1])
	case "ignore":
		return ignore(args[1])
	case "receive":
		return receive(args[1], args[2])
	case "status":
		return showStatus()
	}
	return count(args[0], args[1], args[2])
}

// showStatus shows the ids and capabilities that this process has, and ends it well.
func showStatus() error {
	status, err := os.ReadFile("/proc/self/status")
	if err == nil {
		_, err = os.Stdout.Write(status)
	}
	if err == nil {
		os.Exit(0)
	}
	return err
}

// count counts for ever. Each number goes over a link there and back, and is in a
// file that stays open when it has come back. A checkpoint has to save it all. The file
// does not grow, so that a restore finds it as large as it was.
func count(path, kind, address string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	link, err := dial(kind, address, file)
	if err != nil {
		return err
	}
	numbers := bufio.NewReader(link)
	for n, got := 1, 0; ; n++ {
		if _, err := fmt.Fprintln(link, n); err != nil {
			return err
		}
		if _, err := fmt.Fscanln(numbers, &got); err != nil || got != n {
			return fmt.Errorf("sent %d, got %d: %w", n, got, err)
		}
		if _, err := file.WriteAt(fmt.Appendf(nil, "%-8d\n", n), 0); err != nil {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// dial makes a link: what is written to it comes back.
func dial(kind, address string, file *os.File) (io.ReadWriter, error) {
	switch kind {
	case "":
		return pipes()
	case "lock": // the file is locked as well
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			return nil, err
		}
		return pipes()
	case "tcp": // a connection with itself
		return loopback()
	case "dial": // one with another process
		return connect("tcp", address)
	case "unixgram":
		return oneWay(address)
	}
	return nil, fmt.Errorf("no link is called %s", kind)
}
