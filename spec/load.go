package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// ConfigFile is the name of the configuration in a bundle.
const ConfigFile = "config.json"

// maxConfig is the largest size of a configuration, in bytes. Engines write 5
// to 100 KiB.
const maxConfig = 32 << 20

// Load reads and checks the configuration of a bundle (config.md). If its
// content is at fault, the error is [Faults].
func Load(bundle string) (*specs.Spec, error) {
	s, _, err := LoadText(bundle)
	return s, err
}

// LoadText is Load, and also returns the text of the file.
func LoadText(bundle string) (*specs.Spec, Text, error) {
	data, err := readConfig(filepath.Join(bundle, ConfigFile), maxConfig)
	if err != nil {
		return nil, Text{}, err
	}
	s, faults := check(bundle, data)
	if len(faults) > 0 {
		return nil, Text{}, faults
	}
	return s, Text{data, s}, nil
}

// Parse returns the configuration in a text that was already checked, when its
// container was made with this root file system.
func Parse(text []byte, rootfs string) (*specs.Spec, error) {
	s, faults := decode(text)
	if s != nil {
		stripRootfs(s.Mounts, rootfs)
		if s.Process == nil {
			s.Process = withoutProcess()
		}
	}
	return s, faults.Err()
}

// check returns the configuration in data, and everything that is wrong with it
// as the configuration of bundle.
func check(bundle string, data []byte) (*specs.Spec, Faults) {
	s, faults := decode(data)
	if s == nil {
		return nil, faults
	}
	return s, append(faults, apartFrom(faults, finish(bundle, s))...)
}

// apartFrom returns the faults in more that are about other settings than those
// in faults. A setting that could not be read must not be reported as missing
// too.
func apartFrom(faults, more Faults) Faults {
	if len(faults) == 0 {
		return more
	}
	at, above := map[string]bool{}, map[string]bool{}
	for _, f := range faults {
		at[f.Path] = true
		for top := range tops(f.Path) {
			above[top] = true
		}
	}
	return slices.DeleteFunc(more, func(m Fault) bool {
		if at[ConfigFile] || at[m.Path] || above[m.Path] {
			return true
		}
		for top := range tops(m.Path) {
			if at[top] {
				return true
			}
		}
		return false
	})
}

// tops returns the paths of the settings that the one at path is a part of.
func tops(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i, c := range path {
			if (c == '.' || c == '[') && !yield(path[:i]) {
				return
			}
		}
	}
}

// readConfig returns the content of a configuration file of at most limit bytes.
func readConfig(path string, limit int) ([]byte, error) {
	// Without O_NONBLOCK, opening a FIFO would wait for a writer.
	fd, err := openRetry(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC)
	if err != nil {
		return nil, openError(path, err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, fmt.Errorf("read %s: is %s (want a regular file)", path, fileType(st.Mode))
	}
	if st.Size > int64(limit) {
		return nil, tooBig(path, limit)
	}
	data, err := readAll(fd, int(st.Size))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(data) > limit {
		return nil, tooBig(path, limit)
	}
	return data, nil
}

func tooBig(path string, limit int) error {
	return fmt.Errorf("read %s: is larger than %d MiB", path, limit>>20)
}

// openError says what is missing, the file or the whole bundle.
func openError(path string, err error) error {
	bundle := filepath.Dir(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Stat(bundle); statErr == nil {
			return fmt.Errorf("bundle %s: has no %s: %w", bundle, filepath.Base(path), err)
		}
		return fmt.Errorf("bundle %s: %w", bundle, err)
	}
	return fmt.Errorf("open %s: %w", path, err)
}

func openRetry(path string, flags int) (int, error) {
	for {
		fd, err := unix.Open(path, flags, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// readAll reads a file of about size bytes to its end, or to a little more
// than maxConfig.
func readAll(fd, size int) ([]byte, error) {
	data := make([]byte, 0, size+1)
	for len(data) <= maxConfig {
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
		n, err := unix.Read(fd, data[len(data):cap(data)])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, err
		case n == 0:
			return data, nil
		default:
			data = data[:len(data)+n]
		}
	}
	return data, nil
}

// fileType names the type of a file that is not a regular file.
func fileType(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "a directory"
	case unix.S_IFIFO:
		return "a FIFO"
	case unix.S_IFSOCK:
		return "a socket"
	case unix.S_IFCHR, unix.S_IFBLK:
		return "a device"
	}
	return "not a regular file"
}

// checkRootfs looks for the directory that root.path declares.
func checkRootfs(bundle string, root *specs.Root) Faults {
	var faults Faults
	if root == nil || root.Path == "" {
		return nil // Validate reports that
	}
	path := RootfsPath(bundle, root)
	const want = "a directory, absolute or relative to the bundle"
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		faults.addf("root.path", want, "%s does not exist", path)
	case err != nil:
		faults.addf("root.path", want, "%v", err)
	case !info.IsDir():
		faults.addf("root.path", want, "%s is not a directory", path)
	}
	return faults
}

// RootfsPath returns the path of the root file system on the host.
func RootfsPath(bundle string, root *specs.Root) string {
	if filepath.IsAbs(root.Path) {
		return filepath.Clean(root.Path)
	}
	return filepath.Join(bundle, root.Path)
}

// stripRootfs turns destinations of mounts that are paths of the host, below
// the rootfs, into paths of the container. Other runtimes accept them.
func stripRootfs(mounts []specs.Mount, rootfs string) {
	for i := range mounts {
		if inside, ok := BelowRootfs(rootfs, mounts[i].Destination); ok {
			mounts[i].Destination = inside
		}
	}
}

// BelowRootfs turns a path of the host into a path of the container, if as text
// it names the rootfs or something below it. If the rootfs is the host's root
// it is not ok, because a path then means the same either way.
func BelowRootfs(rootfs, hostPath string) (inside string, ok bool) {
	rest, ok := strings.CutPrefix(filepath.Clean(hostPath), rootfs)
	if !ok || rootfs == "/" || rest != "" && rest[0] != '/' {
		return "", false
	}
	return inContainer(rest), true
}

// BindSource returns the path of a bind mount's source on the host. A relative
// source is relative to the bundle.
func BindSource(bundle, source string) string {
	if filepath.IsAbs(source) {
		return source
	}
	return filepath.Join(bundle, source)
}
