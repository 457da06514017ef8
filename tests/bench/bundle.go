package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
)

// seccompProfile has the structure and the size of Docker's default profile for
// amd64.
//
//go:embed seccomp.json
var seccompProfile []byte

// edit changes the configuration that all bundles begin with.
type edit func(w *workplace, spec map[string]any) error

func plain(*workplace, map[string]any) error { return nil }

func linux(spec map[string]any) map[string]any { return spec["linux"].(map[string]any) }

func withFilter(_ *workplace, spec map[string]any) error {
	var profile any
	err := json.Unmarshal(seccompProfile, &profile)
	linux(spec)["seccomp"] = profile
	return err
}

func inUserNamespace(_ *workplace, spec map[string]any) error {
	l := linux(spec)
	l["namespaces"] = append(l["namespaces"].([]any), map[string]any{"type": "user"})
	ids := []any{map[string]any{"containerID": 0, "hostID": 100000, "size": 65536}}
	l["uidMappings"], l["gidMappings"] = ids, ids
	return nil
}

// with100Mounts binds a directory a hundred times.
func with100Mounts(w *workplace, spec map[string]any) error {
	mounts := spec["mounts"].([]any)
	for i := range 100 {
		place := fmt.Sprintf("/m/%d", i)
		if err := os.MkdirAll(w.Path("rootfs", place), 0o755); err != nil {
			return err
		}
		mounts = append(mounts, map[string]any{
			"destination": place, "type": "bind", "source": w.Path("rootfs", "bin"), "options": []string{"rbind", "ro"},
		})
	}
	spec["mounts"] = mounts
	return nil
}

func with1000MaskedPaths(w *workplace, spec map[string]any) error {
	if err := os.MkdirAll(w.Path("rootfs", "masked"), 0o755); err != nil {
		return err
	}
	masked := linux(spec)["maskedPaths"].([]any)
	for i := range 1000 {
		path := fmt.Sprintf("/masked/%d", i)
		if err := os.WriteFile(w.Path("rootfs", path), nil, 0o644); err != nil {
			return err
		}
		masked = append(masked, path)
	}
	linux(spec)["maskedPaths"] = masked
	return nil
}

// container is one of a peer, which runs a program of the shared root file system.
type container struct {
	peer   *peer
	id     string
	bundle string
}

// newContainer makes the bundle of a container. The stage deletes what is left of it.
func (w *workplace) newContainer(p *peer, name string, edits edit, program ...string) (*container, error) {
	c := &container{peer: p, id: w.Name() + "-" + p.name + "-" + name}
	cgroup := "/" + c.id
	var failed error
	bundle, err := w.MakeBundle(c.id, cgroup, func(spec map[string]any) {
		if len(program) > 0 {
			spec["process"].(map[string]any)["args"] = program
		}
		failed = edits(w, spec)
	})
	c.bundle = bundle
	w.Undo(func() {
		p.delete(c.id)
		w.Cgroups.Remove(cgroup)
	})
	if failed != nil {
		return nil, failed
	}
	return c, err
}

// run starts a container and returns while it runs.
func (c *container) run() error {
	_, err := c.peer.do("run", "--detach", "--bundle", c.bundle, c.id)
	return err
}
