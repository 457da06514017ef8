// Package dbus is as much of a D-Bus client as talking to systemd takes: calls
// of methods with a timeout, and waiting for a signal. The D-Bus specification
// (https://dbus.freedesktop.org/doc/dbus-specification.html) is what it
// follows, except that it knows neither dictionaries nor descriptors.
//
// It exists because of what others cost every command, also those that have
// nothing to do with systemd: see docs/architecture.md. It has no goroutine and
// no state besides a connection, and nothing in it is initialised at the
// start of the program.
//
// What comes over a connection is not trusted: messages are bounded in size
// and depth, and what is not in order ends the connection.
package dbus
