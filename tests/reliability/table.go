package reliability

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// row is a line of the table: what a test tries, on what, and what it has found. The
// figures come from its runs.
type row struct{ test, tried, on, found string }

var rows = []row{
	{
		"TestKilledAfterEveryCall", "SIGKILL behind each system call, then `delete --force`",
		"24 commands on three kinds of containers; those that start a process twice, at once and 10 ms later",
		"a state without its configuration behind a killed `delete`, whose hooks the next one could not run",
	},
	{
		"TestEveryCallFails", "each system call fails with each errno that lacks of memory, descriptors, space, rights or a bad disk give",
		"the same commands",
		"an error of stat(2) taken for \"deleted meanwhile\", which left a directory; listen(2) after a bind(2) that had failed; " +
			"a restore that may not kill its child waited for ever",
	},
	{
		"TestEveryStepMeetsErrno", "each step of a start gets an errno from the kernel",
		"the programs of Docker, Podman, a pod's pause container, `rt spec`, an exec and a hook",
		"nothing",
	},
	{
		"TestPowerLost", "the power is lost at each change of the state directory; files are missing, empty, cut off or as before",
		"the same commands",
		"nothing; but a state of an earlier boot could name somebody else's process (TestStateOfEarlierBoot)",
	},
	{
		"TestHostileStateDirectory", "17 odd things as directory, `state.json`, `config.json`, temporary file and socket of a container",
		"12 commands on each",
		"a FIFO made every command wait; a huge file or a device ended them for lack of memory; a link was followed by `delete --force`; " +
			"a socket, a directory or a loop of links as state could not be deleted",
	},
	{
		"TestCrowd", "six processes do all that can be done with one container, and with four",
		"19 commands at random",
		"`delete` took the directory of a container away that was made and started meanwhile (TestDeleteOfNewcomer); " +
			"two creators got the same id behind a delete (TestClaimOfAnothersDirectory)",
	},
	{
		"TestSoak", "lives of containers, one after another, some of whose commands are killed: nothing grows (below)",
		"eight kinds of containers, and all commands, with checkpoint and restore",
		"nothing",
	},
	{
		"TestShimSoak", "the same in one shim, while other shims are killed",
		"six kinds of containers, and all requests",
		"nothing",
	},
	{
		"TestAttacksBite", "each test of a known attack is run on a build of rt that lacks the defence, where the attack must succeed",
		"all rows of docs/security.md's table, with one to five weakened builds each",
		"chmod(2) followed a link that an ordinary user's container had put in the place of its socket (TestSocketIsReplaced); " +
			"masks were left out when the mount point of /proc was moved meanwhile (TestMountOfHiddenIsMoved); tests that could not fail, such as attack_image",
	},
}

// table is the table as Markdown.
func table(runs map[string]Run) string {
	var out strings.Builder
	out.WriteString("| tried | on | cases | on the day, on Linux | found, and mended | test |\n|---|---|---|---|---|---|\n")
	for _, r := range rows {
		run := runs[r.test]
		fmt.Fprintf(&out, "| %s | %s | %s | %s, %s | %s | %s |\n", r.tried, r.on, thousands(run.Total()), run.Date, run.Kernel, r.found, r.test)
	}
	return out.String()
}

// flat is the table of the figures that two soaks have watched.
func flat(cli, shim Run) string {
	var out strings.Builder
	out.WriteString("| what | with the commands | in a shim |\n|---|---|---|\n")
	names := map[string]bool{}
	for _, run := range []Run{cli, shim} {
		for name := range run.Figures {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&out, "| %s | %s | %s |\n", name, course(cli.Figures[name]), course(shim.Figures[name]))
	}
	return out.String()
}

// fuzzed is the table of the fuzz targets, and of how long they have run.
func fuzzed(runs map[string]Run) string {
	var out strings.Builder
	out.WriteString("| target | inputs | minutes, in all | last on |\n|---|---|---|---|\n")
	inputs, seconds := 0, 0
	for _, key := range slices.Sorted(maps.Keys(runs)) {
		target, ok := strings.CutPrefix(key, fuzzing)
		if !ok {
			continue
		}
		run := runs[key]
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", target, thousands(run.Total()), minutes(run.Seconds), run.Date)
		inputs, seconds = inputs+run.Total(), seconds+run.Seconds
	}
	fmt.Fprintf(&out, "| all | %s | %s | |\n", thousands(inputs), minutes(seconds))
	return out.String()
}

func minutes(seconds int) string { return fmt.Sprintf("%.1f", float64(seconds)/60) }

// course is what a figure was in the beginning, half-way and in the end.
func course(values []float64) string {
	var words []string
	for _, v := range values {
		words = append(words, thousands(int(v)))
	}
	return strings.Join(words, ", ")
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
