// The article's code: its networks are this program's, under the names that tf.train.Saver
// writes, such as Generator/Generator/deconv1/weights.

package foreign

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"dcgan/internal/config"
	"dcgan/internal/tensor"
)

// slimName matches a parameter's name. Whatever scopes are around is left out; the names of
// Adam's moments and of moving averages do not match.
var slimName = regexp.MustCompile(
	`^(?:.*/)?(Generator|Discriminator)/(deconv|conv|logits|Conv)(\d*)/(weights|biases|BatchNorm/beta)$`)

// Slim returns the model of the variables of the article's code. That code never updates
// its moving averages, so the model has no statistics of its own: they are 0 and 1, and
// the caller should calibrate it.
func Slim(variables map[string]*tensor.Tensor) (*Model, error) {
	parameters := map[string]*tensor.Tensor{}
	for name, t := range variables {
		if to := canonical(name); to != "" {
			parameters[to] = fromSlim(t)
		}
	}
	c, err := slimConfig(parameters)
	if err != nil {
		return nil, hint(err)
	}
	m, err := newModel(c)
	if err != nil {
		return nil, err
	}
	for name, t := range parameters {
		place := m.State.Tensors[name]
		if place.Tensor == nil {
			return nil, hint(fmt.Errorf("variable %s is none of the article's", name))
		}
		if err := t.CheckShape(place.Shape...); err != nil {
			return nil, hint(fmt.Errorf("variable %s: %w", name, err))
		}
		copy(place.Data, t.Data)
	}
	return m, nil
}

// canonical returns this program's name of a variable, "" of one that is no parameter.
func canonical(name string) string {
	match := slimName.FindStringSubmatch(name)
	if match == nil {
		return ""
	}
	network, layer, number, kind := strings.ToLower(match[1]), match[2], match[3], match[4]
	if layer == "Conv" { // the discriminator's last layer, which has no name of its own
		layer, number = "logits", ""
	}
	switch kind {
	case "weights":
		return network + "." + layer + number + ".weight"
	case "biases":
		return network + "." + layer + number + ".bias"
	}
	return network + ".bn" + number + ".bias"
}

// fromSlim returns a kernel [height, width, a, b] as [b, a, height, width]: OIHW of a
// convolution, IOHW of a transposed one. Others stay.
func fromSlim(t *tensor.Tensor) *tensor.Tensor {
	if len(t.Shape) != 4 {
		return t
	}
	taps, a, b := t.Shape[0]*t.Shape[1], t.Shape[2], t.Shape[3]
	x := tensor.New(b, a, t.Shape[0], t.Shape[1])
	for tap := range taps {
		for i := range a {
			for j := range b {
				x.Data[(j*a+i)*taps+tap] = t.Data[(tap*a+i)*b+j]
			}
		}
	}
	return x
}

// slimConfig returns the settings of the networks with those parameters.
func slimConfig(parameters map[string]*tensor.Tensor) (*config.Config, error) {
	shape := func(name string) []int {
		if t := parameters[name+".weight"]; t != nil && len(t.Shape) == 4 {
			return t.Shape
		}
		return nil
	}
	n := 0
	for shape("generator.deconv"+strconv.Itoa(n+1)) != nil {
		n++
	}
	first, last := shape("generator.deconv1"), shape("generator.deconv"+strconv.Itoa(n))
	logits, conv1 := shape("generator.logits"), shape("discriminator.conv1")
	if n < 2 || n > 20 || logits == nil || conv1 == nil {
		return nil, errors.New("the variables are not those of the article's generator and discriminator")
	}
	c, err := config.Recipe(config.Reference)
	if err != nil {
		return nil, err
	}
	c.Size, c.Channels, c.NZ, c.NGF, c.NDF = 2<<n, logits[0], first[0], last[1], conv1[0]
	for i := 2; i < n; i++ {
		if shape("generator.deconv" + strconv.Itoa(i))[1] != c.NGF<<(n-i) {
			c.Widths = config.WidthsPublished // the only others; what differs from them is refused later
		}
	}
	return c, nil
}
