//go:build unix

package host

import (
	"os/exec"
	"syscall"
)

// Detach makes a process that is about to start independent of this terminal:
// neither Ctrl-C nor closing the terminal ends it.
func Detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
