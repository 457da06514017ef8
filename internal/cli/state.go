package cli

import (
	"io"
	"os/user"
	"strconv"

	"github.com/oci-rt/rt/internal/plainjson"
	"github.com/oci-rt/rt/libcontainer"
	"github.com/urfave/cli/v2"
)

// containerInfo is a container as state and list print it. Its keys are those
// of the runtime-spec's state and of runc.
type containerInfo struct {
	OCIVersion  string            `json:"ociVersion"`
	ID          string            `json:"id"`
	Pid         int               `json:"pid"`
	Status      string            `json:"status"`
	Bundle      string            `json:"bundle"`
	Rootfs      string            `json:"rootfs"`
	Created     string            `json:"created"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Owner       string            `json:"owner"`
}

func (r *rt) stateCommand() *cli.Command {
	return &cli.Command{
		Name:         "state",
		ArgsUsage:    "ID",
		Usage:        "print the state of a container as JSON",
		BashComplete: r.completeID,
		Action:       func(c *cli.Context) error { return r.state(c.Args().First()) },
	}
}

func (r *rt) state(id string) error {
	c, err := r.store.Open(id)
	if err != nil {
		return err
	}
	defer c.Close()
	info, err := c.Info()
	if err != nil {
		return err
	}
	return writeJSON(r.out, newContainerInfo(info))
}

func newContainerInfo(i *libcontainer.Info) containerInfo {
	return containerInfo{
		OCIVersion:  i.Version,
		ID:          i.ID,
		Pid:         i.Pid,
		Status:      string(i.Status),
		Bundle:      i.Bundle,
		Rootfs:      i.Rootfs,
		Created:     i.Created,
		Annotations: i.Annotations,
		Owner:       userName(i.Owner),
	}
}

// userName returns the name of a user, or the number if there is no name.
func userName(uid int) string {
	if uid == 0 {
		return "root" // spares the common case the reading of /etc/passwd
	}
	number := strconv.Itoa(uid)
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return number
}

// writeJSON prints a value so that both people and programs can read it.
func writeJSON(w io.Writer, value any) error {
	_, err := w.Write(append(plainjson.AppendIndent(nil, value, "  "), '\n'))
	return err
}
