// Package checkpoint keeps the complete state of a training in one file, from
// which it continues to the last bit. docs/checkpoint.md draws the file.
//
// What holds at every instant, whatever crashes:
//
//  1. A name step-00000500.safetensors is proof of a complete file: package
//     atomicfile gives the name after the bytes are on disk.
//  2. One CRC-32C covers every byte of a file. Load verifies it, and all else,
//     before it returns anything.
//  3. The file is everything: parameters, running statistics, the statistics for
//     sampling, Adam's moments and counts, the step, the settings. Random numbers
//     and the order of the data are pure functions of seed and step (package
//     random), so no generator and no cursor are kept.
//  4. Older files go only after the newer is durable: first Save, then Prune. The
//     weights of one are durable before the rest of it goes.
//  5. A *.tmp is never read; RemoveStale clears them when a training begins.
//  6. Names, shapes and layouts are those of package gan, so that a file of one
//     engine loads into another.
//
// A checkpoint of weights only, step-00002500.weights.safetensors, lacks Adam's
// moments: it paints, and no training goes on from it.
package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensor"
)

// Snapshot is a training at the end of a step.
type Snapshot struct {
	Step    int            // steps made
	Seconds float64        // time spent on them, over all sessions
	Config  *config.Config // the settings, the place of the data among them
	Data    string         // fingerprint of the data's content
	State   *gan.State     // full, or of weights only
}

// What the metadata say of themselves. A change that an older program would
// misread takes the next version; the rule of the checksum is the same in all.
const (
	format  = "dcgan"
	version = "1"

	contentKey     = "content"
	contentFull    = "full" // where the key is missing too
	contentWeights = "weights"
)

// Save writes s into dir, the run's checkpoints folder, which it makes where
// there is none, and returns the file's path, which says whether s is full. The
// file is durable when Save returns; after an error nothing has changed.
func Save(dir string, s *Snapshot) (path string, err error) {
	path = filepath.Join(dir, Name(s.Step))
	if !s.State.Full() {
		path = filepath.Join(dir, WeightsName(s.Step))
	}
	if err := gan.NewModel(s.Config).Check(s.State); err != nil {
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of checkpoints: %w", err)
	}
	if err := atomicfile.Write(path, 0o644, s.write); err != nil {
		return "", err
	}
	return path, nil
}

// write writes the file: the header, which holds the checksum of all the rest,
// then the tensors in the order of their names. The sum takes a pass over the
// tensors of its own, which is cheap beside the disk and needs no copy.
func (s *Snapshot) write(w io.Writer) error {
	names := slices.Sorted(maps.Keys(s.State.Tensors))
	list := make([]gan.Named, len(names))
	for i, name := range names {
		list[i] = gan.Named{Name: name, Shape: s.State.Tensors[name].Shape}
	}
	head := header(list, s.metadata())
	crc := crc32.New(castagnoli())
	if err := s.writeBody(crc, head, names); err != nil {
		return err
	}
	copy(checksumDigits(head), digitsOf(crc))
	return s.writeBody(w, head, names)
}

func (s *Snapshot) writeBody(w io.Writer, head []byte, names []string) error {
	if _, err := w.Write(head); err != nil {
		return err
	}
	for _, name := range names {
		if err := writeFloats(w, s.State.Load(name).Data); err != nil {
			return err
		}
	}
	return nil
}

// metadata is the snapshot but its tensors, as safetensors has it: text only.
func (s *Snapshot) metadata() map[string]string {
	content := contentWeights
	if s.State.Full() {
		content = contentFull
	}
	return map[string]string{
		contentKey:       content,
		"format":         format,
		"format_version": version,
		"step":           strconv.Itoa(s.Step),
		"updates_d":      strconv.FormatInt(s.State.UpdatesD, 10),
		"updates_g":      strconv.FormatInt(s.State.UpdatesG, 10),
		"time_s":         strconv.FormatFloat(s.Seconds, 'g', -1, 64),
		"config":         string(s.Config.JSON()),
		"data":           s.Data,
		checksumKey:      noChecksum,
	}
}

// Load reads a checkpoint and verifies all of it: the header, the bounds and
// sizes of the tensors, the checksum, and that they are those of the settings'
// model. A file that is not as Save wrote it gives ErrCorrupt.
func Load(path string) (*Snapshot, error) {
	s, err := load(path)
	if err != nil {
		err = fmt.Errorf("read checkpoint %s: %w", path, err)
	}
	if errors.Is(err, ErrCorrupt) {
		err = config.Hint(err, "an older checkpoint of the same run may be whole")
	}
	return s, err
}

func load(path string) (*Snapshot, error) {
	c, err := readPath(path)
	if err != nil {
		return nil, err
	}
	if err := c.verify(); err != nil {
		return nil, err
	}
	return c.snapshot()
}

// snapshot takes a verified content apart.
func (c *content) snapshot() (*Snapshot, error) {
	if c.metadata["format"] != format {
		return nil, corrupt("metadata", 8, "they are not those of a checkpoint")
	}
	if v := c.metadata["format_version"]; v != version {
		return nil, config.Hint(fmt.Errorf("its format has version %s, this program knows version %s", v, version),
			"a newer program wrote it: use that one")
	}
	settings, err := config.ParseRun([]byte(c.metadata["config"]))
	if err != nil {
		return nil, err
	}
	s := &Snapshot{
		Config: settings,
		Data:   c.metadata["data"],
		State:  &gan.State{Tensors: c.tensors},
	}
	if err := s.parseNumbers(c.metadata); err != nil {
		return nil, corrupt("metadata", 8, err.Error())
	}
	if err := gan.NewModel(settings).Check(s.State); err != nil {
		return nil, corrupt("header", 8, err.Error())
	}
	if says := cmp.Or(c.metadata[contentKey], contentFull); (says == contentFull) != s.State.Full() {
		return nil, corrupt("header", 8, fmt.Sprintf("the tensors are not those of content %q", says))
	}
	return s, nil
}

func (s *Snapshot) parseNumbers(metadata map[string]string) error {
	count := func(key string, err *error) int64 {
		n, e := strconv.ParseInt(metadata[key], 10, 64)
		if e != nil || n < 0 {
			*err = fmt.Errorf("%s is %q", key, metadata[key])
		}
		return n
	}
	var err error
	s.Step = int(count("step", &err))
	s.State.UpdatesD = count("updates_d", &err)
	s.State.UpdatesG = count("updates_g", &err)
	if err != nil {
		return err
	}
	if s.Seconds, err = strconv.ParseFloat(metadata["time_s"], 64); err != nil {
		return fmt.Errorf("time_s is %q", metadata["time_s"])
	}
	return nil
}

// Size is the bytes that a checkpoint of m takes on disk, full or of weights only,
// to within the length of the settings' text, for which it allows 4 KiB.
func Size(m *gan.Model, full bool) int64 {
	list := m.Tensors(true)
	if !full {
		list = slices.DeleteFunc(list, func(n gan.Named) bool { return gan.IsMoment(n.Name) })
	}
	size := int64(len(header(list, nil))) + 4<<10
	for _, n := range list {
		size += 4 * int64(tensor.Size(n.Shape))
	}
	return size
}
