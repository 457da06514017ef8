package script

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// port NAME: sets a variable to a TCP port that nobody listens on.
func cmdPort(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "port NAME")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	ts.Check(listener.Close())
}

// The links of counter, and what is at their other ends.

// duplex has one end of each of two links.
type duplex struct {
	io.Reader
	io.Writer
}

// pipes are two pipes, between which a thread of its own copies.
func pipes() (io.ReadWriter, error) {
	in, there, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	back, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	go func() {
		runtime.LockOSThread()
		_, _ = io.Copy(out, in)
	}()
	return duplex{back, there}, nil
}

// loopback is a TCP connection of the process with itself.
func loopback() (io.ReadWriter, error) {
	listener, err := listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go echo(listener)
	return connect("tcp", listener.Addr().String())
}

// listen listens for plain TCP. MPTCP, Go's default, cannot be saved.
func listen(address string) (net.Listener, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	return config.Listen(context.Background(), "tcp", address)
}

// serve sends back what comes from each who connects.
func serve(address string) error {
	listener, err := listen(address)
	if err != nil {
		return err
	}
	return echo(listener)
}

// ignore listens, and accepts nobody.
func ignore(address string) error {
	listener, err := listen(address)
	if err != nil {
		return err
	}
	defer listener.Close()
	time.Sleep(time.Hour)
	return nil
}

func echo(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			_, _ = io.Copy(conn, conn)
		}()
	}
}

// connect waits for who listens, and for the network.
func connect(network, address string) (conn io.ReadWriter, err error) {
	for range 1000 {
		if conn, err = net.Dial(network, address); err == nil {
			return conn, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}

// oneWay is a connected datagram socket, as that of a system's log. What is
// written comes back without having been there.
func oneWay(address string) (io.ReadWriter, error) {
	conn, err := connect("unixgram", address)
	if err != nil {
		return nil, err
	}
	var sent bytes.Buffer
	return duplex{&sent, io.MultiWriter(conn, &sent)}, nil
}

// receive keeps the last datagram that came to a socket in a file.
func receive(socket, path string) error {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	datagram := make([]byte, 64)
	for {
		n, err := conn.Read(datagram)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, datagram[:n], 0o644); err != nil {
			return err
		}
	}
}
