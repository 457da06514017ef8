package libcontainer

import (
	"os"
	"strconv"

	"github.com/oci-rt/rt/libcontainer/process"
	"github.com/oci-rt/rt/libcontainer/program"
)

// inputFile names the descriptor that is number 3+i of the container's process.
func inputFile(i int) program.Input {
	return program.Input("file " + strconv.Itoa(program.FirstInput+i))
}

// addFiles adds the process's descriptors to a program's inputs.
func addFiles(inputs map[program.Input]*os.File, files []*os.File) {
	for i, f := range files {
		inputs[inputFile(i)] = f
	}
}

// keepFiles asks for the process's descriptors. They are the inputs right behind
// the first one.
func (c *compiler) keepFiles() {
	for i := range c.options.Files {
		c.Input(inputFile(i))
	}
}

// closeDescriptors closes all descriptors but the process's own, which take
// their places, and the one that reports go to.
func (c *compiler) closeDescriptors() {
	n := uint(c.options.Files)
	process.PlaceFiles(c.Builder, program.FirstInput+1, n)
	process.CloseDescriptors(c.Builder, program.FirstInput+n)
}
