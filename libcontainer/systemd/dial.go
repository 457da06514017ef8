package systemd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	godbus "github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// errTimeout says that the other side does not answer.
var errTimeout = errors.New("no answer in time")

// open connects to a service manager: over a message bus or, with direct, over
// the manager's own socket. The connection ends with cancel, and with ctx only while
// it is being made.
func open(ctx context.Context, address string, direct bool) (conn *dbus.Conn, cancel func(), err error) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	err = within(ctx, cancel, func() (err error) {
		conn, err = dbus.NewConnection(func() (*godbus.Conn, error) { return dial(own, address, direct) })
		return err
	})
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return conn, cancel, nil
}

// dial makes one of the two connections that go-systemd holds, one for calls and
// one for signals. Its own dialers know neither a user's manager without a
// message bus nor the bus of a user whose variables are not set.
//
// The bus learns from the socket which user connects. The mechanism EXTERNAL sends
// no user id here, because outside of a user namespace it would be a different one.
func dial(ctx context.Context, address string, direct bool) (*godbus.Conn, error) {
	conn, err := dialSocket(ctx, address)
	if err != nil {
		return nil, err
	}
	if err = conn.Auth([]godbus.Auth{godbus.AuthExternal("")}); err == nil && !direct {
		err = conn.Hello()
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	return conn, nil
}

// dialSocket connects to a socket. It tries again while the server has too many
// connections to accept (EAGAIN, connect(2) in unix(7)).
func dialSocket(ctx context.Context, address string) (*godbus.Conn, error) {
	for delay := time.Millisecond; ; delay = min(2*delay, 100*time.Millisecond) {
		conn, err := godbus.Dial(address, godbus.WithContext(ctx))
		if err == nil || !errors.Is(err, unix.EAGAIN) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(delay):
		}
	}
}

// addresses returns the addresses of the message bus and of the manager's own
// socket, which is "" if it may not be used instead.
func addresses(user bool) (bus, private string, err error) {
	if user {
		return userAddresses()
	}
	if bus = os.Getenv("DBUS_SYSTEM_BUS_ADDRESS"); bus != "" {
		return bus, "", nil
	}
	if os.Geteuid() == 0 {
		private = socketAddress("/run/systemd/private")
	}
	return socketAddress("/run/dbus/system_bus_socket"), private, nil
}

// userAddresses returns the addresses of the caller's bus and manager. Engines start
// a runtime with a small environment, often without these variables.
func userAddresses() (bus, private string, err error) {
	if bus = os.Getenv("DBUS_SESSION_BUS_ADDRESS"); bus != "" {
		return bus, "", nil
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = "/run/user/" + strconv.Itoa(os.Getuid())
	}
	if err := ownedByCaller(dir); err != nil {
		return "", "", fmt.Errorf("systemd of the user: %w", err)
	}
	return socketAddress(dir + "/bus"), socketAddress(dir + "/systemd/private"), nil
}

// socketAddress returns the D-Bus address of the socket with this path.
func socketAddress(path string) string {
	return "unix:path=" + godbus.EscapeBusAddressValue(path)
}

// ownedByCaller refuses a runtime directory of another user: su(1) or sudo(8) may
// have kept that user's variable.
func ownedByCaller(dir string) error {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return fmt.Errorf("the runtime directory %s: %w", dir, err)
	}
	if int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("the runtime directory %s belongs to user %d, not %d", dir, st.Uid, os.Geteuid())
	}
	return nil
}

// IsAbsent reports whether the error of [Connect] says that no service manager
// listens.
func IsAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ECONNREFUSED)
}

// ErrNotBooted: there is no systemd to talk to.
var ErrNotBooted = errors.New("this machine was not booted with systemd")

// explain adds the likely reason why there is no connection.
func explain(err error, user bool) error {
	switch booted := isDir("/run/systemd/system"); { // sd_booted(3)
	case !IsAbsent(err):
	case !booted:
		err = fmt.Errorf("%w (%w)", err, ErrNotBooted)
	case user:
		err = fmt.Errorf("%w (a user's systemd needs a login session or loginctl enable-linger, and Debian's dbus-user-session)", err)
	}
	which := "the system"
	if user {
		which = "the user"
	}
	return fmt.Errorf("systemd of %s: %w", which, err)
}

func isDir(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}
