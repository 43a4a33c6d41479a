// Files that torch.save writes, in both of its formats. Since PyTorch 1.6 a file is a
// zip archive with a pickle and an entry for each storage. Before that it was a
// sequence of pickles, followed by the storages. Only tensors are read; other content
// is ignored.

package tensorfile

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"dcgan/internal/tensor"
)

// pthTensor is a tensor before its numbers are read.
type pthTensor struct {
	storage        *pthStorage
	offset         int64
	shape, strides []int64
}

// pthStorage is an array of numbers. Tensors are views of it.
type pthStorage struct {
	key   string
	kind  string
	count int64
	data  []byte
}

// storageTypes are the types of PyTorch's storages.
var storageTypes = map[string]numberType{
	"torch HalfStorage":     numberTypes["F16"],
	"torch BFloat16Storage": numberTypes["BF16"],
	"torch FloatStorage":    numberTypes["F32"],
	"torch DoubleStorage":   numberTypes["F64"],
	"torch IntStorage":      numberTypes["I32"],
	"torch LongStorage":     numberTypes["I64"],
}

// readPTH reads a file in which torch.save has written a dictionary of tensors.
func readPTH(r io.ReaderAt, size int64) (map[string]*tensor.Tensor, error) {
	head := make([]byte, 4)
	r.ReadAt(head, 0)
	if string(head) == "PK\x03\x04" {
		return readZipPTH(r, size)
	}
	return readOldPTH(io.NewSectionReader(r, 0, size), size)
}

// readZipPTH reads the pickle NAME/data.pkl and the storages NAME/data/KEY, which are
// never compressed.
func readZipPTH(r io.ReaderAt, size int64) (map[string]*tensor.Tensor, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	entries := map[string]*zip.File{}
	for _, e := range z.File {
		_, name, _ := strings.Cut(e.Name, "/")
		entries[name] = e
	}
	read := func(name string) ([]byte, error) {
		e, ok := entries[name]
		if !ok || e.Method != zip.Store || int64(e.UncompressedSize64) > size {
			return nil, fmt.Errorf("it has no entry %q that is stored plain", name)
		}
		rc, err := e.Open()
		if err != nil {
			return nil, err
		}
		defer rc.Close()
		return io.ReadAll(io.LimitReader(rc, size))
	}
	program, err := read("data.pkl")
	if err != nil {
		return nil, err
	}
	if order, err := read("byteorder"); err == nil && string(order) != "little" {
		return nil, fmt.Errorf("its numbers are %q-endian", order)
	}
	m := newPTHMachine(bytes.NewReader(program))
	value, err := m.run()
	if err != nil {
		return nil, err
	}
	for key, s := range m.storages {
		if s.data, err = read("data/" + key); err != nil {
			return nil, err
		}
	}
	return tensorsOf(value, size)
}

// oldMagic is the lowest 8 bytes of the number that the old format begins with,
// 0x1950a86a20f9469cfc6c.
const oldMagic = -0x5795DF06B9630394

// readOldPTH reads five pickles (the magic number, the version, the machine, the
// dictionary, the storages' keys), then each storage, whose length precedes it.
func readOldPTH(r io.Reader, size int64) (map[string]*tensor.Tensor, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	m := newPTHMachine(b)
	if magic, err := m.run(); err != nil || magic != int64(oldMagic) {
		return nil, errors.New("it is none of the formats of torch.save")
	}
	var values [4]any
	for i := range values {
		v, err := m.run()
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	keys, ok := values[3].(*pickleList)
	if !ok {
		return nil, errPickle
	}
	for _, k := range keys.items {
		name, _ := k.(string)
		s, ok := m.storages[name]
		if !ok || s.data != nil {
			return nil, errPickle
		}
		if err := s.readOld(b, size); err != nil {
			return nil, err
		}
	}
	return tensorsOf(values[2], size)
}

func (s *pthStorage) readOld(r io.Reader, size int64) error {
	var count int64
	if err := binary.Read(r, binary.LittleEndian, &count); err != nil {
		return errPickle
	}
	width := int64(storageTypes[s.kind].size)
	if count != s.count || count > size/width {
		return errPickle
	}
	s.data = make([]byte, count*width)
	_, err := io.ReadFull(r, s.data)
	return err
}

// pthMachine runs the pickles of one file and collects its storages.
type pthMachine struct {
	unpickler
	storages map[string]*pthStorage
}

func newPTHMachine(r io.ByteReader) *pthMachine {
	m := &pthMachine{storages: map[string]*pthStorage{}}
	m.r, m.persistent, m.rebuild = r, m.storage, m.tensor
	return m
}

// storage returns the storage of ("storage", type, key, device, count[, view]).
func (m *pthMachine) storage(id pickleTuple) (any, error) {
	if len(id) < 5 || id[0] != "storage" {
		return nil, errPickle
	}
	kind, ok1 := id[1].(pickleGlobal)
	key, ok2 := id[2].(string)
	count, ok3 := id[4].(int64)
	if _, known := storageTypes[string(kind)]; !ok1 || !ok2 || !ok3 || !known || count < 0 {
		return nil, errPickle
	}
	if len(id) > 5 && id[5] != nil {
		return nil, fmt.Errorf("%w: a storage that is a part of another", errPickle)
	}
	if s, ok := m.storages[key]; ok {
		return s, nil
	}
	s := &pthStorage{key: key, kind: string(kind), count: count}
	m.storages[key] = s
	return s, nil
}

// tensor returns the tensor of (storage, offset, shape, strides, ...).
func (m *pthMachine) tensor(args pickleTuple) (any, error) {
	if len(args) < 4 {
		return nil, errPickle
	}
	t := &pthTensor{}
	var ok [4]bool
	t.storage, ok[0] = args[0].(*pthStorage)
	t.offset, ok[1] = args[1].(int64)
	t.shape, ok[2] = integers(args[2])
	t.strides, ok[3] = integers(args[3])
	if ok != [4]bool{true, true, true, true} || len(t.shape) != len(t.strides) {
		return nil, errPickle
	}
	return t, nil
}

func integers(v any) (list []int64, ok bool) {
	tuple, ok := v.(pickleTuple)
	for _, item := range tuple {
		n, is := item.(int64)
		if !is || n < 0 {
			return nil, false
		}
		list = append(list, n)
	}
	return list, ok
}

// tensorsOf returns the tensors of a dictionary and of the dictionaries in it, whose names
// are then NAME.NAME. Many of them may be views of one storage; together they may not have
// more numbers than size, the file's bytes.
func tensorsOf(value any, size int64) (map[string]*tensor.Tensor, error) {
	out := map[string]*tensor.Tensor{}
	if d, ok := value.(*pickleDict); ok {
		if err := d.tensors("", map[*pickleDict]bool{}, &size, out); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, errors.New("it does not hold a dictionary of tensors")
	}
	return out, nil
}

// tensors adds the tensors of a dictionary to out, their names after prefix, and takes
// their numbers from size. It looks into each dictionary once: a pickle can put one into
// itself.
func (d *pickleDict) tensors(
	prefix string, seen map[*pickleDict]bool, size *int64, out map[string]*tensor.Tensor,
) error {
	if seen[d] {
		return nil
	}
	seen[d] = true
	for i, key := range d.keys {
		name, ok := key.(string)
		if !ok {
			continue
		}
		name = prefix + name
		switch v := d.values[i].(type) {
		case *pickleDict:
			if err := v.tensors(name+".", seen, size, out); err != nil {
				return err
			}
		case *pthTensor:
			x, err := v.load(*size)
			if err != nil {
				return fmt.Errorf("tensor %q: %w", name, err)
			}
			*size -= int64(len(x.Data))
			out[name] = x
		}
	}
	return nil
}

// load reads a tensor's numbers, no more than most, by its strides. All of them must
// lie within the storage.
func (t *pthTensor) load(most int64) (*tensor.Tensor, error) {
	kind := storageTypes[t.storage.kind]
	held := int64(len(t.storage.data) / kind.size)
	total, last := int64(1), t.offset
	for i, n := range t.shape {
		if n > 0 && total > held/n || n > 1 && t.strides[i] > held {
			return nil, errors.New("it has more numbers than its storage")
		}
		total *= n
		last += max(n-1, 0) * t.strides[i]
	}
	if total > 0 && (t.offset >= held || last >= held || last < 0) {
		return nil, errors.New("it reaches past its storage")
	}
	if total > most {
		return nil, errors.New("all have more numbers than the file has bytes")
	}
	shape := make([]int, len(t.shape))
	for i, n := range t.shape {
		shape[i] = int(n)
	}
	x := tensor.New(shape...)
	index := make([]int64, len(shape))
	at := t.offset
	for i := range x.Data {
		x.Data[i] = kind.read(t.storage.data[at*int64(kind.size):])
		for a := len(index) - 1; a >= 0; a-- {
			index[a]++
			at += t.strides[a]
			if index[a] < t.shape[a] {
				break
			}
			at -= t.strides[a] * t.shape[a]
			index[a] = 0
		}
	}
	return x, nil
}
