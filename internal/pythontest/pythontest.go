// Package pythontest runs Python in tests, which read our files with the programs that
// define their formats, and the other way round.
package pythontest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// missing is the status with which Python ends if it lacks a package.
const missing = 77

// Run runs a script with packages of Python, separated by commas, and returns what it prints.
// It skips the test where they are missing. The environment variable DCGAN_PYTHON names the
// interpreter.
func Run(t *testing.T, packages, script string, args ...string) []byte {
	t.Helper()
	interpreter := os.Getenv("DCGAN_PYTHON")
	if interpreter == "" {
		interpreter = "python3"
	}
	script = fmt.Sprintf("try:\n    import %s\nexcept ImportError:\n    raise SystemExit(%d)\n%s", packages, missing, script)
	var stderr bytes.Buffer
	cmd := exec.Command(interpreter, append([]string{"-c", script}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out
	case !errors.As(err, &exit) || exit.ExitCode() == missing:
		t.Skipf("needs Python with %s; DCGAN_PYTHON names the interpreter (%s: %v)", packages, interpreter, err)
	}
	t.Fatalf("%v\n%s", err, &stderr)
	return nil
}
