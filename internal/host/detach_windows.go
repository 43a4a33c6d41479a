package host

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// Detach makes a process that is about to start independent of this console:
// neither Ctrl-C nor closing the console ends it.
func Detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
}
