package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/oci-rt/rt/libcontainer"
	"github.com/oci-rt/rt/spec"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// execProcess returns the process that --process or the flags describe. A command beside
// --process has no meaning. It is accepted because runc accepts it and scripts pass it,
// mostly an empty one.
func (o *execOptions) execProcess(c *libcontainer.Container, args []string, warn func(error)) (*specs.Process, error) {
	switch {
	case o.process != "":
		if strings.Join(args, "") != "" {
			warn(fmt.Errorf("argument %q is left out: --process says what to execute", args[0]))
		}
		p, err := spec.LoadProcess(o.process)
		if err == nil {
			p.Terminal = p.Terminal || o.tty
		}
		return p, err
	case len(args) == 0:
		return nil, errors.New("neither COMMAND nor --process given")
	}
	s, err := c.Spec()
	if err != nil {
		return nil, err
	}
	p := *s.Process
	p.Args = args
	return &p, o.change(&p)
}

// change changes the container's process as the flags say. The lists that p refers to
// belong to the container, and stay as they are.
func (o *execOptions) change(p *specs.Process) error {
	p.Terminal = o.tty
	p.ConsoleSize = nil
	if o.cwd != "" {
		p.Cwd = o.cwd
	}
	for _, variable := range o.env.Value() {
		if strings.IndexByte(variable, '=') <= 0 {
			return fmt.Errorf("--env: invalid environment variable %q (want NAME=VALUE)", variable)
		}
	}
	p.Env = slices.Concat(p.Env, o.env.Value())
	p.NoNewPrivileges = p.NoNewPrivileges || o.noNewPrivs
	p.SelinuxLabel = cmp.Or(o.label, p.SelinuxLabel)
	p.ApparmorProfile = cmp.Or(o.profile, p.ApparmorProfile)
	if err := o.changeUser(&p.User); err != nil {
		return err
	}
	o.addCapabilities(p)
	return nil
}

func (o *execOptions) changeUser(u *specs.User) (err error) {
	if o.user != "" {
		uid, gid, hasGid := strings.Cut(o.user, ":")
		if u.UID, err = parseID(uid); err != nil {
			return fmt.Errorf("--user %s: user %w", o.user, err)
		}
		if hasGid {
			if u.GID, err = parseID(gid); err != nil {
				return fmt.Errorf("--user %s: group %w", o.user, err)
			}
		}
	}
	for _, text := range o.gids.Value() {
		gid, err := parseID(text)
		if err != nil {
			return fmt.Errorf("--additional-gids: %w", err)
		}
		u.AdditionalGids = append(slices.Clip(u.AdditionalGids), gid)
	}
	return nil
}

// parseID reads a user or group id: digits and nothing else. If anything else were read
// as 0, the program would run as root (CVE-2026-30892).
func parseID(text string) (uint32, error) {
	const last = 1<<32 - 2 // setresuid(2) takes the next one for "as it is"
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil || id > last {
		return 0, fmt.Errorf("%q is not an id (want a number from 0 to %d)", text, uint32(last))
	}
	return uint32(id), nil
}

// addCapabilities adds capabilities to the sets that bound what the program may do, but
// not to the inheritable set, which would pass them on (CVE-2022-29162). A capability
// that is already inheritable becomes ambient, so that a program without file
// capabilities has it. Unknown names are warned of as in a configuration.
func (o *execOptions) addCapabilities(p *specs.Process) {
	if len(o.caps.Value()) == 0 {
		return
	}
	var caps specs.LinuxCapabilities
	if p.Capabilities != nil {
		caps = *p.Capabilities
	}
	p.Capabilities = &caps
	for _, name := range o.caps.Value() {
		sets := []*[]string{&caps.Bounding, &caps.Permitted, &caps.Effective}
		if slices.Contains(caps.Inheritable, name) {
			sets = append(sets, &caps.Ambient)
		}
		for _, set := range sets {
			if !slices.Contains(*set, name) {
				*set = append(slices.Clip(*set), name)
			}
		}
	}
}
