package image

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/oci-rt/rt/libcontainer/program"
)

// qemuEnv tells this test binary that it runs in this qemu.
const qemuEnv = "IMAGE_TEST_QEMU"

// emulatedPrograms is how many random programs TestInQemu runs.
const emulatedPrograms = 12

// emulatedArch is what must be known of an architecture to answer the system
// calls of an emulated image: see registers.
type emulatedArch struct {
	goarch, qemu string
	syscall      string // the instruction
	number       int    // register
	args         [6]int
	result       int
	pc           int
}

// Registers have the numbers that they have for gdb: the order in which its
// remote protocol transfers them.
var emulated = []emulatedArch{
	{"arm", "qemu-arm", "\x00\x00\x00\xef", 7, [6]int{0, 1, 2, 3, 4, 5}, 0, 15},
	{"arm64", "qemu-aarch64", "\x01\x00\x00\xd4", 8, [6]int{0, 1, 2, 3, 4, 5}, 0, 32},
	{"loong64", "qemu-loongarch64", "\x00\x00\x2b\x00", 11, [6]int{4, 5, 6, 7, 8, 9}, 4, 33},
	{"ppc64le", "qemu-ppc64le", "\x02\x00\x00\x44", 0, [6]int{3, 4, 5, 6, 7, 8}, 3, 64},
	{"riscv64", "qemu-riscv64", "\x73\x00\x00\x00", 17, [6]int{10, 11, 12, 13, 14, 15}, 10, 32},
	// r0 is number 2, behind the two halves of the program status word.
	{"s390x", "qemu-s390x", "\x0a\x00", 3, [6]int{4, 5, 6, 7, 8, 9}, 4, 1},
}

// TestInQemu runs the scenarios and random programs, each in a qemu that this
// emulated process starts.
func TestInQemu(t *testing.T) {
	qemu := os.Getenv(qemuEnv)
	if qemu == "" {
		t.Skip("TestEmulated runs it")
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			s.check(t, s.run(t, func(stdin, stdout, report *os.File) func() int {
				cmd := exec.Command(qemu, writeScenario(t, &s))
				cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, os.Stderr
				cmd.ExtraFiles = []*os.File{report}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				return func() int {
					cmd.Wait()
					return cmd.ProcessState.ExitCode()
				}
			}))
		})
	}
	t.Run("random programs", func(t *testing.T) {
		compareRandom(t, emulatedPrograms, 2, func(t *testing.T, seed uint64) coverage {
			g := newGenerator(seed)
			p := g.program()
			d := startDebugged(t, qemu, writeImage(t, p))
			defer d.end(t)
			return compareRun(t, g, p, d)
		})
	})
}

func writeScenario(t *testing.T, s *scenario) string {
	t.Helper()
	p, err := s.program()
	if err != nil {
		t.Fatal(err)
	}
	return writeImage(t, p)
}

// writeImage writes the image file of a program and returns its path.
func writeImage(t *testing.T, p *program.Program) string {
	t.Helper()
	f, err := newFile(p, true)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "image"))
	if err == nil {
		err = errors.Join(f.writeTo(int(out.Fd())), out.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Name()
}

// debugged is an image in a qemu that stops at each system call. It is a tracer.
type debugged struct {
	emulatedArch
	cmd  *exec.Cmd
	conn *gdbConn
	at   uint64 // the address of the instruction
}

// startDebugged starts an image and stops it at the system call of a step, which
// is the last one in the interpreter's code.
func startDebugged(t *testing.T, qemu, image string) *debugged {
	t.Helper()
	code, err := machineCode()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(emulated, func(e emulatedArch) bool { return e.goarch == runtime.GOARCH })
	d := &debugged{emulatedArch: emulated[i]}
	d.at = textAddr + codeOff + uint64(bytes.LastIndex(code, []byte(d.syscall)))
	socket := filepath.Join(filepath.Dir(image), "gdb")
	d.cmd = exec.Command(qemu, "-g", socket, image)
	d.cmd.Stderr = os.Stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if d.conn, err = dialGDB(socket); err == nil {
		// Only who has asked for this may ask for one register.
		_, err = d.conn.call("qXfer:features:read:target.xml:0,100")
	}
	if err == nil {
		err = d.conn.ok(fmt.Sprintf("Z0,%x,%x", d.at, len(d.syscall)))
	}
	if err != nil {
		d.end(t)
		t.Fatal(err)
	}
	return d
}

// next continues up to the next system call.
func (d *debugged) next() (nr uintptr, args [6]uint64, err error) {
	reply, err := d.conn.call("c")
	if err != nil {
		return 0, args, err
	}
	if reply[0] != 'T' && reply[0] != 'S' {
		return 0, args, fmt.Errorf("the process does not stop: %s", reply)
	}
	if pc, err := d.conn.register(d.pc); pc != d.at || err != nil {
		return 0, args, fmt.Errorf("the process stops at %#x (%s), %v", pc, reply, err)
	}
	for i, n := range d.args {
		if args[i], err = d.conn.register(n); err != nil {
			return 0, args, err
		}
	}
	number, err := d.conn.register(d.number)
	return uintptr(number), args, err
}

// answer skips the instruction. On ppc64le an errno is positive, and a bit of
// the condition register tells it from a result.
func (d *debugged) answer(result int64) error {
	if d.goarch == "ppc64le" {
		const cr, summaryOverflow = 66, 1 << 28
		conditions := uint32(0)
		if result < 0 && result >= -4095 {
			conditions, result = summaryOverflow, -result
		}
		if err := d.conn.ok(fmt.Sprintf("P%x=%x", cr, words(conditions))); err != nil {
			return err
		}
	}
	if err := d.conn.ok(fmt.Sprintf("P%x=%x", d.result, long(uint64(result)))); err != nil {
		return err
	}
	return d.conn.ok(fmt.Sprintf("P%x=%x", d.pc, long(d.at+uint64(len(d.syscall)))))
}

func (d *debugged) exit(*testing.T) (status int, err error) {
	if err := d.conn.ok(fmt.Sprintf("z0,%x,%x", d.at, len(d.syscall))); err != nil {
		return 0, err
	}
	reply, err := d.conn.call("c")
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscanf(reply, "W%02x", &status)
	return status, err
}

func (d *debugged) memory(addr uint64, size int) ([]byte, error) {
	const most = 1024 // of what fits into a packet
	content := make([]byte, 0, size)
	for size > 0 {
		n := min(size, most)
		part, err := d.conn.bytes(fmt.Sprintf("m%x,%x", addr, n))
		if err != nil {
			return nil, err
		}
		content = append(content, part...)
		addr, size = addr+uint64(n), size-n
	}
	return content, nil
}

func (d *debugged) end(*testing.T) {
	if d.conn != nil {
		d.conn.Close()
	}
	d.cmd.Process.Kill()
	d.cmd.Wait()
}

// dialGDB connects to a qemu that was just started.
func dialGDB(socket string) (*gdbConn, error) {
	for range 1000 {
		if conn, err := net.Dial("unix", socket); err == nil {
			return newGDBConn(conn), nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, errors.New("qemu does not listen on " + socket)
}
