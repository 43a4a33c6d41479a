//go:build !unix && !windows

package main

import "os/exec"

// detach does nothing where processes have no groups.
func detach(*exec.Cmd) {}
