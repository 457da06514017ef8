// Package netdevice moves network devices of the host into a container
// (linux.netDevices).
//
// The creator does this while the container's init waits in its namespaces. The
// package speaks rtnetlink(7) itself, because a few requests do not justify a
// library.
package netdevice

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Moved has the devices that a container got. From now on they belong to the
// container, and the kernel handles them when its network namespace ends.
// [Moved.Return] moves them back if the container cannot be made after all.
type Moved struct {
	host      *os.File // the network namespace of the calling thread
	outside   *conn    // to it
	container *os.File // the container's network namespace
	inside    *conn    // to it
	devices   []*device
}

// device is one entry of linux.netDevices.
type device struct {
	key       string // in linux.netDevices
	name      string // in the container; may have a %d
	host      link
	addresses []address
	moved     bool
	inside    link // in the container, once moved
}

// Move moves devices from the network namespace of the calling thread into that
// of container. Each gets its name there, gets its addresses back, and is
// brought up:
//
//  1. find all devices and check that their names are free, before anything is
//     changed;
//  2. move each under a name of no meaning: what the kernel does when a name is
//     taken depends on which of the two names is, and is hard to undo;
//  3. give each its name, its addresses and bring it up.
//
// After an error every device is back where it was, and container is closed.
// Otherwise the caller must Close the result, which closes container.
func Move(devices map[string]specs.LinuxNetDevice, container *os.File) (*Moved, error) {
	m, err := connect(container)
	if err != nil {
		return nil, fmt.Errorf("linux.netDevices: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(devices)) {
		m.devices = append(m.devices, &device{key: key, name: devices[key].Name})
	}
	if err := m.moveAll(); err != nil {
		err = errors.Join(err, m.Return())
		m.Close()
		return nil, err
	}
	return m, nil
}

// connect connects to both namespaces.
func connect(container *os.File) (m *Moved, err error) {
	m = &Moved{container: container}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	if m.host, err = openOwnNamespace(); err != nil {
		return m, err
	}
	if sameFile(m.host, container) {
		return m, errors.New("the container is in the network namespace that the devices come from")
	}
	if m.outside, err = dial(); err != nil {
		return m, err
	}
	m.inside, err = dialIn(container)
	return m, err
}

func sameFile(a, b *os.File) bool {
	x, err1 := a.Stat()
	y, err2 := b.Stat()
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// Close closes both namespaces.
func (m *Moved) Close() {
	for _, c := range []*conn{m.outside, m.inside} {
		if c != nil {
			c.close()
		}
	}
	for _, f := range []*os.File{m.host, m.container} {
		if f != nil {
			f.Close()
		}
	}
}

func (m *Moved) moveAll() error {
	for _, step := range []func(*device) error{m.find, m.enter, m.settle} {
		for _, d := range m.devices {
			if err := step(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// errorf says what went wrong with a device.
func (d *device) errorf(err error, format string, args ...any) error {
	return fmt.Errorf("linux.netDevices[%q]: %s: %w", d.key, fmt.Sprintf(format, args...), err)
}

// find looks the device up and checks that its name is free in the container.
func (m *Moved) find(d *device) (err error) {
	if d.host, err = m.outside.linkNamed(d.key); err != nil {
		return d.errorf(err, "find the network device")
	}
	if d.name == "" {
		d.name = d.host.name
	}
	if d.addresses, err = m.outside.addresses(d.host.index); err != nil {
		return d.errorf(err, "list the addresses")
	}
	if d.numbered() {
		return nil
	}
	taken, err := m.inside.hasLink(d.name)
	if err != nil {
		return d.errorf(err, "look for %s in the container", d.name)
	}
	if taken {
		return d.taken()
	}
	return nil
}

// numbered reports whether the kernel puts a number into the device's name.
func (d *device) numbered() bool { return strings.Contains(d.name, "%d") }

func (d *device) taken() error {
	return fmt.Errorf("linux.netDevices[%q].name: the container's network namespace already has a device %s", d.key, d.name)
}

// enter moves the device into the container.
func (m *Moved) enter(d *device) error {
	name := passingName()
	if err := m.outside.move(d.host.index, m.container, name); err != nil {
		return d.errorf(explain(err), "move into the container")
	}
	d.moved = true
	var err error
	if d.inside, err = m.inside.linkNamed(name); err != nil {
		return d.errorf(err, "find in the container")
	}
	return nil
}

// passingName returns a name that no device has.
func passingName() string { return fmt.Sprintf("rt-%012x", rand.Uint64N(1<<48)) }

// explain adds why a device cannot be moved, if the kernel does not say it.
func explain(err error) error {
	var r *refusal
	if !errors.As(err, &r) || r.explanation != "" {
		return err
	}
	switch r.errno {
	case unix.EINVAL:
		return fmt.Errorf("%w (not every kind of network device can move)", err)
	case unix.EPERM:
		return fmt.Errorf("%w (that needs CAP_NET_ADMIN on the host)", err)
	}
	return err
}

// settle gives the moved device its name and its addresses and brings it up.
func (m *Moved) settle(d *device) error {
	err := m.inside.rename(d.inside.index, d.name)
	if errors.Is(err, unix.EEXIST) {
		return d.taken()
	}
	if err != nil {
		return d.errorf(err, "rename to %s", d.name)
	}
	if d.inside, err = m.inside.linkAt(d.inside.index); err != nil {
		return d.errorf(err, "find in the container")
	}
	if err := d.address(m.inside, d.inside); err != nil {
		return err
	}
	if err := m.inside.setUp(d.inside.index); err != nil {
		return d.errorf(err, "bring up")
	}
	return nil
}

// address gives the device its addresses.
func (d *device) address(c *conn, l link) error {
	for i := range d.addresses {
		a := &d.addresses[i]
		if err := c.addAddress(l.index, a, relabel(d.host.name, l.name)); err != nil {
			return d.errorf(err, "add %s to %s", a, l.name)
		}
	}
	return nil
}

// Return puts all devices back where they were, with their names and addresses,
// for a container that cannot be made. What else the move removed, such as
// routes, is lost.
func (m *Moved) Return() error {
	var errs []error
	for _, d := range slices.Backward(m.devices) {
		if !d.moved {
			continue
		}
		d.moved = false
		if err := m.giveBack(d); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (m *Moved) giveBack(d *device) error {
	if err := m.inside.move(d.inside.index, m.host, d.host.name); err != nil {
		return d.errorf(err, "move back to the host")
	}
	l, err := m.outside.linkNamed(d.host.name)
	if err != nil {
		return d.errorf(err, "find back on the host")
	}
	if err := d.address(m.outside, l); err != nil {
		return err
	}
	if !d.host.up {
		return nil
	}
	if err := m.outside.setUp(l.index); err != nil {
		return d.errorf(err, "bring up again on the host")
	}
	return nil
}
