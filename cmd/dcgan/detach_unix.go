//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// detach makes a process one that Ctrl-C at this terminal, or its end, does not reach.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
