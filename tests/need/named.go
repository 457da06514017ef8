package need

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// Named needs what scripts and the examples of documents have this name for.
func Named(t testing.TB, what string) error {
	t.Helper()
	check, ok := named[what]
	if !ok {
		check, ok = engines[what]
	}
	if !ok {
		return fmt.Errorf("need: unknown %q (want one of %v or %v)", what, slices.Sorted(maps.Keys(named)), slices.Sorted(maps.Keys(engines)))
	}
	check(t)
	return nil
}

var named = map[string]func(testing.TB){
	"root":          Root,
	"user":          User,
	"cgroup1":       Cgroup1,
	"cgroup2":       Cgroup2,
	"rtbudget":      RealtimeBudget,
	"idmaptmpfs":    func(t testing.TB) { Kernel(t, IdmapTmpfs()) },
	"userns":        UserNamespaces,
	"systemd":       Systemd,
	"apparmor":      AppArmor,
	"selinux":       SELinux,
	"criu":          CRIU,
	"newcriu":       NewCRIU,
	"brokencriu":    BrokenCRIU,
	"dirtytracking": DirtyTracking,
	"criutcp":       CRIUTCP,
	"lazypages":     LazyPages,
	"unniced":       Unniced,
}
