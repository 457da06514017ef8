package mount

import (
	"fmt"
	"reflect"

	"github.com/oci-rt/rt/libcontainer/program"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// IDMap is a mapping of user and group ids. The kernel takes it in the form of
// a user namespace.
type IDMap struct {
	// Path is a file of the user namespace, if there is one already.
	Path string
	// UIDs and GIDs are the mappings of the user namespace otherwise.
	UIDs, GIDs []specs.LinuxIDMapping
}

// IDMaps returns the mappings of the user namespaces that the program needs as
// inputs, by the names of the inputs.
func (r *Root) IDMaps() map[program.Input]IDMap {
	inputs := map[program.Input]IDMap{}
	for i, m := range r.idMaps {
		inputs[idMapInput(i)] = m
	}
	return inputs
}

func idMapInput(i int) program.Input { return program.Input(fmt.Sprintf("idmap%d", i)) }

// idMapOf returns the input for the entry's mapping. Equal mappings share one.
func (r *Root) idMapOf(e *Entry) program.Input {
	m := r.mappingOf(e)
	for i, known := range r.idMaps {
		if reflect.DeepEqual(m, known) {
			return idMapInput(i)
		}
	}
	r.idMaps = append(r.idMaps, m)
	return idMapInput(len(r.idMaps) - 1)
}

// mappingOf returns the entry's mapping.
func (r *Root) mappingOf(e *Entry) IDMap {
	if len(e.UIDMappings) == 0 {
		return r.c.IDMap
	}
	return IDMap{UIDs: e.UIDMappings, GIDs: e.GIDMappings}
}

// CannotMap explains why the ids of a mount cannot be mapped (EINVAL).
const CannotMap = "map the ids of the mount: this kernel cannot do that for this file system, or for one below it"

// askForIDs is mapIDs for a process in the container's user namespace. It asks
// the creator, because the file system can belong to the host's user namespace.
func (r *Root) askForIDs(e *Entry, mount program.Arg) {
	b, mapped := r.b, r.b.NewLabel()
	e.Doing(b, "map the ids of the mount")
	m := r.mappingOf(e)
	r.ask(Request{Kind: MapIDs, IDMap: &m, Recursive: e.Options.IDMapRecursive}, mount, program.Null, mapped)
	b.Bind(mapped)
}

// mapIDs maps the ids of a detached mount, if the entry asks for that.
//
// Preconditions: the process has CAP_SYS_ADMIN in the user namespace that the
// file system belongs to, usually the host's (Linux 5.12, mount_setattr(2),
// ID-mapped mounts).
func (r *Root) mapIDs(e *Entry, mount program.Arg) {
	if !e.IDMapped {
		return
	}
	b := r.b
	e.Doing(b, "map the ids of the mount")
	refused, done := b.NewLabel(), b.NewLabel()
	userns := b.Input(r.idMapOf(e))
	setAttr(b, mount, e.Options.IDMapRecursive, unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: userns.Value}).
		On(unix.EINVAL, refused)
	b.Jump(done)
	b.Bind(refused)
	b.FailSaying(unix.EINVAL, CannotMap)
	b.Bind(done)
}

// closeIDMaps closes the user namespaces, which are not needed any more.
func (r *Root) closeIDMaps() {
	if len(r.idMaps) == 0 {
		return
	}
	b := r.b
	b.At("", "")
	b.Doing("close the user namespaces for mapped ids")
	for i := range r.idMaps {
		b.Close(b.Input(idMapInput(i)))
	}
}
