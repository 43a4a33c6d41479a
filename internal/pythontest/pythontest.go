// Package pythontest runs Python in tests, which read our files with the programs that
// define their formats, and the other way round.
package pythontest

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// Run runs a script with packages of Python, separated by commas, and returns what it prints.
// It skips the test where they are missing. The environment variable DCGAN_PYTHON names the
// interpreter.
func Run(t *testing.T, packages, script string, args ...string) []byte {
	t.Helper()
	interpreter := os.Getenv("DCGAN_PYTHON")
	if interpreter == "" {
		interpreter = "python3"
	}
	if err := exec.Command(interpreter, "-c", "import "+packages).Run(); err != nil {
		t.Skipf("needs Python with %s; DCGAN_PYTHON names the interpreter (%s: %v)", packages, interpreter, err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(interpreter, append([]string{"-c", script}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return out
}
