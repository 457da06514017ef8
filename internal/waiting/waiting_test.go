package waiting

import (
	"context"
	"slices"
	"testing"
)

func TestFor(t *testing.T) {
	var told []string
	ctx := With(t.Context(), func(what string) func() {
		told = append(told, what)
		return func() { told = append(told, "over") }
	})
	For(context.WithoutCancel(ctx), "a lock")()
	For(t.Context(), "nobody")()
	if want := []string{"a lock", "over"}; !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}
}
