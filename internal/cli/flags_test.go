package cli

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
)

// parsed is what a command line means to a command with one flag of each kind.
type parsed struct {
	force  bool
	bundle string
	args   string
}

func parseLine(line string) (parsed, error) {
	p := parsed{bundle: "."}
	f := newFlags("test")
	f.bool(&p.force, "force f", "use force")
	f.string(&p.bundle, "bundle b", "the `DIR`")
	args, err := f.parse(strings.Fields(line))
	p.args = strings.Join(args, " ")
	return p, err
}

func TestParseFlags(t *testing.T) {
	tests := []struct {
		line string
		want parsed
	}{
		{"", parsed{bundle: "."}},
		{"c1", parsed{bundle: ".", args: "c1"}},
		{"--bundle dir c1", parsed{bundle: "dir", args: "c1"}},
		{"--bundle=dir c1", parsed{bundle: "dir", args: "c1"}},
		{"-bundle dir c1", parsed{bundle: "dir", args: "c1"}},
		{"-b dir --force c1", parsed{true, "dir", "c1"}},
		{"-f -b=dir c1", parsed{true, "dir", "c1"}},
		{"-b one -b two c1", parsed{bundle: "two", args: "c1"}},
		{"--bundle= c1", parsed{args: "c1"}},
		{"--bundle a=b c1", parsed{bundle: "a=b", args: "c1"}},
		{"--force=false c1", parsed{bundle: ".", args: "c1"}},
		{"c1 --force", parsed{bundle: ".", args: "c1 --force"}},
		{"-- --force", parsed{bundle: ".", args: "--force"}},
	}
	for _, tt := range tests {
		if got, err := parseLine(tt.line); err != nil || got != tt.want {
			t.Errorf("%q: %+v, %v; want %+v", tt.line, got, err, tt.want)
		}
	}
}

func TestParseFlagsRefuses(t *testing.T) {
	tests := []struct{ line, want string }{
		{"--nonsense c1", "-nonsense"},
		{"-x c1", "-x"},
		{"--bundle", "flag needs an argument"}, // engines look for these words
		{"--force=perhaps c1", `"perhaps"`},
	}
	for _, tt := range tests {
		_, err := parseLine(tt.line)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v, want one line with %q", tt.line, err, tt.want)
		}
	}
	for _, line := range []string{"-h", "--help c1", "--force -help"} {
		if _, err := parseLine(line); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%q: error %v, want flag.ErrHelp", line, err)
		}
	}
}

func TestFlagsAreListed(t *testing.T) {
	f := newFlags("test")
	f.bool(new(bool), "force f", "use force")
	dir := "/somewhere"
	f.string(&dir, "bundle b", "the `DIR` of the bundle")
	want := []string{
		"   --force, -f        use force",
		"   --bundle, -b DIR   the DIR of the bundle (default: /somewhere)",
		"",
	}
	if got := strings.Split(f.String(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}
