package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/oci-rt/rt/tests/need"
	"github.com/oci-rt/rt/tests/steps"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// programs makes a directory of things that can or cannot be executed:
//
//	a/tool  not executable
//	a/text  not executable, and nowhere else
//	b/tool  prints "b/tool" and its arguments
//	b/dir   a directory
//	b/lost  a script whose interpreter does not exist
//	b/junk  executable, but no format that the kernel knows
//	loop    a symbolic link to itself
//	file    not a directory
func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script := "#!" + need.Busybox(t) + " sh\necho b/tool \"$@\"\n"
	for _, sub := range []string{"a", "b", "b/dir"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []struct {
		name, content string
		mode          os.FileMode
	}{
		{"a/tool", script, 0o644},
		{"a/text", script, 0o644},
		{"b/tool", script, 0o755},
		{"b/lost", "#!/nowhere/sh\n", 0o755},
		{"b/junk", "junk\n", 0o755},
		{"file", "", 0o644},
	} {
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.content), f.mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// execTest is a search for a program in the directory that [programs] makes.
type execTest struct {
	name   string
	arg0   string
	path   string // elements of PATH, $ is dir; "-" is no PATH
	output string
	failed string
	late   bool // only execve(2) tells
}

var execTests = []execTest{
	{name: "path", arg0: "$/b/tool", path: "-", output: "b/tool x\n"},
	{name: "relative path", arg0: "b/tool", path: "-", output: "b/tool x\n"},
	{name: "found behind one that is not executable", arg0: "tool", path: "$/a:$/b", output: "b/tool x\n"},
	{name: "found behind things that are no directories", arg0: "tool", path: "$/none:$/file:$/b/", output: "b/tool x\n"},
	{name: "found behind what cannot be reached", arg0: "tool", path: "$/loop:$/loop/x:/" + strings.Repeat("x", 300) + ":" +
		strings.Repeat("/xx", 1500) + ":$/b/tool:$/b", output: "b/tool x\n"},
	{name: "not reached anywhere", arg0: "tool", path: "$/loop:/" + strings.Repeat("x", 300), failed: `exec: "tool": executable file not found in $PATH`},
	{name: "format of what is found counts", arg0: "junk", path: "$/loop:$/b:$/a", late: true, failed: `exec $/b/junk: exec format error`},
	{name: "loop of links", arg0: "$/loop", path: "$/b", failed: `exec $/loop: too many levels of symbolic links`},
	{name: "found in the current directory", arg0: "b/tool", path: "", output: "b/tool x\n"},
	{name: "not executable", arg0: "text", path: "$/b:$/a:$/none", failed: `exec: "text": permission denied`},
	{name: "path of what is not executable", arg0: "$/a/text", path: "-", failed: `exec: "$/a/text": permission denied`},
	{name: "in no directory", arg0: "tool", path: "$/none:$", failed: `exec: "tool": executable file not found in $PATH`},
	{name: "empty name", arg0: "", path: "$/b", failed: `exec: "": executable file not found in $PATH`},
	{name: "no such path", arg0: "$/b/none", path: "$/b", failed: `exec: "$/b/none": stat $/b/none: no such file or directory`},
	{name: "below a file", arg0: "$/file/none", path: "$/b", failed: `exec $/file/none: not a directory`},
	{name: "directory", arg0: "$/b/dir", path: "$/b", failed: `exec: "$/b/dir": permission denied`},
	{name: "directory in PATH", arg0: "dir", path: "$/b", failed: `exec: "dir": permission denied`},
	{name: "no format", arg0: "junk", path: "$/b", late: true, failed: `exec $/b/junk: exec format error`},
	{name: "interpreter missing", arg0: "lost", path: "$/a:$/b", late: true,
		failed: `exec $/b/lost: no such file or directory: it exists, but its interpreter (#! line or dynamic loader) does not`},
	{name: "interpreter of a path missing", arg0: "$/b/lost", path: "-", late: true,
		failed: `exec $/b/lost: no such file or directory: it exists, but its interpreter (#! line or dynamic loader) does not`},
}

// run runs steps for the process of the test.
func (test execTest) run(t *testing.T, dir string, build func(*program.Builder, *specs.Process)) (r steps.Result, failed string) {
	expand := func(s string) string { return strings.ReplaceAll(s, "$/", dir+"/") }
	p := &specs.Process{Args: []string{expand(test.arg0), "x"}}
	if test.path != "-" {
		p.Env = []string{"PATH=" + expand(test.path)}
	}
	if test.failed != "" {
		failed = "process.args[0]: " + expand(test.failed)
	}
	return steps.Run(t, func(b *program.Builder) {
		b.Call(unix.SYS_CHDIR, b.String(dir))
		build(b, p)
	}), failed
}

func TestExec(t *testing.T) {
	dir := programs(t)
	for _, test := range execTests {
		t.Run(test.name, func(t *testing.T) {
			r, failed := test.run(t, dir, func(b *program.Builder, p *specs.Process) { Exec(b, p, program.Null) })
			if r.Output != test.output || r.Failure != failed {
				t.Errorf("output %q, failure %q; want %q, %q", r.Output, r.Failure, test.output, failed)
			}
		})
	}
}

// TestFind: the search says what the execution would, and executes nothing.
func TestFind(t *testing.T) {
	dir := programs(t)
	for _, test := range execTests {
		t.Run(test.name, func(t *testing.T) {
			r, failed := test.run(t, dir, Find)
			if test.late {
				failed = ""
			}
			if r.Output != "" || r.Failure != failed {
				t.Errorf("output %q, failure %q; want none, %q", r.Output, r.Failure, failed)
			}
		})
	}
}

func TestDirectories(t *testing.T) {
	tests := []struct {
		env  []string
		want []string
	}{
		{nil, strings.Split(defaultPath, ":")},
		{[]string{"PATH=/a"}, []string{"/a"}},
		{[]string{"PATH=/a", "PATH=/b::/c"}, []string{"/b", "", "/c"}},
		{[]string{"PATH="}, []string{""}},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, directories(test.env, "tool")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.env, diff)
		}
	}
}

func TestEnvironment(t *testing.T) {
	tests := []struct {
		name string
		env  []string
		home string
		want string
	}{
		{name: "none"},
		{name: "in order", env: []string{"B=1", "A=2"}, want: "B=1\nA=2\n"},
		{name: "last one wins", env: []string{"A=1", "B=2", "A=3"}, want: "B=2\nA=3\n"},
		{name: "home is added", env: []string{"A=1"}, home: "HOME=/h", want: "A=1\nHOME=/h\n"},
		{name: "empty home is replaced", env: []string{"HOME=", "A=1"}, home: "HOME=/h", want: "A=1\nHOME=/h\n"},
		{name: "home stays", env: []string{"HOME=/mine", "A=1"}, home: "HOME=/h", want: "HOME=/mine\nA=1\n"},
		{name: "empty home stays if there is no other", env: []string{"HOME="}, want: "HOME=\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := succeed(t, steps.Run(t, func(b *program.Builder) {
				home := program.Null
				if test.home != "" {
					home = b.String(test.home)
				}
				Exec(b, &specs.Process{Args: []string{need.Busybox(t), "env"}, Env: test.env}, home)
			}))
			if diff := cmp.Diff(test.want, r.Output); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
