package libcontainer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/oci-rt/rt/tests/need"
	"golang.org/x/sys/unix"
)

// exampleBundle is a directory with config.json and rootfs.
var exampleBundle string

// A container that is made, started, waited for and deleted.
func ExampleStore_Create() {
	ctx := context.Background()
	store := libcontainer.Store{Root: filepath.Join(exampleBundle, "state")}
	s, text, err := spec.LoadText(exampleBundle)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := store.Create(ctx, libcontainer.Config{
		ID: "example", Bundle: exampleBundle, Spec: s, Text: text,
		Stdio: [3]*os.File{os.Stdin, os.Stdout, os.Stderr},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
	}
	exit, err := p.Wait(ctx)
	fmt.Println(exit.Code, err)
	fmt.Println(store.Delete(ctx, "example", false))
}

// Another process in a container that runs.
func ExampleContainer_Exec() {
	ctx := context.Background()
	store := libcontainer.Store{Root: filepath.Join(exampleBundle, "state")}
	s, err := spec.Load(exampleBundle)
	if err != nil {
		fmt.Println(err)
		return
	}
	stdio := [3]*os.File{os.Stdin, os.Stdout, os.Stderr}
	s.Process.Args = []string{"busybox", "sleep", "1000"}
	first, err := store.Run(ctx, libcontainer.Config{ID: "example", Bundle: exampleBundle, Spec: s, Stdio: stdio})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer first.Close()
	container, err := store.Open("example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer container.Close()
	process := *s.Process
	process.Args = []string{"busybox", "sh", "-c", "echo inside; exit 3"}
	p, err := container.Exec(ctx, libcontainer.ExecConfig{Process: &process, Stdio: stdio})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
	}
	exit, err := p.Wait(ctx)
	fmt.Println(exit.Code, err)
	fmt.Println(first.Signal(unix.SIGKILL))
	exit, err = first.Wait(ctx)
	fmt.Println(exit.Status(), err, first.Remove(ctx))
}

// TestExamples runs the examples, which take root.
func TestExamples(t *testing.T) {
	need.Root(t)
	exampleBundle = t.TempDir()
	bin := filepath.Join(exampleBundle, "rootfs", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", need.Busybox(t), filepath.Join(bin, "busybox")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := spec.Default()
	s.Process.Terminal = false
	s.Process.Args = []string{"busybox", "echo", "hello"}
	s.Linux.CgroupsPath = fmt.Sprintf("/rt-example-%d", os.Getpid())
	text, err := json.Marshal(s)
	if err == nil {
		err = os.WriteFile(filepath.Join(exampleBundle, "config.json"), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, example := range map[string]struct {
		run  func()
		want string
	}{
		"Create": {ExampleStore_Create, "hello\n0 <nil>\n<nil>\n"},
		"Exec":   {ExampleContainer_Exec, "inside\n3 <nil>\n<nil>\n137 <nil> <nil>\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := output(t, example.run); got != example.want {
				t.Errorf("%q, want %q", got, example.want)
			}
		})
	}
}

// output returns what f writes to standard output.
func output(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stdout := os.Stdout
	os.Stdout = w
	f()
	os.Stdout = stdout
	w.Close()
	var text bytes.Buffer
	if _, err := io.Copy(&text, r); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
