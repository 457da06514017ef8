package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
)

// completionFlag is the last argument of a shell that asks package cli how the
// words before it could go on.
const completionFlag = "--generate-bash-completion"

// completeID prints the flags of a command that could follow, or the ids of all
// containers if none is given yet. Errors are not reported: a shell asks while
// somebody is still writing.
func (r *rt) completeID(c *cli.Context) {
	cli.DefaultCompleteWithFlags(c.Command)(c)
	if c.Args().Present() || wantsValue(c.Command.Flags) {
		return
	}
	root, err := stateRoot(r.options.root)
	if err != nil {
		return
	}
	r.store.Root = root
	ids, _ := r.store.IDs()
	for _, id := range ids {
		fmt.Fprintln(r.out, id)
	}
}

// wantsValue reports whether the word to be completed is the value of the flag
// before it.
func wantsValue(flags []cli.Flag) bool {
	last := os.Args[max(0, len(os.Args)-2)]
	return strings.HasPrefix(last, "-") && newFlagNames(flags).takesValue(strings.TrimLeft(last, "-"))
}
