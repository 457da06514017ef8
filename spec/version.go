package spec

import "strings"

// minVersion is the oldest version of the specification that rt implements.
const minVersion = "1.0.0"

// version checks ociVersion. Within a major version, a configuration of any
// minor version is accepted: if it is newer than rt, its new properties are
// unknown and ignored (config.md, "Specification version").
func (v *validator) version() {
	const at = "ociVersion"
	const want = "1.x.y"
	major, ok := majorVersion(v.spec.Version)
	switch {
	case v.spec.Version == "":
		v.faults.add(at, want, "is missing")
	case !ok:
		v.faults.addf(at, want, "is %q, which is not a semantic version", v.spec.Version)
	case major != "1":
		v.faults.addf(at, want, "is %q, which this version of rt does not support", v.spec.Version)
	}
}

// majorVersion returns the major version of a version in the format of
// semver.org 2.0.0: major.minor.patch[-prerelease][+build].
func majorVersion(version string) (major string, ok bool) {
	version, build, hasBuild := strings.Cut(version, "+")
	core, pre, hasPre := strings.Cut(version, "-")
	if hasBuild && !identifiers(build, false) || hasPre && !identifiers(pre, true) {
		return "", false
	}
	numbers := strings.Split(core, ".")
	if len(numbers) != 3 {
		return "", false
	}
	for _, n := range numbers {
		if !isNumber(n) || hasLeadingZero(n) {
			return "", false
		}
	}
	return numbers[0], true
}

// identifiers checks a dot-separated list of letters, digits and hyphens.
// Those of a prerelease that are numbers must not begin with a zero.
func identifiers(list string, prerelease bool) bool {
	for id := range strings.SplitSeq(list, ".") {
		if id == "" || strings.Trim(id, "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
		if prerelease && isNumber(id) && hasLeadingZero(id) {
			return false
		}
	}
	return true
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func hasLeadingZero(number string) bool { return len(number) > 1 && number[0] == '0' }
