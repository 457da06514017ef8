package task

import (
	"errors"
	"strings"
	"testing"

	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/errdefs"
	"google.golang.org/protobuf/types/known/anypb"
)

// TestParseOptions: the options of runc are taken, and none is ignored that asks for
// something else.
func TestParseOptions(t *testing.T) {
	for _, test := range []struct {
		give *options.Options
		err  string
	}{
		{&options.Options{}, ""},
		{&options.Options{SystemdCgroup: true, Root: "/x", NoPivotRoot: true, ShimCgroup: "/y"}, ""},
		{&options.Options{BinaryName: "/usr/bin/crun"}, "option BinaryName (/usr/bin/crun)"},
		{&options.Options{CriuImagePath: "/z"}, "option CriuImagePath (/z)"},
	} {
		packed, err := anypb.New(test.give)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseOptions(packed)
		switch {
		case test.err == "" && (err != nil || got.Root != test.give.Root || got.SystemdCgroup != test.give.SystemdCgroup):
			t.Errorf("%v: %v, %v", test.give, got, err)
		case test.err != "" && (!errors.Is(err, errdefs.ErrInvalidArgument) || !strings.HasPrefix(err.Error(), test.err)):
			t.Errorf("%v: error is %v, want %q", test.give, err, test.err)
		}
	}
	if _, err := parseOptions(nil); err != nil {
		t.Error(err)
	}
	if _, err := parseOptions(&anypb.Any{TypeUrl: "other", Value: []byte{1}}); !errors.Is(err, errdefs.ErrInvalidArgument) {
		t.Errorf("options of another type: %v", err)
	}
}
