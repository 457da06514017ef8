package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestCacheGet: a thing is made once; another of its kind goes when nobody has
// used it for long.
func TestCacheGet(t *testing.T) {
	c := &cache{dir: t.TempDir()}
	made := 0
	get := func(digest string) string {
		t.Helper()
		dir, err := c.get("thing", digest, func(dir string) error {
			made++
			return os.WriteFile(filepath.Join(dir, "content"), nil, 0o644)
		})
		if err != nil || !exists(filepath.Join(dir, "content")) {
			t.Fatalf("%s: %v", dir, err)
		}
		return dir
	}
	old, used := get("old"), get("used")
	for _, dir := range []string{old, used} {
		if err := os.Chtimes(dir, time.Time{}, time.Now().Add(-2*unused)); err != nil {
			t.Fatal(err)
		}
	}
	if get("used"); made != 2 {
		t.Errorf("%d things made, want 2", made)
	}
	if get("new"); exists(old) || !exists(used) {
		t.Errorf("the old thing is there: %v, the used one: %v", exists(old), exists(used))
	}
}
