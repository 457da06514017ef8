package compile

import (
	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
)

// keepFiles asks for the process's descriptors. They are the inputs right behind
// the first one.
func (c *compiler) keepFiles() {
	for i := range c.options.Files {
		c.Input(InputFile(i))
	}
}

// closeDescriptors closes all descriptors except the process's own, which move
// to their places, and the one that reports go to.
func (c *compiler) closeDescriptors() {
	n := uint(c.options.Files)
	process.PlaceFiles(c.Builder, program.FirstInput+1, n)
	process.CloseDescriptors(c.Builder, program.FirstInput+n)
}
