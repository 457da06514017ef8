package example

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/oci-rt/rt/tests/bundle"
)

// tools are programs for what a reader does not see: this program under these
// names.
var tools = map[string]func(args []string) error{
	"bundle":  makeBundle,
	"setjson": setJSON,
}

// Tool runs the tool whose name this program has, if it has one. A TestMain calls it
// first.
func Tool() (status int, is bool) {
	name := filepath.Base(os.Args[0])
	tool, is := tools[name]
	if !is {
		return 0, false
	}
	if err := tool(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return 1, true
	}
	return 0, true
}

// makeTools puts the tools into bin, and rt with a state directory of its own. In a world
// of the session's own rt is installed.
func (sh *shell) makeTools() error {
	for name := range tools {
		if err := os.Symlink(sh.tool, sh.path("bin", name)); err != nil {
			return err
		}
	}
	if sh.enter != nil {
		return nil
	}
	rt := fmt.Sprintf("#!/bin/sh\nexec '%s' --root '%s' \"$@\"\n", sh.rt, sh.mark.State)
	return os.WriteFile(sh.path("bin", "rt"), []byte(rt), 0o755)
}

// makeBundle makes a bundle of busybox: bundle DIR [ARG...]. It carries the
// session's tag in the name of its cgroup only, because the environment is what a
// document may show.
func makeBundle(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: bundle DIR [ARG...]")
	}
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		return err
	}
	dir := args[0]
	err = bundle.Make(bundle.Config{Dir: dir, Runtime: os.Getenv("RT_DOCS_RT"), Busybox: busybox, Tag: os.Getenv("RT_DOCS_TAG")})
	if err != nil {
		return err
	}
	edits := []bundle.Edit{bundle.Set{Pointer: "/process/env", Value: []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
	}}}
	if len(args) > 1 {
		edits = append(edits, bundle.Set{Pointer: "/process/args", Value: args[1:]})
	}
	return bundle.EditFile(filepath.Join(dir, "config.json"), edits...)
}

// setJSON sets a value in a JSON file: setjson FILE POINTER VALUE.
func setJSON(args []string) error {
	if len(args) != 3 {
		return errors.New("usage: setjson FILE POINTER VALUE")
	}
	value, err := bundle.DecodeJSON([]byte(args[2]))
	if err != nil {
		return fmt.Errorf("value %q: %w", args[2], err)
	}
	return bundle.EditFile(args[0], bundle.Set{Pointer: args[1], Value: value})
}
