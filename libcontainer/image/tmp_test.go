package image

const forbidMemfdEnv = "IMAGE_TEST_FORBID_MEMFD"

func startWithoutMemfd() error { return nil }
