package settings

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/containerd/api/types"
	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/containerd/api/types/runtimeoptions/v1"
	"github.com/containerd/errdefs"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

func packed(t *testing.T, m proto.Message) *anypb.Any {
	t.Helper()
	p, err := anypb.New(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// full is a table as containerd writes it of a node's configuration, in which all options
// have a value.
const full = `BinaryName = ''
CriuImagePath = ''
CriuWorkPath = '/w'
IoGid = 7
IoUid = 6
NoNewKeyring = true
Root = '/x'
ShimCgroup = '/y'
SystemdCgroup = true
`

func TestParse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rt.toml")
	if err := os.WriteFile(file, []byte("Root = \"/file\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	all := &options.Options{CriuWorkPath: "/w", IoGid: 7, IoUid: 6, NoNewKeyring: true, Root: "/x", ShimCgroup: "/y", SystemdCgroup: true}
	for name, test := range map[string]struct {
		give proto.Message
		want *options.Options
		err  string
	}{
		"nothing":             {give: &options.Options{}, want: &options.Options{}},
		"message of runc":     {give: all, want: all},
		"other program":       {give: &options.Options{BinaryName: "/usr/bin/crun"}, err: "BinaryName (/usr/bin/crun): "},
		"images":              {give: &options.Options{CriuImagePath: "/z"}, err: "CriuImagePath (/z): "},
		"generic, empty":      {give: &runtimeoptions.Options{}, want: &options.Options{}},
		"table":               {give: &runtimeoptions.Options{ConfigBody: []byte(full)}, want: all},
		"table in a file":     {give: &runtimeoptions.Options{ConfigPath: file, ConfigBody: []byte(full)}, want: &options.Options{Root: "/file"}},
		"file that is absent": {give: &runtimeoptions.Options{ConfigPath: file + "x"}, err: "no such file or directory"},
		"no table":            {give: &runtimeoptions.Options{ConfigBody: []byte("nonsense")}, err: "toml: "},
		"unknown option":      {give: &runtimeoptions.Options{ConfigBody: []byte("SystemdCgroups = true")}, err: "unknown option SystemdCgroups"},
		"wrong type":          {give: &runtimeoptions.Options{ConfigBody: []byte("SystemdCgroup = 'yes'")}, err: "toml: "},
		"other program there": {give: &runtimeoptions.Options{ConfigBody: []byte("BinaryName = '/usr/sbin/runc'")}, err: "BinaryName (/usr/sbin/runc): "},
		"other type":          {give: &types.Mount{Type: "x"}, err: "options of type "},
	} {
		got, err := Parse(packed(t, test.give))
		switch {
		case test.err == "" && (err != nil || !proto.Equal(got, test.want)):
			t.Errorf("%s: %v, %v", name, got, err)
		case test.err != "" && (!errors.Is(err, errdefs.ErrInvalidArgument) || !strings.Contains(err.Error(), test.err)):
			t.Errorf("%s: error is %v, want %q", name, err, test.err)
		}
	}
	if got, err := Parse(nil); err != nil || !proto.Equal(got, &options.Options{}) {
		t.Errorf("none: %v, %v", got, err)
	}
}
