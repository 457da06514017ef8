// Command hello is the program of the demo's container where the machine has
// no busybox: it says what it sees of the world. Built without cgo it needs
// nothing else in its root file system.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	host, _ := os.Hostname()
	fmt.Printf("hello from pid %d, uid %d, on host %s\n", os.Getpid(), os.Getuid(), host)
	fmt.Println("files here: " + strings.Join(names("/"), " "))
	if len(os.Args) > 1 && os.Args[1] == "wait" {
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		<-c
		fmt.Println("got SIGTERM")
	}
}

func names(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []string{err.Error()}
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
