package cli

import (
	"strings"
	"testing"
)

func TestLinesOf(t *testing.T) {
	const table = "UID   PID  PPID CMD\nroot    1     0 init\nroot   17     1 sleep 17\n\nroot  171    17 x\n"
	got, err := linesOf(table, []int{17, 99})
	if want := "UID   PID  PPID CMD\nroot   17     1 sleep 17\n"; got != want || err != nil {
		t.Errorf("%v, %q, want %q", err, got, want)
	}
	if got, err := linesOf(table, nil); got != "UID   PID  PPID CMD\n" || err != nil {
		t.Errorf("%v, %q", err, got)
	}
	for table, want := range map[string]string{
		"":                      "no column PID",
		"UID PPID\nroot 1\n":    "no column PID",
		"NAME PID\na name 17\n": `"name" in the column PID is not a pid`,
	} {
		if _, err := linesOf(table, []int{17}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", table, err, want)
		}
	}
}

func TestAligned(t *testing.T) {
	for name, c := range map[string]struct{ table, want string }{
		"wide columns": {
			"UID          PID    PPID  C STIME TTY          TIME CMD\n" +
				"root          17       1  0 13:00 ?        00:00:00 sleep  10\n" +
				"user       31400      17  0 Nov29 pts/0    00:00:00 sh -c  a   b\n",
			"UID    PID PPID C STIME TTY       TIME CMD\n" +
				"root    17    1 0 13:00 ?     00:00:00 sleep  10\n" +
				"user 31400   17 0 Nov29 pts/0 00:00:00 sh -c  a   b\n",
		},
		"a value that is too wide": {
			"USER PID %CPU    VSZ   RSS COMMAND\nroot   1  0.1 1234567890 12 a\nroot   2 10.1 12345 123456789 b\n",
			"USER PID %CPU        VSZ       RSS COMMAND\nroot   1  0.1 1234567890        12 a\nroot   2 10.1      12345 123456789 b\n",
		},
		"tabs":                   {"PID\tTTY  CMD\n 12\t? a\tb\n", "PID TTY CMD\n 12 ?   a\tb\n"},
		"only headings":          {"  PID COMMAND\n", "PID COMMAND\n"},
		"two words in a column":  {"PID                  STARTED CMD\n  1 Wed Nov 29 13:00:00 2026 a\n", ""},
		"two words in START":     {"PID  START CMD\n  1 Nov 29 a\n", ""},
		"a column of the user's": {"PID MY\n  1 a b\n", "PID MY\n  1 a b\n"},
		"an argument first":      {"ARGS   PID\na b      1\n", ""},
		"a value that is empty":  {"PID TTY CMD\n  1     a\n", ""},
	} {
		want := c.want
		if want == "" {
			want = c.table // as it is
		}
		if got := aligned(c.table); got != want {
			t.Errorf("%s: got\n%swant\n%s", name, got, want)
		}
	}
}
