package systemd

import (
	"errors"
	"fmt"
	"time"

	"github.com/oci-rt/rt/libcontainer/dbus"
)

// propertyType is the type of a property in a list of them.
const propertyType = "(sv)"

func propertyList(properties []Property) dbus.Array {
	list := dbus.Array{Elem: propertyType}
	for _, p := range properties {
		list.Items = append(list.Items, dbus.Struct{p.Name, dbus.Variant{Value: p.Value}})
	}
	return list
}

// How long a unit may be in the way of another of its name, and how often that is
// looked at.
const (
	leaveTimeout = 2 * time.Second
	leavePause   = 50 * time.Millisecond
)

// StartTransient makes and starts a transient unit and waits until that is
// done.
//
// A unit of that name that has failed, such as the scope of a container that
// was out of memory, would be in the way until somebody has seen it. It is
// forgotten. One whose processes have all ended is there until systemd has
// heard of that, and is waited for. One that runs is an error.
func (m *Manager) StartTransient(unit string, properties []Property) error {
	err := m.startTransient(unit, properties)
	for deadline := time.Now().Add(leaveTimeout); isInTheWay(err) && time.Now().Before(deadline); {
		_ = m.ResetFailed(unit) // it may be gone by now
		if err = m.startTransient(unit, properties); isInTheWay(err) {
			time.Sleep(leavePause)
		}
	}
	if err != nil {
		return fmt.Errorf("systemd: start %s: %w", unit, err)
	}
	return nil
}

// isInTheWay reports whether err says that there is a unit of that name.
func isInTheWay(err error) bool { return hasName(err, "org.freedesktop.systemd1.UnitExists") }

func (m *Manager) startTransient(unit string, properties []Property) error {
	// There are no other units to start with it, hence the empty list.
	none := dbus.Array{Elem: "(sa(sv))"}
	err := m.await(unit, "StartTransientUnit", unit, "replace", propertyList(properties), none)
	if err != nil && !hasName(err, "") {
		_ = m.ResetFailed(unit) // what the job has left
	}
	return err
}

// Stop stops a unit and waits until that is done. A unit that does not exist
// any more, as a scope whose processes have all ended, is no error. A failed
// one is forgotten.
func (m *Manager) Stop(unit string) error {
	err := m.await(unit, "StopUnit", unit, "replace")
	resetErr := m.ResetFailed(unit)
	if err == nil || isGone(err) {
		err = resetErr
	}
	if err != nil && !isGone(err) {
		return fmt.Errorf("systemd: stop %s: %w", unit, err)
	}
	return nil
}

// ResetFailed forgets that a unit has failed.
func (m *Manager) ResetFailed(unit string) error {
	_, err := m.call("ResetFailedUnit", unit)
	return err
}

// SetProperties changes properties of a unit, until the next boot.
func (m *Manager) SetProperties(unit string, properties []Property) error {
	if _, err := m.call("SetUnitProperties", unit, true, propertyList(properties)); err != nil {
		return fmt.Errorf("systemd: set properties of %s: %w", unit, err)
	}
	return nil
}

// Attach moves a process into a cgroup of a unit: "/" for the unit's own. systemd
// may do so where a user may not, from one of the user's sessions.
func (m *Manager) Attach(unit, cgroup string, pid int) error {
	pids := dbus.Array{Elem: "u", Items: []any{uint32(pid)}}
	if _, err := m.call("AttachProcessesToUnit", unit, cgroup, pids); err != nil {
		return fmt.Errorf("systemd: attach process %d to %s: %w", pid, unit, err)
	}
	return nil
}

// await calls a method that begins a job for a unit and waits for the job's
// end. systemd tells that to whoever has begun it.
//
// It does not subscribe to signals (method Subscribe), as others do: then systemd
// would tell of every change of every unit, which is what makes it slow where
// many containers come and go.
func (m *Manager) await(unit, member string, args ...any) error {
	err := m.conn.Listen(dbus.Match{Interface: managerInterface, Member: "JobRemoved", Arg: 2, Value: unit})
	if err != nil {
		return err
	}
	values, err := m.call(member, args...)
	if err != nil {
		return err
	}
	var job dbus.ObjectPath
	if len(values) == 1 {
		job, _ = values[0].(dbus.ObjectPath)
	}
	if job == "" {
		return fmt.Errorf("%s returned %v instead of a job", member, values)
	}
	deadline := time.Now().Add(m.jobTimeout)
	for {
		// What JobRemoved carries: number, job, unit, result.
		body, err := m.conn.AwaitSignal(time.Until(deadline))
		if err != nil {
			return err
		}
		if len(body) < 4 || body[1] != job {
			continue
		}
		if body[3] != "done" {
			return fmt.Errorf("the job ended with the result %q: see systemctl status %s", body[3], unit)
		}
		return nil
	}
}

// hasName reports whether err is an error that systemd answered with: one of
// this name, or any.
func hasName(err error, name string) bool {
	var e *dbus.Error
	return errors.As(err, &e) && (name == "" || e.Name == name)
}

// isGone reports whether err says that a unit does not exist.
func isGone(err error) bool { return hasName(err, "org.freedesktop.systemd1.NoSuchUnit") }
