package main

import "testing"

func TestShellQuote(t *testing.T) {
	if got := shellQuote(`it's $x`); got != `'it'\''s $x'` {
		t.Error(got)
	}
}
