// Package waiting lets what waits long say for what, to whoever looks at it: the
// caller's context carries who is told.
//
// Nothing is told of what is quick: call [For] where it is known that something has
// to be waited for, such as when a lock was not to be had.
package waiting

import "context"

// Tell is told what is waited for, as in "waiting for another command to end". What
// it returns is called when that is over.
type Tell func(what string) (over func())

type key struct{}

// With returns a context whose waits are told.
func With(ctx context.Context, tell Tell) context.Context {
	return context.WithValue(ctx, key{}, tell)
}

// For tells what is waited for, if the context says whom. The caller calls over when
// it goes on.
func For(ctx context.Context, what string) (over func()) {
	if tell, ok := ctx.Value(key{}).(Tell); ok {
		return tell(what)
	}
	return func() {}
}
