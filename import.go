package dcgan

import (
	"fmt"
	"slices"
	"strings"

	"dcgan/internal/config"
	"dcgan/internal/engine"
	"dcgan/internal/foreign"
	"dcgan/internal/gan"
	"dcgan/internal/run"
	"dcgan/internal/tensor"
	"dcgan/internal/tensorfile"
)

// The models of other programs that [Import] reads.
const (
	// ImportTorch is the DCGAN of PyTorch's examples and tutorial: state dicts in files of
	// torch.save or safetensors, of the generator alone or of both networks, in one file or
	// two.
	ImportTorch = "torch-dcgan"
	// ImportSlim is the code of the article that the recipe "reference" follows: a checkpoint
	// of TensorFlow 1, named by its prefix or by one of its files.
	ImportSlim = "tf-slim"
)

// Imports lists the models of other programs that [Import] reads.
func Imports() []string { return []string{ImportTorch, ImportSlim} }

// Import makes a run in the folder dir of a model of another program. The run has its
// weights: it makes pictures and can be scored, and a training can start from it.
func Import(dir, kind string, files ...string) error {
	if run.Exists(dir) {
		return fmt.Errorf("%w: %s", ErrRunExists, dir)
	}
	m, err := readForeign(kind, files)
	if err != nil {
		return fmt.Errorf("import %s: %w", strings.Join(files, ", "), err)
	}
	return run.Adopt(dir, m.Config, m.State)
}

func readForeign(kind string, files []string) (*foreign.Model, error) {
	if i := slices.Index(Imports(), kind); i < 0 {
		return nil, config.Hint(fmt.Errorf("no model is called %q", kind), "one of "+strings.Join(Imports(), ", "))
	}
	if kind == ImportSlim {
		variables, err := tensorfile.ReadTensorFlow(files[0])
		if err != nil {
			return nil, err
		}
		m, err := foreign.Slim(variables)
		if err != nil {
			return nil, err
		}
		return m, calibrate(m)
	}
	var tensors []map[string]*tensor.Tensor
	for _, path := range files {
		t, err := tensorfile.ReadTensors(path)
		if err != nil {
			return nil, err
		}
		tensors = append(tensors, t)
	}
	return foreign.Torch(tensors...)
}

// calibrate records the statistics for sampling of a model that has none.
func calibrate(m *foreign.Model) error {
	e, err := engine.Open(m.Config)
	if err != nil {
		return err
	}
	defer e.Close()
	model := gan.NewModel(m.Config)
	full, err := model.StartFrom(m.Config.Seed, m.State)
	if err != nil {
		return err
	}
	if err := e.SetState(full); err != nil {
		return err
	}
	if err := e.Calibrate(model.CalibrationZ()); err != nil {
		return err
	}
	calibrated, err := e.State()
	if err != nil {
		return err
	}
	m.State = calibrated.Weights().Copy()
	return nil
}
