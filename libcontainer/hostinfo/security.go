package hostinfo

import (
	"slices"
	"strings"
)

// Security is which Linux security modules confine processes.
type Security struct {
	Modules []string `json:"modules"` // in their order, or those that show themselves elsewhere
	// AppArmor says that process.apparmorProfile can be applied.
	AppArmor bool `json:"apparmor"`
	// SELinux is "", "permissive" or "enforcing".
	SELinux string `json:"selinux,omitempty"`
	// RestrictedUserns says that AppArmor keeps programs without a profile for it from
	// being root in a user namespace (Ubuntu 23.10 and later, kernel 6.7).
	RestrictedUserns bool `json:"restrictedUserns"`
}

// security reads what the modules say of themselves. The list of all is in securityfs,
// which is not mounted everywhere.
func (f files) security() Security {
	s := Security{
		Modules:          []string{},
		AppArmor:         f.read("sys/module/apparmor/parameters/enabled") == "Y" && f.exists("proc/self/attr/apparmor"),
		RestrictedUserns: f.read("proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1",
	}
	if list := f.read("sys/kernel/security/lsm"); list != "" {
		s.Modules = strings.Split(list, ",")
	}
	switch f.read("sys/fs/selinux/enforce") {
	case "0":
		s.SELinux = "permissive"
	case "1":
		s.SELinux = "enforcing"
	}
	for name, on := range map[string]bool{"apparmor": s.AppArmor, "selinux": s.SELinux != ""} {
		if on && !slices.Contains(s.Modules, name) {
			s.Modules = append(s.Modules, name)
		}
	}
	if len(s.Modules) > 1 && !f.exists("sys/kernel/security/lsm") {
		slices.Sort(s.Modules)
	}
	return s
}
