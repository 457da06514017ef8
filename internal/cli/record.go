package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

// recordOptions are the flags of run that record the system calls of a container
// as a seccomp profile.
type recordOptions struct {
	file     string
	args     bool
	recorder *libcontainer.Recorder // or nil
	started  bool                   // the program was executed
}

func (o *recordOptions) flags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name: "record-seccomp", TakesFile: true, Destination: &o.file,
			Usage: "write a seccomp profile to `FILE` that allows the system calls that the container makes, and what FILE already allows",
		},
		&cli.BoolFlag{
			Name: "record-seccomp-args", Destination: &o.args,
			Usage: "in that profile, allow clone and socket only with the namespaces and the address families that are used",
		},
	}
}

// begin prepares the recording, if one is wanted. What could not be written or
// merged later is an error before anything starts.
func (o *recordOptions) begin(detach bool) (err error) {
	switch {
	case o.file == "" && o.args:
		return errors.New("--record-seccomp-args: is of no use without --record-seccomp FILE")
	case o.file == "":
		return nil
	case detach:
		return errors.New("--record-seccomp: does not go with --detach, because rt has to let each system call run")
	}
	if o.file, err = absolute("--record-seccomp", o.file); err != nil {
		return err
	}
	if _, err := readProfile(o.file); err != nil {
		return fmt.Errorf("--record-seccomp: %w", err)
	}
	if err := unix.Access(filepath.Dir(o.file), unix.W_OK|unix.X_OK); err != nil {
		return fmt.Errorf("--record-seccomp: write to %s: %w", filepath.Dir(o.file), err)
	}
	o.recorder = libcontainer.NewRecorder()
	return nil
}

// readProfile reads a profile that calls can be added to, or returns nil if there
// is none.
func readProfile(path string) (*specs.LinuxSeccomp, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := parseProfile(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := libcontainer.CheckRecorded(p); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func parseProfile(text []byte) (*specs.LinuxSeccomp, error) {
	var foreign struct {
		ArchMap []struct{} `json:"archMap"`
	}
	if err := spec.Decode(&foreign, "", text); err == nil && len(foreign.ArchMap) > 0 {
		return nil, errors.New("is a profile in the form of Docker and Podman (archMap), and not linux.seccomp of a config.json")
	}
	p := &specs.LinuxSeccomp{}
	return p, spec.Decode(p, "linux.seccomp", text)
}

// writeRecord writes the profile, if there is one to write. The container has
// ended by now. err is how.
func (r *rt) writeRecord(o *recordOptions, err error) error {
	if o.recorder == nil || !o.started {
		return err
	}
	if recordErr := o.recorder.Err(); recordErr != nil {
		r.log.warn(fmt.Errorf("--record-seccomp: not all system calls were recorded: %w", recordErr))
	}
	missing, writeErr := o.write()
	for _, m := range missing {
		r.log.warn(fmt.Errorf("--record-seccomp: the profile does not allow the system call %s", m))
	}
	if writeErr != nil {
		writeErr = fmt.Errorf("--record-seccomp: %w", writeErr)
		if err == nil || errors.As(err, new(exitStatus)) {
			return writeErr // which says more than how the program ended
		}
		r.log.warn(writeErr)
	}
	return err
}

// write merges the profile with the one in the file. Meanwhile it holds the lock of
// the directory, because other containers may be recorded into the same file.
func (o *recordOptions) write() (missing []string, err error) {
	dir, err := os.Open(filepath.Dir(o.file))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if err := lock(dir); err != nil {
		return nil, err
	}
	earlier, err := readProfile(o.file)
	if err != nil {
		return nil, err
	}
	p, missing := o.recorder.Profile(earlier, o.args)
	return missing, replaceFile(o.file, append(plainjson.AppendIndent(nil, p, "\t"), '\n'))
}

func lock(dir *os.File) error {
	for {
		if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != unix.EINTR {
			return err
		}
	}
}

// replaceFile writes a file that appears under its name when it is complete.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
