package check

import (
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// sockets are those through which the host obeys, by path or only by name, and whose
// they are.
var sockets = [...]struct{ name, owner string }{
	{"docker.sock", "Docker"},
	{"containerd.sock", "containerd"},
	{"containerd.sock.ttrpc", "containerd"},
	{"podman.sock", "Podman"},
	{"crio.sock", "CRI-O"},
	{"cri-dockerd.sock", "cri-dockerd"},
	{"dockershim.sock", "the kubelet"},
	{"kubelet.sock", "the kubelet"},
	{"buildkitd.sock", "BuildKit"},
	{"/run/systemd/private", "systemd"},
	{"/run/dbus/system_bus_socket", "the system bus"},
	{"/var/lib/lxd/unix.socket", "LXD"},
	{"/var/lib/incus/unix.socket", "Incus"},
}

// hostDir is a directory that the host depends on.
type hostDir struct {
	path     string
	below    bool     // and what is below it
	readonly Severity // of a read-only mount
}

// none is the severity of what is no finding.
const none = Severity(255)

// hostDirs are sorted so that the first that fits is the closest. What engines mount
// by default is none of it, but may be below: so below counts only where no engine
// keeps files of containers.
var hostDirs = [...]hostDir{
	{"/", false, Warning},
	{"/bin", true, none},
	{"/boot", true, none},
	{"/dev", false, Warning},
	{"/etc", false, Warning},
	{"/etc", true, none},
	{"/home", false, Info},
	{"/lib", true, none},
	{"/lib32", true, none},
	{"/lib64", true, none},
	{"/proc", true, Warning},
	{"/root", false, Warning},
	{"/run", false, Warning},
	{"/run/containerd", false, Warning},
	{"/run/containers", false, Warning},
	{"/run/crio", false, Warning},
	{"/run/dbus", false, Warning},
	{"/run/docker", false, Warning},
	{"/run/podman", false, Warning},
	{"/run/systemd", false, Warning},
	{"/sbin", true, none},
	{"/sys", true, Info},
	{"/usr", true, none},
	{"/var", false, Warning},
	{"/var/lib", false, Warning},
	{"/var/lib/containerd", false, Warning},
	{"/var/lib/containers", false, Warning},
	{"/var/lib/docker", false, Warning},
	{"/var/lib/etcd", true, Warning},
	{"/var/lib/kubelet", false, Warning},
	{"/var/lib/kubelet/pods", false, Warning},
	{"/var/log", false, none},
	{"/var/spool/cron", true, none},
}

// sources is about what of the host is mounted.
func (c *checker) sources() {
	for i := range c.mounts {
		m := &c.mounts[i]
		if !m.Bind || m.Remount || !path.IsAbs(m.Source) {
			continue
		}
		source := c.onHost(m.Source)
		at := element("mounts", i, "source")
		if owner := socketOwner(source); owner != "" {
			c.find("runtime-socket", at, m.Source+" is the socket of "+owner, "no such mount")
			continue
		}
		c.hostDirectory(at, source, m)
		c.diskMount(at, m)
	}
}

// onHost returns the shortest path of a file of the host, without links as far as that
// is known.
func (c *checker) onHost(p string) string {
	if c.facts != nil {
		if f, ok := c.facts.Files[p]; ok && f.Real != "" {
			return f.Real
		}
	}
	return shortest(p)
}

func socketOwner(p string) string {
	name := path.Base(p)
	for _, s := range sockets {
		if s.name == name || s.name == p {
			return s.owner
		}
	}
	return ""
}

func (c *checker) hostDirectory(at, source string, m *mount) {
	for _, d := range hostDirs {
		if source != d.path && !(d.below && within(source, d.path)) {
			continue
		}
		severity, how := Warning, "writable"
		if m.readonly {
			severity, how = d.readonly, "read-only"
		}
		if severity != none {
			c.findAs(severity, "host-directory", at, m.Source+" of the host is mounted "+how+" on "+m.dest, "no such mount, or only the files that are needed")
		}
		return
	}
}

// diskMount is about bind mounts of device nodes.
func (c *checker) diskMount(at string, m *mount) {
	if c.facts == nil {
		return
	}
	if f := c.facts.Files[m.Source]; f.Kind == unix.S_IFBLK || f.Kind == unix.S_IFCHR && isMachine(f.Major, f.Minor) {
		c.find("host-device", at, m.Source+" is "+deviceName(f.Kind == unix.S_IFBLK, f.Major, f.Minor), "no such mount")
	}
}

func deviceName(block bool, major, minor uint32) string {
	kind := "the character device "
	if block {
		kind = "the disk "
	}
	return kind + strconv.Itoa(int(major)) + ":" + strconv.Itoa(int(minor))
}

// isMachine reports whether a character device is /dev/mem, /dev/kmem or /dev/port.
func isMachine(major, minor uint32) bool {
	return major == 1 && (minor == 1 || minor == 2 || minor == 4)
}

func (c *checker) propagation() {
	if p := c.linux.RootfsPropagation; p == "shared" || p == "rshared" {
		c.find("shared-propagation", "linux.rootfsPropagation", "is "+p, "slave or private")
	}
	for i := range c.mounts {
		for _, p := range c.mounts[i].Propagation {
			if p.Flag&unix.MS_SHARED != 0 && c.mounts[i].Bind {
				c.find("shared-propagation", element("mounts", i, "options")+"["+strconv.Itoa(p.Index)+"]",
					"shares mounts on "+c.mounts[i].dest+" with "+c.mounts[i].Source, "rslave or rprivate")
			}
		}
	}
}

// hidden reports mounts that a later one covers.
func (c *checker) hidden() {
	later := map[string]int{}
	for i := len(c.mounts) - 1; i >= 0; i-- {
		m := &c.mounts[i]
		if m.Remount {
			continue
		}
		for p := m.dest; ; p = path.Dir(p) {
			if j, ok := later[p]; ok {
				c.find("hidden-mount", element("mounts", i, "destination"), m.dest+" is covered by mounts["+strconv.Itoa(j)+"] on "+p, "it behind that mount, or one of the two")
				break
			}
			if p == "/" {
				break
			}
		}
		later[m.dest] = i
	}
}
