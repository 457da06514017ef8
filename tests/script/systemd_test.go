package script

import (
	"strings"

	"github.com/oci-rt/rt/tests/fakesystemd"
	"github.com/rogpeppe/go-internal/testscript"
)

// busVariable is where rt looks for the system's message bus first.
const busVariable = "DBUS_SYSTEM_BUS_ADDRESS"

// systemd: starts a service manager that makes cgroups as systemd does. rt finds
// it from then on.
func cmdSystemd(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) > 0, "systemd")
	s := stageOf(ts)
	s.systemd = fakesystemd.Run(s.tb)
	s.systemd.Cgroups()
	ts.Setenv(busVariable, s.systemd.Address)
}

// [!] unit NAME: prints the properties of a unit of that service manager, a line
// each, or none exists. unit forget NAME: makes it forget one.
func cmdUnit(ts *testscript.TestScript, neg bool, args []string) {
	s := stageOf(ts)
	if len(args) == 2 && args[0] == "forget" && s.systemd != nil {
		s.systemd.Forget(args[1])
		return
	}
	usage(ts, len(args) != 1 || s.systemd == nil, "unit [forget] NAME, after systemd")
	u := s.systemd.Unit(args[0])
	if (u == nil) != neg {
		ts.Fatalf("unit %s: exists is %v; the calls were\n%s", args[0], u != nil, strings.Join(s.systemd.Calls(), "\n"))
	}
	if u != nil {
		_, err := ts.Stdout().Write([]byte(u.Describe()))
		ts.Check(err)
	}
}

// busEnv is what an rt of the script gets to find the service manager by.
func busEnv(ts *testscript.TestScript) []string {
	if address := ts.Getenv(busVariable); address != "" {
		return []string{busVariable + "=" + address}
	}
	return nil
}
