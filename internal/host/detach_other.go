//go:build !unix && !windows

package host

import "os/exec"

// Detach does nothing: processes have no groups on this system.
func Detach(*exec.Cmd) {}
