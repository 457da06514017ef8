package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/checkpoint"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"
)

func (r *rt) checkpointCommand() *cli.Command {
	var o checkpointOptions
	return &cli.Command{
		Name:         "checkpoint",
		ArgsUsage:    "ID",
		Usage:        "save a running container to files and stop it",
		Description:  "This uses criu(8), which writes image files. The restore command makes a container from them.",
		Flags:        o.flags(),
		BashComplete: r.completeID,
		Action: func(c *cli.Context) error {
			cfg, err := o.config()
			if err != nil {
				return err
			}
			return r.with(c.Args().First(), func(of *libcontainer.Container) error { return of.Checkpoint(c.Context, cfg) })
		},
	}
}

type checkpointOptions struct {
	criuOptions
	parentPath           string
	preDump, leaveOn     bool
	pageServer, statusFD string
}

func (o *checkpointOptions) flags() []cli.Flag {
	return append(o.criuOptions.flags(),
		&cli.StringFlag{Name: "parent-path", TakesFile: true, Usage: "the previous pre-dump is in `DIR`, a path relative to --image-path", Destination: &o.parentPath},
		&cli.BoolFlag{Name: "pre-dump", Usage: "save only the memory, and leave the container running", Destination: &o.preDump},
		&cli.BoolFlag{Name: "leave-running", Usage: "leave the container running", Destination: &o.leaveOn},
		&cli.BoolFlag{Name: "tcp-skip-in-flight", Usage: "leave out TCP connections that are not yet established", Destination: &o.options.TCPSkipInFlight},
		&cli.BoolFlag{Name: "link-remap", Usage: "save open files that were deleted by giving them a temporary name", Destination: &o.options.LinkRemap},
		&cli.StringFlag{Name: "page-server", Usage: "send the memory to the page server at `ADDRESS:PORT`", Destination: &o.pageServer},
		&cli.StringFlag{Name: "status-fd", Usage: "write a zero byte to the file descriptor `FD` when --lazy-pages is ready for its client", Destination: &o.statusFD},
	)
}

func (o *checkpointOptions) config() (*checkpoint.DumpOptions, error) {
	images, err := o.images()
	if err != nil {
		return nil, err
	}
	cfg := &checkpoint.DumpOptions{Images: images, PreDump: o.preDump, LeaveRunning: o.leaveOn}
	if cfg.Parent, err = parentPath(images.Dir, o.parentPath); err != nil {
		return nil, err
	}
	if cfg.PageServer, err = pageServer(o.pageServer); err != nil {
		return nil, err
	}
	cfg.Status, err = statusFile(o.statusFD)
	return cfg, err
}

// parentPath checks the path of the parent's directory. It must be relative,
// because CRIU makes a symbolic link of it in the directory images.
func parentPath(images, parent string) (string, error) {
	if parent == "" {
		return "", nil
	}
	if filepath.IsAbs(parent) {
		return "", fmt.Errorf("--parent-path: %s is absolute, but must be relative to --image-path", parent)
	}
	info, err := os.Stat(filepath.Join(images, parent))
	if err == nil && !info.IsDir() {
		err = &os.PathError{Op: "open", Path: filepath.Join(images, parent), Err: unix.ENOTDIR}
	}
	if err != nil {
		return "", fmt.Errorf("--parent-path: %w", err)
	}
	return parent, nil
}

// pageServer parses ADDRESS:PORT. The address may be a name.
func pageServer(value string) (*checkpoint.PageServer, error) {
	if value == "" {
		return nil, nil
	}
	i := strings.LastIndexByte(value, ':')
	if i <= 0 {
		return nil, fmt.Errorf("--page-server: %q (want ADDRESS:PORT)", value)
	}
	port, err := strconv.ParseUint(value[i+1:], 10, 16)
	if err != nil || port == 0 {
		return nil, fmt.Errorf("--page-server: %q has no port from 1 to 65535", value)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(value[:i], "["), "]")
	return &checkpoint.PageServer{Address: address, Port: int(port)}, nil
}

// statusFile returns the descriptor, which must be open for writing.
func statusFile(number string) (*os.File, error) {
	if number == "" {
		return nil, nil
	}
	fd, err := strconv.Atoi(number)
	if err != nil || fd < 0 {
		return nil, fmt.Errorf("--status-fd: %q is not a descriptor", number)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err == nil && flags&unix.O_ACCMODE == unix.O_RDONLY {
		err = errors.New("not open for writing")
	}
	if err != nil {
		return nil, fmt.Errorf("--status-fd: %d: %w", fd, err)
	}
	return os.NewFile(uintptr(fd), "status"), nil
}
