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
