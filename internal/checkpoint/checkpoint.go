// Package checkpoint stores the complete state of a training in one file. A training
// that resumes from it continues to the last bit. docs/checkpoint.md draws the file.
//
// The following holds at every instant, also after a crash:
//
//  1. A file named step-00000500.safetensors is complete: package atomicfile gives it
//     the name after its bytes are on disk.
//  2. One CRC-32C covers every byte of a file. Load verifies the whole file before it
//     returns anything.
//  3. The file contains the whole state: parameters, running statistics, the
//     statistics for sampling, Adam's moments and counts, the step, the settings.
//     Random numbers and the order of the data are pure functions of seed and step
//     (package random), so no generator and no cursor are stored.
//  4. Older files are removed only after the newer one is durable: first Save, then
//     Prune. When Prune reduces a checkpoint to its weights, the file of the weights
//     is durable before the full one is removed.
//  5. A *.tmp is never read. RemoveStale removes them when a training begins.
//  6. Package gan defines the names, shapes and layouts, so that a file of one engine
//     loads into another.
//
// A checkpoint of weights only, step-00002500.weights.safetensors, lacks Adam's
// moments. It can make pictures, but no training resumes from it.
package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"dcgan/internal/atomicfile"
	"dcgan/internal/config"
	"dcgan/internal/gan"
	"dcgan/internal/tensorfile"
)

// ErrCorrupt is wrapped by the errors of a file that is damaged or no checkpoint.
var ErrCorrupt = tensorfile.ErrCorrupt

// Snapshot is the state of a training after a step.
type Snapshot struct {
	Step    int            // the number of steps made
	Seconds float64        // the time spent on them, over all sessions
	Config  *config.Config // the settings, which include the place of the data
	Data    string         // the fingerprint of the data's content
	State   *gan.State     // full, or of weights only
}

// The metadata of the format. A change that an older program would misread takes the
// next version. The rule of the checksum is the same in all versions.
const (
	format  = "dcgan"
	version = "1"

	contentKey     = "content"
	contentFull    = "full" // also if the key is missing
	contentWeights = "weights"
)

// Save writes s into dir, the run's folder of checkpoints, which it creates if
// necessary. It returns the file's path, whose name says whether s is full. The file
// is durable when Save returns. After an error nothing has changed.
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

// write writes the file, the tensors in the order of their names.
func (s *Snapshot) write(w io.Writer) error {
	names := slices.Sorted(maps.Keys(s.State.Tensors))
	list := make([]tensorfile.Named, len(names))
	for i, name := range names {
		list[i] = tensorfile.Named{Name: name, Shape: s.State.Tensors[name].Shape}
	}
	return tensorfile.Write(w, list, s.metadata(), func(w io.Writer) error {
		for _, name := range names {
			if err := tensorfile.WriteFloats(w, s.State.Load(name).Data); err != nil {
				return err
			}
		}
		return nil
	})
}

// metadata returns everything but the tensors. All values are text, as safetensors
// demands.
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
	}
}

// Load reads a checkpoint and verifies it: the header, the bounds and sizes of the
// tensors, the checksum, and that the settings' model has these tensors. It
// returns ErrCorrupt for a file that Save cannot have written.
func Load(path string) (*Snapshot, error) {
	s, err := load(path)
	if err != nil {
		err = fmt.Errorf("read checkpoint %s: %w", path, err)
	}
	if errors.Is(err, ErrCorrupt) {
		err = config.Hint(err,
			"a run folder alone, without a file or a step, stands for the best of its checkpoints that are whole")
	}
	return s, err
}

func load(path string) (*Snapshot, error) {
	c, err := tensorfile.ReadSafetensors(path)
	if err != nil {
		return nil, err
	}
	return snapshotOf(c)
}

// Verify reads the whole file at path and compares its checksum, in little memory. It
// returns the settings in it, and ErrCorrupt for a file that is damaged.
func Verify(path string) (*config.Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := openWhole(f)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint %s: %w", path, err)
	}
	return config.ParseRun([]byte(c.Metadata["config"]))
}

// openWhole opens a checkpoint whose checksum is right.
func openWhole(f *os.File) (*tensorfile.File, error) {
	c, err := tensorfile.Open(f)
	if err == nil && !c.Checked {
		err = errNoChecksum()
	}
	return c, err
}

// errNoChecksum returns the error of a file without a checksum, which every
// checkpoint has.
func errNoChecksum() error { return tensorfile.Corrupt("metadata", 8, "there is no checksum") }

// snapshotOf returns the snapshot that a file holds.
func snapshotOf(c *tensorfile.Content) (*Snapshot, error) {
	if !c.Checked {
		return nil, errNoChecksum()
	}
	if c.Metadata["format"] != format {
		return nil, tensorfile.Corrupt("metadata", 8, "not a checkpoint's")
	}
	if v := c.Metadata["format_version"]; v != version {
		return nil, config.Hint(fmt.Errorf("its format has version %s, this program knows version %s", v, version),
			"a newer version of dcgan wrote it: use that version")
	}
	settings, err := config.ParseRun([]byte(c.Metadata["config"]))
	if err != nil {
		return nil, err
	}
	s := &Snapshot{
		Config: settings,
		Data:   c.Metadata["data"],
	}
	if s.State, err = gan.NewModel(settings).StateOf(c.Tensors); err != nil {
		return nil, tensorfile.Corrupt("header", 8, err.Error())
	}
	if err := s.parseNumbers(c.Metadata); err != nil {
		return nil, tensorfile.Corrupt("metadata", 8, err.Error())
	}
	if stated := cmp.Or(c.Metadata[contentKey], contentFull); (stated == contentFull) != s.State.Full() {
		return nil, tensorfile.Corrupt("header", 8, fmt.Sprintf("the tensors are not those of content %q", stated))
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

// Size returns the bytes that a checkpoint of m takes on disk, full or of weights
// only. It counts 4 KiB for the settings' text.
func Size(m *gan.Model, full bool) int64 {
	var list []tensorfile.Named
	for _, n := range m.Tensors(true) {
		if full || !n.Kind.Moment() {
			list = append(list, tensorfile.Named{Name: n.Name, Shape: n.Shape})
		}
	}
	return tensorfile.Size(list) + 4<<10
}
