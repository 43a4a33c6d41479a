// A reader of the pickles that PyTorch writes for a dictionary of tensors. A pickle is
// a program for a stack machine. This machine knows only the instructions that build
// numbers, strings, tuples, lists, dictionaries and the few objects below. It refuses
// every other instruction, so a file cannot make it do anything else.
// https://docs.python.org/3/library/pickletools.html

package tensorfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The values that a pickle can hold, beside bool, int64, string, nil and float64.
type (
	pickleMark   struct{}
	pickleTuple  []any
	pickleList   struct{ items []any }
	pickleDict   struct{ keys, values []any }
	pickleGlobal string // "module name", which allowed accepts
)

// allowed reports whether a pickle may mention a name, in the form "module name".
func allowed(name string) bool {
	switch name {
	case "collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter":
		return true
	}
	_, ok := storageTypes[name]
	return ok
}

// unpickler is the machine: it has a stack and a memory.
type unpickler struct {
	r     io.ByteReader
	stack []any
	memo  map[int64]any
	// rebuild makes a tensor from its arguments, persistent a storage.
	rebuild, persistent func(args pickleTuple) (any, error)
}

var errPickle = errors.New("malformed pickle")

// maxPickleText is the greatest length of a string in bytes. Names of tensors are the
// longest that files need.
const maxPickleText = 1 << 16

// run executes a pickle and returns what it builds.
func (u *unpickler) run() (value any, err error) {
	u.stack, u.memo = nil, map[int64]any{}
	for {
		op, err := u.r.ReadByte()
		if err != nil {
			return nil, errPickle
		}
		if op == '.' {
			if len(u.stack) != 1 {
				return nil, errPickle
			}
			return u.stack[0], nil
		}
		if err := u.step(op); err != nil {
			return nil, err
		}
	}
}

// step executes one instruction.
func (u *unpickler) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		_, err := u.uint(1)
		return err
	case 'c': // GLOBAL
		return u.global()
	case 'q', 'r', 'h', 'j': // BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
		return u.remember(op)
	case 'X', 'J', 'K', 'M', 0x8a, 'G', 'N', 0x88, 0x89:
		return u.scalar(op)
	case ')', ']', '}', '(': // EMPTY_TUPLE, EMPTY_LIST, EMPTY_DICT, MARK
		u.push(map[byte]any{')': pickleTuple{}, ']': &pickleList{}, '}': &pickleDict{}, '(': pickleMark{}}[op])
		return nil
	case 't': // TUPLE
		items, err := u.popMark()
		u.push(pickleTuple(items))
		return err
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		items, err := u.pop(int(op) - 0x84)
		u.push(pickleTuple(items))
		return err
	case 'a', 'e', 's', 'u': // APPEND, APPENDS, SETITEM, SETITEMS
		return u.fill(op)
	case 'Q': // BINPERSID
		return u.call(1, func(v []any) (any, error) {
			id, ok := v[0].(pickleTuple)
			if !ok {
				return nil, errPickle
			}
			return u.persistent(id)
		})
	case 'R': // REDUCE
		return u.call(2, u.reduce)
	case 'b': // BUILD adds attributes to a dictionary; they do not concern its tensors
		return u.call(2, func(v []any) (any, error) { return v[0], nil })
	}
	return fmt.Errorf("%w: instruction 0x%02x is not one that tensors need", errPickle, op)
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

// pop removes and returns the n values on top. None of them may be a mark.
func (u *unpickler) pop(n int) ([]any, error) {
	if len(u.stack) < n {
		return nil, errPickle
	}
	at := len(u.stack) - n
	items := append([]any(nil), u.stack[at:]...)
	u.stack = u.stack[:at]
	for _, v := range items {
		if v == (pickleMark{}) {
			return nil, errPickle
		}
	}
	return items, nil
}

// popMark removes the topmost mark and the values above it, which it returns.
func (u *unpickler) popMark() ([]any, error) {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, ok := u.stack[i].(pickleMark); ok {
			items := append([]any(nil), u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return items, nil
		}
	}
	return nil, errPickle
}

// call replaces the n values on top by the result of use.
func (u *unpickler) call(n int, use func([]any) (any, error)) error {
	items, err := u.pop(n)
	if err != nil {
		return err
	}
	v, err := use(items)
	u.push(v)
	return err
}

// reduce calls an allowed name, v[0], with the arguments v[1].
func (u *unpickler) reduce(v []any) (any, error) {
	args, ok := v[1].(pickleTuple)
	if !ok {
		return nil, errPickle
	}
	switch v[0] {
	case pickleGlobal("collections OrderedDict"):
		return &pickleDict{}, nil
	case pickleGlobal("torch._utils _rebuild_tensor_v2"):
		return u.rebuild(args)
	case pickleGlobal("torch._utils _rebuild_parameter"):
		if len(args) > 0 {
			return args[0], nil
		}
	}
	return nil, errPickle
}

// uint reads a little-endian number of so many bytes.
func (u *unpickler) uint(bytes int) (uint64, error) {
	var b [8]byte
	for i := range bytes {
		c, err := u.r.ReadByte()
		if err != nil {
			return 0, errPickle
		}
		b[i] = c
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

func (u *unpickler) text(length uint64) (string, error) {
	if length > maxPickleText {
		return "", errPickle
	}
	b := make([]byte, length)
	for i := range b {
		c, err := u.r.ReadByte()
		if err != nil {
			return "", errPickle
		}
		b[i] = c
	}
	return string(b), nil
}

func (u *unpickler) line() (string, error) {
	var b []byte
	for len(b) < maxPickleText {
		c, err := u.r.ReadByte()
		if err != nil {
			return "", errPickle
		}
		if c == '\n' {
			return string(b), nil
		}
		b = append(b, c)
	}
	return "", errPickle
}

func (u *unpickler) global() error {
	module, err := u.line()
	if err != nil {
		return err
	}
	name, err := u.line()
	if err != nil {
		return err
	}
	if !allowed(module + " " + name) {
		return fmt.Errorf("%w: it asks for %q, and only tensors are read", errPickle, module+"."+name)
	}
	u.push(pickleGlobal(module + " " + name))
	return nil
}

// remember copies a value between the stack and the memory.
func (u *unpickler) remember(op byte) error {
	size := 1
	if op == 'r' || op == 'j' {
		size = 4
	}
	at, err := u.uint(size)
	if err != nil {
		return err
	}
	if op == 'h' || op == 'j' {
		v, ok := u.memo[int64(at)]
		if !ok {
			return errPickle
		}
		u.push(v)
		return nil
	}
	if len(u.stack) == 0 {
		return errPickle
	}
	u.memo[int64(at)] = u.stack[len(u.stack)-1]
	return nil
}

// scalar pushes a string, a number, a bool or nil.
func (u *unpickler) scalar(op byte) error {
	var v any
	var err error
	switch op {
	case 'N':
	case 0x88, 0x89:
		v = op == 0x88
	case 'X': // BINUNICODE
		var n uint64
		if n, err = u.uint(4); err == nil {
			v, err = u.text(n)
		}
	case 'G': // BINFLOAT: no tensor needs its value
		_, err = u.uint(8)
		v = 0.0
	case 0x8a: // LONG1
		v, err = u.long()
	default: // BININT, BININT1, BININT2
		size := map[byte]int{'J': 4, 'K': 1, 'M': 2}[op]
		var n uint64
		n, err = u.uint(size)
		if v = int64(n); op == 'J' {
			v = int64(int32(n))
		}
	}
	u.push(v)
	return err
}

// long reads an integer of any length. It keeps the lowest 8 bytes; the magic number
// of old files has 10.
func (u *unpickler) long() (int64, error) {
	n, err := u.uint(1)
	if err != nil {
		return 0, err
	}
	text, err := u.text(n)
	var v int64
	for i := min(len(text), 8) - 1; i >= 0; i-- {
		v = v<<8 | int64(text[i])
	}
	if len(text) > 0 && len(text) < 8 && text[len(text)-1] >= 0x80 {
		v -= 1 << (8 * len(text))
	}
	return v, err
}

// fill adds the topmost values to the list or dictionary below them.
func (u *unpickler) fill(op byte) error {
	var items []any
	var err error
	switch op {
	case 'a':
		items, err = u.pop(1)
	case 's':
		items, err = u.pop(2)
	default:
		items, err = u.popMark()
	}
	if err != nil || len(u.stack) == 0 {
		return errPickle
	}
	switch c := u.stack[len(u.stack)-1].(type) {
	case *pickleList:
		if op == 'a' || op == 'e' {
			c.items = append(c.items, items...)
			return nil
		}
	case *pickleDict:
		if (op == 's' || op == 'u') && len(items)%2 == 0 {
			for i := 0; i < len(items); i += 2 {
				c.keys, c.values = append(c.keys, items[i]), append(c.values, items[i+1])
			}
			return nil
		}
	}
	return errPickle
}
