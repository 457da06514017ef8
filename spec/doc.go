// Package spec reads a bundle's configuration and says everything that is
// wrong with it at once, each fault with its JSON path. It also holds the
// vocabulary of the specification (mount options, capabilities, namespaces ...)
// that the compiler, the validator and [Features] share.
//
// It follows the OCI runtime specification 1.3. Nothing here asks the kernel
// for more than reading config.json and looking for the rootfs.
package spec
