package script

import (
	"bufio"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// labelAttribute is where SELinux keeps the label of a file.
const labelAttribute = "security.selinux"

// label LABEL FILE...: gives files this label of SELinux, and all below directories.
func cmdLabel(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2, "label LABEL FILE...")
	for _, file := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(file), func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return unix.Lsetxattr(path, labelAttribute, []byte(args[0]), 0)
		}))
	}
}

// labelled PIDFILE PATTERN PATH...: files as the process sees them have a label that matches.
func cmdLabelled(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 3, "labelled PIDFILE PATTERN PATH...")
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	root := filepath.Join("/proc", ts.ReadFile(args[0]), "root")
	for _, path := range args[2:] {
		value := make([]byte, 256)
		n, err := unix.Lgetxattr(root+path, labelAttribute, value)
		if err != nil {
			ts.Fatalf("labelled %s: %v", path, err)
		}
		if label := strings.TrimRight(string(value[:n]), "\x00"); !pattern.MatchString(label) {
			ts.Fatalf("labelled: %s has %s", path, label)
		}
	}
}

// keylabel NAME PATTERN: the keyring of this name has a label that matches.
func cmdKeyLabel(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "keylabel NAME PATTERN")
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	label, err := unix.KeyctlString(unix.KEYCTL_GET_SECURITY, findKey(ts, args[0]))
	ts.Check(err)
	if !pattern.MatchString(label) {
		ts.Fatalf("keylabel: %s has %s", args[0], label)
	}
}

// findKey returns the id of the key with this description (proc(5), /proc/keys).
func findKey(ts *testscript.TestScript, description string) int {
	file, err := os.Open("/proc/keys")
	ts.Check(err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 8 && fields[8] == description+":" {
			id, err := strconv.ParseUint(fields[0], 16, 32)
			ts.Check(err)
			return int(id)
		}
	}
	ts.Fatalf("there is no key %s", description)
	return 0
}
