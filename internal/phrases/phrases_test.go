package phrases

import "testing"

// What runc says has the parts of rt's line, and a line without them is left
// alone: a fault of the configuration is no mount or hook that failed.
func TestRuncWords(t *testing.T) {
	for line, want := range map[string]string{
		`mounts[7] (/mnt): mount nofs: no such device`:                     `error mounting to rootfs at "/mnt"`,
		`mounts[7].options[0] (/mnt): mount tmpfs: invalid argument`:       `error mounting to rootfs at "/mnt"`,
		`mounts[7].options[1]: is "foo", an option of nothing (want bind)`: "",
		`mounts[0].destination: is missing (want a path): x`:               "",
		`mounts[0]`: "",
		`hooks.createRuntime[1] (/bin/false): exit status 1`:                                                  "error running createRuntime hook #1",
		`hooks.poststart[0]: no answer (want one)`:                                                            "error running poststart hook #0",
		`hooks.poststart[0].path: is missing (want a path)`:                                                   "",
		`hooks.poststart: is a number (want an array)`:                                                        "",
		`linux.memoryPolicy.mode: is "x", which is unknown`:                                                   "invalid memory policy",
		`no COMMAND given, nor --process`:                                                                     "exec args cannot be empty",
		`process.selinuxLabel (x): label the session keyring: the kernel has no SELinux`:                      "selinux label is specified in config, but selinux is disabled or not supported",
		`linux.resources.unified["memory.max"]: needs cgroup v2`:                                              "cannot use unified on cgroup v1",
		`systemd of the system: dial unix /run/x: no such file (this machine was not booted with systemd: x)`: "systemd not running on this host, cannot use systemd cgroups manager",
		`process.cwd (/x): change directory: no such file or directory`:                                       `chdir to cwd ("/x") set in config.json failed`,
		`invalid container id: is empty`:                                                                      "container id cannot be empty",
		`process.env[0]: is "x"`:                                                                              "",
	} {
		if got := runcWords(line); got != want {
			t.Errorf("runcWords(%q) = %q, want %q", line, got, want)
		}
	}
}

// Add goes by lines, and adds nothing to what has runc's words already.
func TestAdd(t *testing.T) {
	const text = "bundle /b: has no config.json\nprocess.args: is empty\nother"
	want := "bundle /b: has no config.json [runc: JSON specification file config.json not found]\nprocess.args: is empty [runc: args must not be empty]\nother"
	got := Add(text)
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if again := Add(got); again != got {
		t.Errorf("again: %q", again)
	}
}
