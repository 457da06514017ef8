package trace

import (
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oci-rt/rt/tests/need"
)

// browse opens a page in a browser without a network, and returns what it prints.
func browse(t *testing.T, page string, flags ...string) string {
	t.Helper()
	need.Root(t) // to take the network away
	args := []string{
		"--net", need.Program(t, "chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--window-size=1200,800", "--virtual-time-budget=4000", "--user-data-dir=" + filepath.Join(t.TempDir(), "profile"),
	}
	cmd := exec.Command("unshare", append(append(args, flags...), "file://"+page)...)
	timer := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	return string(out)
}

// TestBrowser opens the page in a real browser: it draws the timeline, lists the
// steps, and shows hostile texts as texts.
func TestBrowser(t *testing.T) {
	need.Program(t, "chromium")
	tr := testTrace(t)
	tr.Title, tr.Error = hostile, hostile
	dir := t.TempDir()
	page, shot := filepath.Join(dir, "trace.html"), filepath.Join(dir, "shot.png")
	f, err := os.Create(page)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.WriteHTML(f); err != nil {
		t.Fatal(err)
	}
	f.Close()
	dom := browse(t, page, "--dump-dom")
	_, body, _ := strings.Cut(dom, "<body>")
	for _, want := range []string{
		`<td class="w">step 4</td>`, "<td>read the configuration</td>", "<code>umask(000)</code>", "<td>second (waits for 1.000 ms of it)</td>",
		`id="error">failed: &lt;/script&gt;&lt;script&gt;document.title`, ">9.000 ms, from 2026-11-29T12:00:00Z; creator 100, init 101</div>",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("page has no %q", want)
		}
	}
	if strings.Contains(dom, "<title>owned") {
		t.Error("a text of the trace was executed")
	}
	if t.Failed() {
		t.Logf("%s", body)
	}
	pointed := browse(t, withScript(t, page), "--dump-dom")
	for _, want := range []string{"<b>wait for the creator</b><div>1.000 ms, from 6.000 to 7.000</div>", "<div>waits for its creator</div>"} {
		if !strings.Contains(pointed, want) {
			t.Errorf("what the pointer shows has no %q", want)
		}
	}
	if !strings.Contains(pointed, "<td>fork</td>") || strings.Count(pointed, "<code>umask(000)</code>") != 1 {
		t.Error("the list of steps is not filtered")
	}
	browse(t, page, "--screenshot="+shot)
	// The colours of the creator, of a phase, of a step, of a wait.
	for _, c := range []color.RGBA{{0x3b, 0x7d, 0xd8, 0xff}, {0xd9, 0x92, 0x2e, 0xff}, {0x2e, 0x9e, 0x6b, 0xff}, {0xb0, 0xb7, 0xbf, 0xff}} {
		if n := pixels(t, shot, c); n < 500 {
			t.Errorf("timeline has %d pixels of %v", n, c)
		}
	}
}

// withScript returns a copy of a page in which somebody zooms in, points at the step that
// waits, and filters the list of steps.
func withScript(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const script = `<script>addEventListener("load", () => {
		const c = document.getElementById("timeline"), r = c.getBoundingClientRect(), at = x(6.5e6);
		c.dispatchEvent(new WheelEvent("wheel", {deltaY: -1, clientX: r.left + at, clientY: r.top + 40, bubbles: true, cancelable: true}));
		c.dispatchEvent(new PointerEvent("pointermove", {clientX: r.left + x(6.5e6), clientY: r.top + top0 + 2.5 * laneHeight, bubbles: true}));
		const f = document.getElementById("filter");
		f.value = "fork"; f.dispatchEvent(new Event("input"));
	})</script></body>`
	copied := page + ".script.html"
	if err := os.WriteFile(copied, []byte(strings.Replace(string(text), "</body>", script, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return copied
}

// pixels counts those of a colour in a picture, right of the names of the lanes
// and below the legend.
func pixels(t *testing.T, file string, want color.RGBA) (n int) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	bounds := picture.Bounds()
	for y := bounds.Min.Y + 130; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if r, g, b, _ := picture.At(x, y).RGBA(); uint8(r>>8) == want.R && uint8(g>>8) == want.G && uint8(b>>8) == want.B {
				n++
			}
		}
	}
	return n
}
