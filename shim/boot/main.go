// Package boot starts the shim, ends it, and cleans up behind it: everything that
// containerd asks of the program besides the task service.
//
// This is not containerd's own package shim, whose programs refuse every containerd
// before 2.3, and which loads a logger and a plugin registry that nothing here needs.
package boot

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// Name is the name by which containerd knows the runtime.
const Name = "io.containerd.rt.v1"

// Version is the program's version.
type Version struct{ Version, Commit string }

// arguments are what containerd starts the program with.
type arguments struct {
	namespace, id string
	address       string // of containerd
	socket        string // to serve on, instead of descriptor 3
	bundle        string // of delete
	debug         bool
	version, info bool
	action        string // "start", "delete" or, to serve, ""
}

func parse(args []string) (*arguments, error) {
	var a arguments
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&a.namespace, "namespace", "", "")
	f.StringVar(&a.id, "id", "", "")
	f.StringVar(&a.address, "address", "", "")
	f.StringVar(&a.socket, "socket", "", "")
	f.StringVar(&a.bundle, "bundle", "", "")
	f.String("publish-binary", "", "") // events go to containerd's socket
	f.BoolVar(&a.debug, "debug", os.Getenv("RT_DEBUG") == "1", "")
	f.BoolVar(&a.version, "version", false, "")
	f.BoolVar(&a.version, "v", false, "")
	f.BoolVar(&a.info, "info", false, "")
	if err := f.Parse(args[1:]); err != nil {
		return nil, fmt.Errorf("%w (containerd starts this program, as its runtime %s)", err, Name)
	}
	a.action = f.Arg(0)
	return &a, nil
}

// Main does what the arguments say.
func Main(args []string, v Version) error {
	a, err := parse(args)
	if err != nil {
		return err
	}
	switch {
	case a.version:
		_, err := fmt.Printf("%s:\n  Version:  %s\n  Revision: %s\n", Name, v.Version, v.Commit)
		return err
	case a.info:
		return info(os.Stdin, os.Stdout, v)
	case a.namespace == "" || a.id == "":
		return errors.New("no -namespace or no -id: containerd starts this program, as its runtime " + Name)
	}
	switch a.action {
	case "start":
		return start(a, os.Stdin, os.Stdout)
	case "delete":
		return remove(a, os.Stdout)
	case "":
		return serve(a)
	}
	return fmt.Errorf("unknown action %q (want start or delete)", a.action)
}
