package cgroup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Update changes the limits and the access to devices of a container that has
// its own cgroups. inForce has the device rules until now. What res does not
// mention stays as it is in the kernel.
//
// All values are checked before the first is written. If the kernel still
// refuses a value, the values written before are restored, except those that
// cannot be (such as a rate of a device that had none before). The error names
// the setting and the file.
func (c *Config) Update(ctx context.Context, res, inForce *specs.LinuxResources) error {
	if !c.Made || c.Inherited {
		return errors.New("linux.resources: the container has no cgroup of its own, so its limits cannot be changed")
	}
	res, err := c.complete(res)
	if err != nil {
		return err
	}
	limits := limitsOf(res)
	if err := c.checkControllers(limits); err != nil {
		return err
	}
	devices, err := c.newDeviceChange(inForce, res)
	if err != nil {
		return err
	}
	changes, err := c.changes(limits)
	if err == nil {
		err = checkFiles(changes)
	}
	if err != nil {
		return err
	}
	return writeOrUndo(changes, func() error {
		err := devices.apply(ctx)
		if err == nil {
			err = c.updateScope(ctx, res, changes, devices)
		}
		if err != nil {
			return errors.Join(err, devices.undo(context.WithoutCancel(ctx)))
		}
		return nil
	})
}

// checkControllers checks that the container's cgroup has the controllers of
// limits on v2. They were passed on to it, as far as possible, when it was made.
func (c *Config) checkControllers(limits []limit) error {
	if c.Version != 2 {
		return nil
	}
	return c.unified().checkControllers(limits, nil)
}

// checkFiles checks that everything that is to be written can be.
func checkFiles(changes []change) error {
	var errs []error
	for _, w := range changes {
		for i := range w.list {
			errs = append(errs, w.list[i].check(w.dir))
		}
	}
	return errors.Join(errs...)
}

// writeOrUndo writes changes and does what comes then. After an error it sets
// back what it wrote.
func writeOrUndo(changes []change, then func() error) error {
	var undo []change
	var err error
	for i := range changes {
		undo = append(undo, changes[i].reverse())
		if err = changes[i].write(); err != nil {
			break
		}
	}
	if err == nil {
		err = then()
	}
	if err == nil {
		return nil
	}
	for _, u := range slices.Backward(undo) {
		_ = u.write() // the first error matters
	}
	return err
}

// reverse returns the change that writes what is there now. Of files with more
// than a line nothing can be written back.
func (w *change) reverse() change {
	back := change{limit: &limit{together: w.limit.together}, dir: w.dir}
	for _, e := range slices.Backward(w.list) {
		old, err := readFile(w.dir + "/" + e.file)
		if err != nil || strings.Count(old, "\n") > 1 {
			continue
		}
		e.value, e.optional = old, true
		back.list = append(back.list, e)
	}
	return back
}

// complete returns res with what else a file of v2 takes: quota and period are
// in one file, and the limit of swap is what the sum of memory and swap leaves.
func (c *Config) complete(res *specs.LinuxResources) (*specs.LinuxResources, error) {
	full := *res
	if m := full.Memory; m != nil && value(m.Swap) > 0 && value(m.Limit) == 0 {
		m := new(*m)
		limit, err := c.memoryLimit(*m.Swap)
		if err != nil {
			return nil, err
		}
		if c.Version == 2 {
			m.Limit = &limit
		}
		full.Memory = m
	}
	if p := full.CPU; p != nil && c.Version == 2 && (value(p.Quota) != 0) != (value(p.Period) != 0) {
		p := new(*p)
		quota, period := readCPUMax(c.unified().Dir())
		if value(p.Quota) == 0 {
			p.Quota = &quota
		} else {
			p.Period = &period
		}
		full.CPU = p
	}
	return &full, nil
}

// memoryLimit returns the limit of memory that there is, which sum is to be the
// limit of together with swap.
func (c *Config) memoryLimit(sum int64) (int64, error) {
	dir, _, file, _ := c.memoryFiles()
	limit, ok := readBytes(dir + file)
	switch {
	case !ok:
		return 0, fmt.Errorf("%s.swap: is %d, but there is no limit for memory (want that limit too)", memoryPath, sum)
	case uint64(sum) < limit:
		return 0, fmt.Errorf("%s.swap: is %d, less than the limit for memory %d (want the sum of memory and swap)", memoryPath, sum, limit)
	}
	return int64(limit), nil
}
