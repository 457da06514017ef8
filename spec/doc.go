// Package spec reads a bundle's configuration and reports all its faults at
// once, each with its JSON path. It also holds the vocabulary of the
// specification (mount options, capabilities, namespaces ...) that the
// compiler, the validator and [Features] share.
//
// It follows the OCI runtime specification 1.3. It accesses the system only to
// read config.json and to look for the rootfs.
package spec
