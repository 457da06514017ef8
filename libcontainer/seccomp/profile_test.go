package seccomp

import (
	"encoding/json"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func profileText(s *specs.LinuxSeccomp) string {
	text, _ := json.MarshalIndent(s, "", " ")
	return string(text)
}
