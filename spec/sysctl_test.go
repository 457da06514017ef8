package spec_test

import (
	"testing"

	"github.com/oci-rt/rt/spec"
)

func TestSysctlPath(t *testing.T) {
	tests := map[string]string{
		"net.ipv4.ip_forward":                "net/ipv4/ip_forward",
		"net/ipv4/ip_forward":                "net/ipv4/ip_forward",
		"net/ipv4/conf/eth0.100/forwarding":  "net/ipv4/conf/eth0.100/forwarding",
		"net.ipv4.conf.eth0/100.forwarding":  "net/ipv4/conf/eth0.100/forwarding",
		"kernel.shm_rmid_forced":             "kernel/shm_rmid_forced",
		"single":                             "single",
		"net/ipv4/neigh/a.b.c/gc_stale_time": "net/ipv4/neigh/a.b.c/gc_stale_time",
	}
	for key, want := range tests {
		if got := spec.SysctlPath(key); got != want {
			t.Errorf("SysctlPath(%q) = %q, want %q", key, got, want)
		}
	}
}
