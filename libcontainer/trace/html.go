package trace

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"io"

	"github.com/oci-rt/rt/internal/plainjson"
)

// page is the page without its trace.
//
//go:embed page.html
var page []byte

// placeholder is where the trace goes in the page.
const placeholder = "@TRACE@"

// WriteHTML writes a page that shows the trace. It needs nothing but a browser.
func (t *Trace) WriteHTML(to io.Writer) error {
	before, behind, ok := bytes.Cut(page, []byte(placeholder))
	if !ok {
		return fmt.Errorf("the page has no place for a trace")
	}
	for _, part := range [][]byte{before, t.scriptJSON(), behind} {
		if _, err := to.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// scriptJSON returns the trace as JSON for a script element. That ends at the
// first </script>, and also <!-- has a meaning there, wherever they are. The
// texts of a trace come from configurations and images, which may contain both.
// In JSON a < is always part of a string.
func (t *Trace) scriptJSON() []byte {
	return bytes.ReplaceAll(plainjson.Append(nil, t), []byte("<"), []byte(`\u003c`))
}
