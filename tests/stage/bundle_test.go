package stage

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

func TestTrueProgramRuns(t *testing.T) {
	program, err := trueProgram(runtime.GOARCH)
	if err != nil {
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "true")
	if err := os.WriteFile(file, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(file).Run(); err != nil {
		t.Error(err)
	}
}

func TestTrueProgramOfOtherArchitecture(t *testing.T) {
	if _, err := trueProgram("riscv64"); err == nil {
		t.Error("there is a program for an architecture that nobody wrote one for")
	}
}
