// Package dcgan trains deep convolutional generative adversarial networks on folders of
// pictures, and makes pictures with them.
//
// [Open] reads a trained model: a run folder or a checkpoint file. [Model.Image] returns
// the picture of a seed, the same for ever; [Model.Between] leads from one picture to
// another; [Model.Best] picks the best of many.
//
//	m, err := dcgan.Open("runs/photos")
//	if err != nil {
//		return err
//	}
//	defer m.Close()
//	img, err := m.Image(7)
//
// Pictures are values of package image: *image.Gray, opaque *image.RGBA, or
// *image.NRGBA, as the model has 1, 3 or 4 channels. The caller encodes them, for
// instance with image/png.
//
// [Train] trains a model on pictures and writes a run folder, and [Resume] continues
// one. [Recipe] returns the settings of a training. The command dcgan, which lies in
// cmd/dcgan, does the same from a terminal; they share run folders.
//
// Results are exact. The same settings, pictures and instruction set give the same
// weights to the last bit, whatever the number of threads and however often the training
// was interrupted.
//
// An error is one line that says what failed and where. [Hint] returns what to do about
// it, if that is known.
package dcgan

import "dcgan/internal/config"

// Hint returns a line that says what to do about err, or "".
func Hint(err error) string { return config.HintOf(err) }
