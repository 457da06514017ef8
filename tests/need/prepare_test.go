package need

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// prepare runs tests/prepare.sh on a machine that has nothing but an apt-get made
// of these lines, which finds its number of the call in $n.
func prepare(t *testing.T, patience, aptGet string) string {
	t.Helper()
	dir := t.TempDir()
	for _, program := range []string{"bash", "mktemp", "rm", "grep", "sleep", "tail", "cat"} {
		path, err := exec.LookPath(program)
		if err != nil {
			t.Skipf("needs %s", program)
		}
		if err := os.Symlink(path, filepath.Join(dir, program)); err != nil {
			t.Fatal(err)
		}
	}
	scripts := map[string]string{
		"id":      "echo 0",
		"apt-get": `echo "$@" >>` + dir + `/calls; n=$(grep -c . ` + dir + "/calls)\n" + aptGet,
	}
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!"+dir+"/bash\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("../prepare.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(dir, "bash"), script)
	cmd.Env = []string{"PATH=" + dir, "APT_PATIENCE=" + patience, "TMPDIR=" + dir}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	calls, _ := os.ReadFile(filepath.Join(dir, "calls"))
	return string(out) + "calls:\n" + string(calls)
}

func TestPrepare(t *testing.T) {
	const locked = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 42"
	const dpkg = "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?"
	tests := []struct {
		name, patience, aptGet string
		want, without          []string
		installs               int
	}{
		{"free", "60", "exit 0", nil, []string{"is busy", "could not"}, 1},
		{"busy twice", "60", "[ $n -gt 2 ] || { echo '" + locked + "'; exit 100; }", []string{"apt is busy"}, []string{"could not"}, 3},
		{"busy for ever", "0", "echo '" + dpkg + "'; exit 100", []string{"apt-get could not install it: busybox", dpkg}, nil, 1},
		{"no lists", "60", "[ $n -gt 1 ] || { echo 'E: Unable to locate package criu'; exit 100; }", nil, []string{"is busy", "could not"}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := prepare(t, tt.patience, tt.aptGet)
			for _, want := range tt.want {
				if !strings.Contains(out, want) {
					t.Errorf("output lacks %q:\n%s", want, out)
				}
			}
			for _, without := range tt.without {
				if strings.Contains(out, without) {
					t.Errorf("output has %q:\n%s", without, out)
				}
			}
			if n := strings.Count(out, " install -y"); n != tt.installs {
				t.Errorf("%d calls of apt-get install, want %d:\n%s", n, tt.installs, out)
			}
		})
	}
}
