package systemd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
	"github.com/oci-rt/rt/internal/linux"
)

// How long to wait for a unit that is in the way of another of its name, and how
// often to look.
const (
	leaveTimeout = 2 * time.Second
	leavePause   = 50 * time.Millisecond
)

// StartTransient makes and starts a transient unit and waits until that is
// done.
//
// An older unit of that name may be in the way. If it has failed, such as the
// scope of a container that was out of memory, systemd is told to forget it. If
// its processes have all ended and systemd has not noticed yet, it is waited for.
// If it runs, that is an error.
func (m *Manager) StartTransient(ctx context.Context, unit string, properties []Property) error {
	err := m.startTransient(ctx, unit, properties)
	for deadline := time.Now().Add(leaveTimeout); isInTheWay(err) && time.Now().Before(deadline); {
		_ = m.resetFailed(ctx, unit) // it may be gone by now
		if err = m.startTransient(ctx, unit, properties); isInTheWay(err) {
			if ended := linux.Sleep(ctx, leavePause); ended != nil {
				return fmt.Errorf("systemd: wait for the other %s to be gone: %w", unit, ended)
			}
		}
	}
	if err == nil {
		return nil
	}
	if isAnswer(err) && !isInTheWay(err) {
		err = errors.Join(err, m.checkTypes(ctx, properties))
	}
	return fmt.Errorf("systemd: start %s: %w", unit, err)
}

// isInTheWay reports whether err says that there is a unit of that name.
func isInTheWay(err error) bool { return hasName(err, "org.freedesktop.systemd1.UnitExists") }

func (m *Manager) startTransient(ctx context.Context, unit string, properties []Property) error {
	err := m.await(ctx, unit, func(ctx context.Context, result chan<- string) error {
		_, err := m.conn.StartTransientUnitContext(ctx, unit, "replace", properties, result)
		return err
	})
	if err != nil && !isAnswer(err) {
		_ = m.resetFailed(context.WithoutCancel(ctx), unit) // what the job has left
	}
	return err
}

// Stop stops a unit and waits until that is done. If the unit does not exist any
// more, such as a scope whose processes have all ended, that is not an error. If
// it has failed, systemd is told to forget it.
func (m *Manager) Stop(ctx context.Context, unit string) error {
	err := m.await(ctx, unit, func(ctx context.Context, result chan<- string) error {
		_, err := m.conn.StopUnitContext(ctx, unit, "replace", result)
		return err
	})
	resetErr := m.resetFailed(ctx, unit)
	if err == nil || isGone(err) {
		err = resetErr
	}
	if err != nil && !isGone(err) {
		return fmt.Errorf("systemd: stop %s: %w", unit, err)
	}
	return nil
}

// resetFailed makes systemd forget that a unit has failed.
func (m *Manager) resetFailed(ctx context.Context, unit string) error {
	return call(ctx, func(ctx context.Context) error { return m.conn.ResetFailedUnitContext(ctx, unit) })
}

// Forget makes systemd forget a failed unit. If systemd has a job for the unit,
// Forget waits for that first: the runtime that asked for the unit may have died
// since, with the process that was to be in it. A running unit is left alone.
func (m *Manager) Forget(ctx context.Context, unit string) error {
	var ended error
	for deadline := time.Now().Add(leaveTimeout); ended == nil; ended = linux.Sleep(ctx, leavePause) {
		state, job, err := m.state(ctx, unit)
		if err == nil && state == "failed" {
			err = m.resetFailed(ctx, unit)
			job = false
		}
		if err != nil && !isGone(err) {
			return fmt.Errorf("systemd: forget %s: %w", unit, err)
		}
		if err != nil || !job || time.Now().After(deadline) {
			return nil
		}
	}
	return fmt.Errorf("systemd: wait for what becomes of %s: %w", unit, ended)
}

// state returns the state of a unit, "inactive" if it does not exist, and whether
// systemd is about to change that.
func (m *Manager) state(ctx context.Context, unit string) (state string, job bool, err error) {
	err = call(ctx, func(ctx context.Context) error {
		properties, err := m.conn.GetUnitPropertiesContext(ctx, unit)
		state, _ = properties["ActiveState"].(string)
		if j, ok := properties["Job"].([]any); ok && len(j) > 0 {
			job = j[0] != uint32(0)
		}
		return err
	})
	return state, job, err
}

// SetProperties changes properties of a unit, until the next boot.
func (m *Manager) SetProperties(ctx context.Context, unit string, properties []Property) error {
	err := call(ctx, func(ctx context.Context) error {
		return m.conn.SetUnitPropertiesContext(ctx, unit, true, properties...)
	})
	if err != nil {
		return fmt.Errorf("systemd: set properties of %s: %w", unit, err)
	}
	return nil
}

// Attach moves a process into a cgroup of a unit: "/" for the unit's own. systemd
// may do so where a user may not, such as out of one of the user's sessions.
func (m *Manager) Attach(ctx context.Context, unit, cgroup string, pid int) error {
	err := call(ctx, func(ctx context.Context) error {
		return m.conn.AttachProcessesToUnit(ctx, unit, cgroup, []uint32{uint32(pid)})
	})
	if err != nil {
		return fmt.Errorf("systemd: attach process %d to %s: %w", pid, unit, err)
	}
	return nil
}

// await calls a method that begins a job for a unit and waits for the job's end,
// which systemd reports to the connection that began the job.
//
// It does not subscribe to signals (method Subscribe). Otherwise systemd would
// report every change of every unit, which makes it slow where many containers
// come and go.
func (m *Manager) await(ctx context.Context, unit string, begin func(ctx context.Context, result chan<- string) error) error {
	result := make(chan string, 1)
	if err := call(ctx, func(ctx context.Context) error { return begin(ctx, result) }); err != nil {
		return err
	}
	select {
	case r := <-result:
		if r != "done" {
			return fmt.Errorf("the job ended with the result %q: see systemctl status %s", r, unit)
		}
		return nil
	case <-time.After(m.jobTimeout):
		return errTimeout
	case <-ctx.Done():
		return fmt.Errorf("wait for the job: %w", context.Cause(ctx))
	}
}

// hasName reports whether err is an error of this name that systemd answered
// with.
func hasName(err error, name string) bool {
	var e godbus.Error
	return errors.As(err, &e) && e.Name == name
}

// isAnswer reports whether err is an error that systemd answered with.
func isAnswer(err error) bool { return errors.As(err, new(godbus.Error)) }

// isGone reports whether err says that a unit does not exist.
func isGone(err error) bool { return hasName(err, "org.freedesktop.systemd1.NoSuchUnit") }

// checkTypes returns an error that names the properties whose values have another
// type than in systemd. It is called after systemd has refused a unit, because
// systemd then only says that an argument is invalid, and not which. The types
// are those of init.scope, which every manager has (systemd.special(7)).
func (m *Manager) checkTypes(ctx context.Context, properties []Property) error {
	var errs []error
	for _, p := range properties {
		want, ok := m.typeOf(ctx, p.Name)
		if got := p.Value.Signature().String(); ok && got != want {
			errs = append(errs, fmt.Errorf("the property %s is of type %q, not %q", p.Name, want, got))
		}
	}
	return errors.Join(errs...)
}

// typeOf returns the type of a property of scopes, if it can be found out. Some
// properties can be set but not read.
func (m *Manager) typeOf(ctx context.Context, property string) (string, bool) {
	for _, kind := range []string{"Scope", "Unit"} {
		var p *dbus.Property
		err := call(ctx, func(ctx context.Context) (err error) {
			p, err = m.conn.GetUnitTypePropertyContext(ctx, "init.scope", kind, property)
			return err
		})
		if err == nil {
			return p.Value.Signature().String(), true
		}
	}
	return "", false
}
