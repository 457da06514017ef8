package image

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/oci-rt/rt/libcontainer/program"
)

// writeImagesEnv makes the test binary write the image files of all scenarios
// to a directory, for its own architecture.
const writeImagesEnv = "IMAGE_TEST_WRITE_TO"

func imagePath(dir string, s *scenario) string {
	return filepath.Join(dir, strings.ReplaceAll(s.name, " ", "-"))
}

func writeImages(dir string) error {
	for i := range scenarios {
		p, err := scenarios[i].program()
		if err != nil {
			return err
		}
		if err := writeImage(imagePath(dir, &scenarios[i]), p); err != nil {
			return err
		}
	}
	return nil
}

func writeImage(path string, p *program.Program) error {
	f, err := newFile(p, true)
	if err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(f.writeTo(int(out.Fd())), out.Close())
}

// TestArm64InQemu runs the scenarios' images for arm64 in qemu's user mode
// emulation. They are laid out by this package's test binary for arm64,
// because the interpreter's code is that binary's own. (That binary cannot
// start images in qemu, which does not know CLONE_PIDFD.)
func TestArm64InQemu(t *testing.T) {
	if runtime.GOARCH == "arm64" {
		t.Skip("TestScenarios runs them natively")
	}
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		cannotRun(t, err.Error())
	}
	dir := t.TempDir()
	buildArm64Images(t, qemu, dir)
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			s.check(t, s.run(t, func(stdin, stdout, report *os.File) func() int {
				cmd := exec.Command(qemu, imagePath(dir, &s))
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
}

func buildArm64Images(t *testing.T, qemu, dir string) {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		cannotRun(t, err.Error())
	}
	binary := filepath.Join(dir, "arm64.test")
	build := exec.Command(goTool, "test", "-c", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build for arm64: %v\n%s", err, out)
	}
	write := exec.Command(qemu, binary)
	write.Env = append(os.Environ(), writeImagesEnv+"="+dir)
	if out, err := write.CombinedOutput(); err != nil {
		t.Fatalf("write images for arm64: %v\n%s", err, out)
	}
}
