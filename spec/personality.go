package spec

import "github.com/opencontainers/runtime-spec/specs-go"

// The execution domains (include/uapi/linux/personality.h).
const (
	perLinux   = 0
	perLinux32 = 8
)

var personalityDomains = [...]constant{
	{string(specs.PerLinux), perLinux},
	{string(specs.PerLinux32), perLinux32},
}

// Personality returns the number of an execution domain of personality(2).
func Personality(d specs.LinuxPersonalityDomain) (domain uint, ok bool) {
	value, ok := lookUp(personalityDomains[:], string(d))
	return uint(value), ok
}
