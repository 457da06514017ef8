// Package settings reads the runtime's options. They are runc's, so that a node's
// configuration need not change but for the runtime's type.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/containerd/containerd/api/types/runc/options"
	"github.com/containerd/containerd/api/types/runtimeoptions/v1"
	"github.com/containerd/errdefs"
	"github.com/pelletier/go-toml/v2"
	"google.golang.org/protobuf/types/known/anypb"
)

// Known reports whether options of this type can be read. A containerd before 2.3 passes
// on to the start of a shim what may be another's.
func Known(packed *anypb.Any) bool {
	return packed.MessageIs((*options.Options)(nil)) || packed.MessageIs((*runtimeoptions.Options)(nil))
}

// Parse reads the options: runc's own message or, from Kubernetes' plugin and ctr, which
// know that message for runc's shim alone, a table in TOML or a file with one. What has no
// meaning here is an error.
func Parse(packed *anypb.Any) (*options.Options, error) {
	o := &options.Options{}
	if packed == nil || len(packed.Value) == 0 {
		return o, nil
	}
	if !Known(packed) {
		return nil, invalid(fmt.Errorf("options of type %s (want %s or %s)", packed.TypeUrl,
			o.ProtoReflect().Descriptor().FullName(), (*runtimeoptions.Options)(nil).ProtoReflect().Descriptor().FullName()))
	}
	var err error
	if packed.MessageIs(o) {
		err = packed.UnmarshalTo(o)
	} else {
		err = parseGeneric(packed, o)
	}
	if err == nil {
		err = check(o)
	}
	if err != nil {
		return nil, invalid(fmt.Errorf("the runtime's options: %w", err))
	}
	return o, nil
}

func invalid(err error) error { return fmt.Errorf("%w: %w", err, errdefs.ErrInvalidArgument) }

// parseGeneric reads the message of runtimes that containerd does not know.
func parseGeneric(packed *anypb.Any, o *options.Options) error {
	var g runtimeoptions.Options
	if err := packed.UnmarshalTo(&g); err != nil {
		return err
	}
	table := g.ConfigBody
	if g.ConfigPath != "" {
		var err error
		if table, err = os.ReadFile(g.ConfigPath); err != nil {
			return err
		}
	}
	return parseTable(table, o)
}

// parseTable reads a table, whose keys are the names of the options.
func parseTable(table []byte, o *options.Options) error {
	err := toml.NewDecoder(bytes.NewReader(table)).DisallowUnknownFields().Decode(o)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		var names []string
		for _, e := range unknown.Errors {
			names = append(names, strings.Join(e.Key(), "."))
		}
		return fmt.Errorf("unknown option %s", strings.Join(names, ", "))
	}
	return err
}

// check refuses the options that the shim would have to ignore.
func check(o *options.Options) error {
	switch {
	case o.BinaryName != "":
		return fmt.Errorf("BinaryName (%s): this runtime executes no other program, leave the option out", o.BinaryName)
	case o.CriuImagePath != "":
		return fmt.Errorf("CriuImagePath (%s): not supported, the images come with the request", o.CriuImagePath)
	}
	return nil
}
