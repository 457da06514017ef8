package dbus

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/fakesystemd"
	"golang.org/x/sys/unix"
)

const testTimeout = 10 * time.Second

func TestBus(t *testing.T) {
	c, err := Dial("unix:path=/nowhere;"+fakesystemd.Bus(t), testTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	values, err := c.Call(busMethod("GetNameOwner"), "org.freedesktop.DBus")
	if err != nil || len(values) != 1 || values[0] != "org.freedesktop.DBus" {
		t.Errorf("GetNameOwner = %v, %v", values, err)
	}
	var e *Error
	if _, err := c.Call(busMethod("GetNameOwner"), "not.there"); !errors.As(err, &e) || e.Name != "org.freedesktop.DBus.Error.NameHasNoOwner" {
		t.Errorf("error is %#v", err)
	}
	if _, err := c.Call(busMethod("NoSuchMethod")); !errors.As(err, &e) {
		t.Errorf("error is %v", err)
	}
	if _, err := c.Call(busMethod("GetNameOwner"), "org.freedesktop.DBus"); err != nil {
		t.Errorf("after errors: %v", err)
	}
}

func TestSignal(t *testing.T) {
	address := fakesystemd.Bus(t)
	c, err := Dial(address, testTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	watch := Match{Interface: "org.freedesktop.DBus", Member: "NameOwnerChanged", Arg: 0, Value: "a.'quoted'.b"}
	if err := c.Listen(watch); err != nil {
		t.Fatal(err)
	}
	watch.Value = "rt.test"
	if err := c.Listen(watch); err != nil {
		t.Fatal(err)
	}
	other, err := Dial(address, testTimeout)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for _, name := range []string{"rt.other", "rt.test"} {
		if _, err := other.Call(busMethod("RequestName"), name, uint32(0)); err != nil {
			t.Fatal(err)
		}
	}
	body, err := c.AwaitSignal(testTimeout)
	if err != nil || body[0] != "rt.test" {
		t.Errorf("signal is %v, %v", body, err)
	}
	if body, err := c.AwaitSignal(10 * time.Millisecond); !errors.Is(err, errTimeout) {
		t.Errorf("another signal: %v, %v", body, err)
	}
}

// peer listens on a socket and answers as serve does.
func peer(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		if c, err := l.Accept(); err == nil {
			serve(c)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return Address(path)
}

// The server's side of getting to know each other.
const welcome = "DATA\r\nOK 1234deadbeef\r\n"

// What is no order from a peer is an error in time.
func TestBadPeers(t *testing.T) {
	hang := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.WriteString(c, text)
			hang(c)
		}
	}
	for name, serve := range map[string]func(net.Conn){
		"mute":       hang,
		"gone":       func(net.Conn) {},
		"rejects":    say("REJECTED EXTERNAL\r\n"),
		"no end":     say(strings.Repeat("x", 2*maxLine)),
		"no reply":   say(welcome),
		"no message": say(welcome + strings.Repeat("x", 100)),
		"huge":       say(welcome + "l\x02\x00\x01\xff\xff\xff\x7f" + strings.Repeat("\x00", 100)),
		"version":    say(welcome + "l\x02\x00\x09" + strings.Repeat("\x00", 12)),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := DialPeer(peer(t, serve), 200*time.Millisecond)
			if err == nil {
				defer c.Close()
				_, err = c.Call(Method{Path: "/", Interface: "a.b", Member: "C"})
			}
			if err == nil {
				t.Error("no error")
			}
			t.Log(err)
		})
	}
}

// A server that accepts nobody does not hold anybody up.
func TestFullBacklog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrUnix{Name: path}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	first, err := connect(path, time.Now().Add(testTimeout))
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	if s, err := connect(path, time.Now().Add(50*time.Millisecond)); err == nil {
		s.close()
		t.Error("connected")
	} else if !errors.Is(err, unix.EAGAIN) {
		t.Error(err)
	}
}

func TestParseAddress(t *testing.T) {
	tests := []struct {
		address string
		want    string // joined, or part of the error
		ok      bool
	}{
		{"unix:path=/run/a", "/run/a", true},
		{"unix:path=/run/a,guid=12", "/run/a", true},
		{"unix:guid=12,path=/a%20b%3b", "/a b;", true},
		{"unix:abstract=x;unix:path=/y", "@x /y", true},
		{"tcp:host=a;unix:path=/y", "/y", true},
		{"unix:path=/a%2", "ends within", false},
		{"unix:path=/a%zz", "%zz", false},
		{"unix:tmpdir=/tmp", "has no unix:path=", false},
		{"", "has no unix:path=", false},
	}
	for _, tt := range tests {
		list, err := parseAddress(tt.address)
		got := strings.Join(list, " ")
		if err != nil {
			got = err.Error()
		}
		if (err == nil) != tt.ok || !strings.Contains(got, tt.want) {
			t.Errorf("parseAddress(%q) = %q, %v", tt.address, list, err)
		}
	}
	path := "/run/a b;c=%,d-_.\\*/é"
	if list, err := parseAddress(Address(path)); err != nil || list[0] != path {
		t.Errorf("parseAddress(Address(%q)) = %q, %v", path, list, err)
	}
}
