package mount

import (
	"os"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

const label = "system_u:object_r:container_file_t:s0:c1,c2"

// TestLabel looks at the compiled steps for what gets the label of
// linux.mountLabel, because few machines have SELinux.
func TestLabel(t *testing.T) {
	c := own
	c.Label, c.LabelType = label, "context"
	tests := []struct {
		mount specs.Mount
		want  string // in the steps, or "" for no label
	}{
		{specs.Mount{Type: "tmpfs"}, `fsconfig(tmpfs, FSCONFIG_SET_STRING, "context", "` + label + `", 0)`},
		{specs.Mount{Type: "devpts"}, `fsconfig(devpts, FSCONFIG_SET_STRING, "context", "` + label + `", 0)`},
		{specs.Mount{Type: "mqueue"}, `fsetxattr(root of mqueue, "security.selinux", "` + label + `", 43, 0)`},
		{specs.Mount{Type: "proc"}, ""},
		{specs.Mount{Type: "sysfs"}, ""},
		{specs.Mount{Source: "/x", Options: []string{"bind"}}, ""},
		{specs.Mount{Type: "tmpfs", Options: []string{"rootcontext=a:b:c"}}, ""}, // has its own
	}
	for _, test := range tests {
		test.mount.Destination = "/x"
		p := compile(t, c, "/bundle", nil, func(r *Root) {
			if err := r.Mount(0, &test.mount, "/bundle"); err != nil {
				t.Fatal(err)
			}
		})
		var text strings.Builder
		if err := p.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		if test.want == "" && strings.Contains(text.String(), label) || !strings.Contains(text.String(), test.want) {
			t.Errorf("%+v: want %q in\n%s", test.mount, test.want, text.String())
		}
	}
}

// TestLabelRefused: a label that cannot be had is an error.
func TestLabelRefused(t *testing.T) {
	if _, err := os.Stat("/sys/fs/selinux/enforce"); err == nil {
		t.Skip("needs a kernel without SELinux")
	}
	h := newHost(t)
	c := own
	c.Label, c.LabelType = label, "fscontext"
	k := h.run(c, h.entries(specs.Mount{Destination: "/x", Type: "tmpfs"}))
	want := "linux.mountLabel (" + label + "): mount tmpfs with fscontext=" + label + ": the kernel has no SELinux, or its policy has no such label"
	if k.err != want {
		t.Errorf("got %q, want %q", k.err, want)
	}
}
