package attacks

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// checker finds the faults that the compiler would find in changed packages, without
// compiling what depends on them.
type checker struct {
	root    string
	exports map[string]string   // the compiled form of packages, by import path
	files   map[string][]string // of the tree's packages, by directory
}

// newChecker compiles the packages of the tree as they are.
func newChecker(t *testing.T) *checker {
	t.Helper()
	c := &checker{root: root(t), exports: map[string]string{}, files: map[string][]string{}}
	c.load(t, "", ".")
	c.load(t, "shim", "./cmd/containerd-shim-rt-v1")
	return c
}

// load compiles a program of one of the tree's modules.
func (c *checker) load(t *testing.T, module, program string) {
	t.Helper()
	const format = `{{.ImportPath}}|{{.Export}}|{{if not .Standard}}{{.Dir}}|{{join .GoFiles "|"}}{{end}}`
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", format, program)
	cmd.Dir = filepath.Join(c.root, module)
	cmd.Env = environment(module)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		c.exports[fields[0]] = fields[1]
		if dir, err := filepath.Rel(c.root, fields[2]); err == nil && fields[2] != "" {
			c.files[dir] = fields[3:]
		}
	}
}

// environment is that of the go command in a module: each has its build tags.
func environment(module string) []string {
	tags := "urfave_cli_no_docs"
	if module == "shim" {
		tags = "no_grpc"
	}
	return append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-tags="+tags)
}

// check returns the faults of packages with changed files.
func (c *checker) check(changed map[string][]byte) error {
	var faults []error
	for file := range changed {
		faults = append(faults, c.checkPackage(path.Dir(file), changed))
	}
	return errors.Join(faults...)
}

func (c *checker) checkPackage(dir string, changed map[string][]byte) error {
	var faults []error
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range c.files[dir] {
		var text any
		if with, ok := changed[path.Join(dir, name)]; ok {
			text = with
		}
		f, err := parser.ParseFile(set, filepath.Join(c.root, dir, name), text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return fmt.Errorf("%s: no package of rt's program", dir)
	}
	conf := types.Config{
		Importer: importer.ForCompiler(set, "gc", c.open),
		Error:    func(err error) { faults = append(faults, err) },
	}
	_, _ = conf.Check(dir, set, files, nil) // Error has them all
	return errors.Join(faults...)
}

// open opens the compiled form of a package.
func (c *checker) open(path string) (io.ReadCloser, error) {
	text, err := os.ReadFile(c.exports[path])
	return io.NopCloser(bytes.NewReader(text)), err
}
