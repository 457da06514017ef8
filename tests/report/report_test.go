package report

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const stream = `
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:1: wrong\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.00s)\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:12: needs a: b\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"--- SKIP: TestB (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:1: of no interest\n"}
{"Action":"pass","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Test":"TestS/x","Output":"    commands_test.go:79: needs a: b\n"}
{"Action":"output","Package":"p","Test":"TestS/x","Output":"    testscript.go:609: WORK=$WORK\n"}
{"Action":"output","Package":"p","Test":"TestS/x","Output":"        > need a: z\n"}
{"Action":"output","Package":"p","Test":"TestS/x","Output":"--- SKIP: TestS/x (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestS/x"}
{"Action":"run","Package":"p","Test":"TestD"}
{"Action":"output","Package":"p","Test":"TestD","Output":"panic: lost\n"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t1.500s\n"}
{"Action":"fail","Package":"p","Elapsed":1.5}
{"Action":"build-output","ImportPath":"q","Output":""}
{"Action":"output","Package":"q","Output":"FAIL\tq [build failed]\n"}
{"Action":"fail","Package":"q","Elapsed":0}
{"Action":"output","Package":"r","Output":"PASS\n"}
{"Action":"output","Package":"r","Output":"ok  \tr\t0.100s\n"}
{"Action":"pass","Package":"r"}
`

// TestReport reads a run: of what failed all is shown, also of a test that has no
// result because its package ended, and the ends of packages are go test's.
func TestReport(t *testing.T) {
	var said strings.Builder
	r := newReport(Options{Say: func(format string, args ...any) {
		fmt.Fprintln(&said, strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
	}})
	r.read(strings.NewReader(stream))
	if r.passed != 1 || r.failed != 2 || r.skipped != 2 {
		t.Errorf("%d passed, %d failed, %d skipped; want 1, 2 (a test and a package that was not built), 2", r.passed, r.failed, r.skipped)
	}
	r.summary("test")
	const want = `FAIL p TestA
    a_test.go:1: wrong
--- FAIL: TestA (0.00s)
FAIL p TestD
panic: lost
FAIL
FAIL	p	1.500s
FAIL	q [build failed]
ok  	r	0.100s
skipped 2: needs a: b
`
	if diff := cmp.Diff(want, said.String()); diff != "" {
		t.Errorf("said (-want +got):\n%s", diff)
	}
}

// Nothing that ran is no success, and neither is a go test that failed.
func TestRun(t *testing.T) {
	if err := Run(exec.Command("true"), "test", Options{}); err != ErrNoneRan {
		t.Errorf("no test: %v", err)
	}
	const passed = `echo '{"Action":"pass","Package":"p","Test":"TestA"}'`
	if err := Run(exec.Command("sh", "-c", passed), "test", Options{}); err != nil {
		t.Error(err)
	}
	if err := Run(exec.Command("sh", "-c", passed+"; exit 3"), "test", Options{}); err == nil || err.Error() != "go test: exit status 3" {
		t.Errorf("a test run that failed: %v", err)
	}
}
