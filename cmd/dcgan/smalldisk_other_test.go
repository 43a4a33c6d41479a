//go:build !linux

package main

import "github.com/rogpeppe/go-internal/testscript"

// Only Linux lets a test have a disk of its own.
func canMount() bool { return false }

func smallDisk(ts *testscript.TestScript, neg bool, args []string) { ts.Fatalf("no small disk here") }
func fillDisk(ts *testscript.TestScript, neg bool, args []string)  { ts.Fatalf("no small disk here") }
