package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	runcoptions "github.com/containerd/containerd/api/types/runc/options"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Names of peers.
const (
	rt   = "rt"
	crun = "crun"
	runc = "runc"
)

// runcShim is the file name of containerd's own shim.
const runcShim = "containerd-shim-runc-v2"

// peer is one of those that are compared: a shim, with the runtime that it executes.
type peer struct {
	name    string
	shim    string // the program
	runtime string // what it executes, or "" for rt
	options *anypb.Any
	account
}

// findPeers finds those that this machine has, rt first.
func (w *workplace) findPeers() error {
	if err := w.addPeer(rt, w.o.shim, ""); err != nil {
		return err
	}
	for _, r := range []struct{ name, path string }{{crun, w.o.crun}, {runc, w.o.runc}} {
		if w.o.containerd == "" {
			say("%s is left out: there is no %s", r.name, runcShim)
			continue
		}
		path, err := lookPath(r.path)
		if err == nil {
			err = w.addPeer(r.name, filepath.Join(w.o.containerd, runcShim), path)
		}
		if err != nil {
			say("%s is left out: %v", r.name, err)
		}
	}
	return nil
}

// addPeer adds a peer. Each has a copy of its shim, so that the pages of one program are
// shared by the shims of one peer alone.
func (w *workplace) addPeer(name, shim, runtime string) error {
	p := &peer{name: name, runtime: runtime}
	var err error
	if runtime != "" {
		if p.runtime, err = filepath.Abs(runtime); err != nil {
			return err
		}
	}
	if p.shim, err = w.CopyProgram(shim, name); err != nil {
		return err
	}
	p.options, err = packed(&runcoptions.Options{Root: w.Path(name, "root"), BinaryName: p.runtime})
	if err != nil {
		return err
	}
	if p.account, err = w.newAccount(name); err != nil {
		return err
	}
	w.peers = append(w.peers, p)
	return nil
}

// version is what the programs say of themselves, in one line.
func (p *peer) version() string {
	if p.runtime == "" {
		return versionOf(p.shim, "-v")
	}
	return versionOf(p.runtime, "--version") + "; " + versionOf(p.shim, "-v")
}

// versionOf returns the lines of a program's answer that name it and its version.
func versionOf(program, flag string) string {
	out, err := exec.Command(program, flag).CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s: %v", filepath.Base(program), err)
	}
	lines := strings.SplitN(strings.TrimSpace(string(out)), "\n", 3)
	if strings.HasSuffix(lines[0], ":") && len(lines) > 1 {
		lines[0] += " " + lines[1]
	}
	return strings.Join(strings.Fields(lines[0]), " ")
}

// packed returns a message as containerd packs it: its type is the bare name.
func packed(m proto.Message) (*anypb.Any, error) {
	value, err := proto.Marshal(m)
	return &anypb.Any{TypeUrl: string(m.ProtoReflect().Descriptor().FullName()), Value: value}, err
}
