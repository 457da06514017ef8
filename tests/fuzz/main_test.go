package main

import (
	"slices"
	"testing"
)

func TestTargets(t *testing.T) {
	list, err := targets("../..")
	if err != nil || !slices.Contains(list, target{"spec", "FuzzLoad"}) || !slices.Contains(list, target{"checkpoint", "FuzzAnswers"}) {
		t.Errorf("%v, %v", list, err)
	}
	const output = "fuzz: elapsed: 3s, execs: 120 (40/sec)\nfuzz: elapsed: 6s, execs: 3456 (1/sec), new interesting: 7 (total: 9)\nPASS\n"
	if got := executionsOf(output); got != 3456 {
		t.Error(got)
	}
}
