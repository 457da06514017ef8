package spec

// todo is the problem of something that the specification has and rt does not
// do yet.
func todo(what string) string { return what + " is not supported by this version of rt" }
