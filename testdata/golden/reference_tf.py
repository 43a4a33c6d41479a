"""Compute the golden files with the framework of the reference: TensorFlow in
version-1 mode with tf_slim, whose defaults are the reference's own.

    python reference_tf.py --raw DIR

writes size16.safetensors, size64.safetensors and published64.safetensors beside
this script, and in DIR, for crosscheck_torch.py, each net's full tensors before
rounding, from a float64 run (NET.float64.npz) and a float32 run (NET.float32.npz).

Reference: the article's model.py and train.py; the graph is built by the same
slim calls in the same scopes, the session runs come in the same order. Three
things in the framework are float32 whatever the graph is:
  - tf_slim's losses cast to float32 and back; sigmoid_cross_entropy below has
    the cast go to the graph's type instead;
  - AdamOptimizer keeps Python numbers as float32 (and its powers of beta too);
    adam below passes tensors of the graph's type;
  - LeakyReLU's slope is a float32 attribute of the operation: the slope is
    float32(0.2) = 0.20000000298 here too.
The initialisers of slim only ever give float32, too, but their values are not used.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import string
import types
from unittest import mock

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import numpy as np
import tensorflow as tf2
import tf_slim as slim
from tf_slim.losses import loss_ops

import nets

tf = tf2.compat.v1
tf.disable_v2_behavior()
tf.logging.set_verbosity(tf.logging.ERROR)

BATCH_NORM = {"is_training": True, "zero_debias_moving_mean": True, "fused": False}


def generator(z, widths):
    """G: z [B, nz] -> pictures NHWC in [-1, 1]."""
    n = len(widths)
    with tf.variable_scope("Generator"), \
            slim.arg_scope([slim.batch_norm], **BATCH_NORM), \
            slim.arg_scope([slim.conv2d_transpose], normalizer_fn=slim.batch_norm,
                           stride=2, kernel_size=4):
        x = z[:, None, None, :]
        x = slim.conv2d_transpose(x, widths[0], stride=1, padding="VALID", scope="deconv1")
        for i in range(2, n):
            x = slim.conv2d_transpose(x, widths[i - 1], scope=f"deconv{i}")
        x = slim.conv2d_transpose(x, widths[-1], normalizer_fn=None, activation_fn=None,
                                  scope=f"deconv{n}")
        return slim.conv2d(x, nets.CHANNELS, kernel_size=1, stride=1, padding="VALID",
                           normalizer_fn=None, activation_fn=tf.nn.tanh, scope="logits")


def discriminator(pictures, widths):
    """D: pictures NHWC -> logits [B, 1]."""
    with tf.variable_scope("Discriminator"), \
            slim.arg_scope([slim.batch_norm], **BATCH_NORM), \
            slim.arg_scope([slim.conv2d], stride=2, kernel_size=4,
                           activation_fn=tf.nn.leaky_relu):
        x = pictures
        for i, width in enumerate(widths, 1):
            x = slim.conv2d(x, width, normalizer_fn=None if i == 1 else slim.batch_norm,
                            scope=f"conv{i}")
        logits = slim.conv2d(x, 1, kernel_size=1, stride=1, padding="VALID",
                             normalizer_fn=None, activation_fn=None)
        return tf.reshape(logits, [-1, 1])


def sigmoid_cross_entropy(logits, label, smoothing=0.0):
    """slim's loss with its cast to float32 sent to the type of the logits.

    A weight of 1 for each picture, not slim's default of one scalar 1: the
    scalar's branch has a float32 literal that no cast reaches.
    """
    with mock.patch.object(loss_ops, "dtypes", types.SimpleNamespace(float32=logits.dtype)):
        loss = slim.losses.sigmoid_cross_entropy(
            logits, tf.fill(tf.shape(logits), tf.cast(label, logits.dtype)),
            weights=tf.ones_like(logits), label_smoothing=smoothing)
    return tf.reduce_mean(loss)


def adam(loss, variables, lr):
    """(update, gradients, optimiser): minimize(), with the gradients kept in hand."""
    number = lambda x: tf.constant(x, loss.dtype)
    optimiser = tf.train.AdamOptimizer(
        number(lr), beta1=number(nets.BETA1), beta2=number(nets.BETA2),
        epsilon=number(nets.ADAM_EPSILON))
    pairs = optimiser.compute_gradients(loss, var_list=variables)
    return optimiser.apply_gradients(pairs), [g for g, _ in pairs], optimiser


def bn_name(net, layer):
    """("Generator", "deconv1") -> generator.bn1"""
    return f"{net.lower()}.bn{layer.lstrip(string.ascii_lowercase)}"


def canonical_name(variable):
    """Generator/Generator/deconv1/weights -> generator.deconv1.weight, and so on."""
    net, _, layer, *rest = variable.op.name.split("/")
    if rest == ["BatchNorm", "beta"]:
        return bn_name(net, layer) + ".bias"
    layer = "logits" if layer == "Conv" else layer
    kind = {"weights": "weight", "biases": "bias"}[rest[0]]
    return f"{net.lower()}.{layer}.{kind}"


def to_canonical(value):
    """[h, w, in, out] -> OIHW and, for a transposed convolution, [h, w, out, in] -> IOHW."""
    return np.transpose(value, (3, 2, 0, 1)) if value.ndim == 4 else value


def to_tf(value):
    """The inverse of to_canonical."""
    return np.transpose(value, (2, 3, 1, 0)) if value.ndim == 4 else value


class Model:
    """The reference's training graph for one net, in a session of its own."""

    def __init__(self, net, dtype):
        self.net = net
        self.graph = tf.Graph()
        with self.graph.as_default():
            self._build(net, dtype)
            config = tf.ConfigProto(intra_op_parallelism_threads=1,
                                    inter_op_parallelism_threads=1)
            self.session = tf.Session(config=config)
            self.session.run(tf.global_variables_initializer())
            for name, value in nets.initial(net).items():
                self.variables[name].load(to_tf(value), self.session)

    def _build(self, net, dtype):
        self.real = tf.placeholder(dtype, [None, net.size, net.size, nets.CHANNELS])
        self.z = tf.placeholder(dtype, [None, net.nz])
        with tf.variable_scope("Generator") as g_scope:
            self.generated = generator(self.z, nets.generator_widths(net))
        with tf.variable_scope("Discriminator") as d_scope:
            on_generated = discriminator(self.generated, nets.discriminator_widths(net))
        with tf.variable_scope(d_scope, reuse=True):
            on_real = discriminator(self.real, nets.discriminator_widths(net))

        real_loss = sigmoid_cross_entropy(on_real, 1, nets.LABEL_SMOOTHING)
        generated_loss = sigmoid_cross_entropy(on_generated, 0)
        generator_loss = sigmoid_cross_entropy(on_generated, 1)
        d_loss = real_loss + generated_loss
        self.losses = [d_loss, real_loss, generated_loss, generator_loss] + [
            tf.reduce_mean(tf.sigmoid(x)) for x in (on_real, on_generated)]

        d_variables = slim.get_trainable_variables(d_scope)
        g_variables = slim.get_trainable_variables(g_scope)
        self.variables = {canonical_name(v): v for v in g_variables + d_variables}
        self.d_names = [canonical_name(v) for v in d_variables]
        self.g_names = [canonical_name(v) for v in g_variables]
        self.d_update, self.d_grads, self.d_adam = adam(d_loss, d_variables, nets.LR_D)
        self.g_update, self.g_grads, self.g_adam = adam(generator_loss, g_variables, nets.LR_G)
        self.g_moments = self._moments("Generator/Generator/")
        self.d_moments = [self._moments(f"Discriminator{pass_}/Discriminator/")
                          for pass_ in ("", "_1")]  # generated, real

    def _moments(self, scope):
        """Batch mean and (biased) variance of each batch norm under scope, by canonical name."""
        moments = {}
        suffix = {"/BatchNorm/moments/Squeeze": "mean", "/BatchNorm/moments/Squeeze_1": "var"}
        for op in self.graph.get_operations():
            for end, kind in suffix.items():
                if op.name.startswith(scope) and op.name.endswith(end):
                    _, net, layer = op.name.removesuffix(end).split("/")
                    moments[f"{bn_name(net, layer)}.running_{kind}"] = op.outputs[0]
        return moments

    def run(self, fetches, step):
        real, z = nets.batch(self.net, step)
        return self.session.run(fetches, {self.real: real.transpose(0, 2, 3, 1), self.z: z})

    def step(self, step, averages):
        """One D update, then the G updates; returns D's gradient and the first G gradient."""
        _, d_grads, moments = self.run([self.d_update, self.d_grads, self.d_moments], step)
        for pass_ in moments:
            averages.update(pass_)
        g_first = None
        for _ in range(nets.GENERATOR_UPDATES):
            _, g_grads, moments = self.run([self.g_update, self.g_grads, self.g_moments], step)
            averages.update(moments)
            g_first = g_first or g_grads
        return d_grads, g_first

    def weights(self, prefix):
        return self._read(prefix, self.variables)

    def moments(self):
        """adam_m.* and adam_v.* of every tensor."""
        optimiser = lambda name: self.d_adam if name in self.d_names else self.g_adam
        slots = lambda kind: {n: optimiser(n).get_slot(v, kind) for n, v in self.variables.items()}
        return self._read("adam_m", slots("m")) | self._read("adam_v", slots("v"))

    def _read(self, prefix, variables):
        values = self.session.run(variables)
        return {f"{prefix}.{name}": to_canonical(value) for name, value in values.items()}


class Averages:
    """Zero-debiased moving averages of batch statistics, mean and variance alike.

    Not slim's: the reference never runs its updates, and slim debiases the mean alone.
    """

    def __init__(self):
        self.biased, self.count = {}, {}

    def update(self, values):
        for name, value in values.items():
            old = self.biased.get(name, 0.0)
            self.biased[name] = old + (1 - nets.BATCH_NORM_DECAY) * (value - old)
            self.count[name] = self.count.get(name, 0) + 1

    def debiased(self):
        return {f"running.{name}": value / (1 - nets.BATCH_NORM_DECAY ** self.count[name])
                for name, value in self.biased.items()}


def compute(net, dtype):
    """Ten steps of one net; every tensor of its golden file, whole and unrounded."""
    model, averages, losses, out = Model(net, dtype), Averages(), [], {}
    for step in range(1, nets.STEPS + 1):
        d_grads, g_grads = model.step(step, averages)
        losses.append(model.run(model.losses, step))
        if step == 1:
            out |= {f"grad_d.{n}": to_canonical(g) for n, g in zip(model.d_names, d_grads)}
            out |= {f"grad_g.{n}": to_canonical(g) for n, g in zip(model.g_names, g_grads)}
            out |= model.weights("step1")
    out["images.step10"] = model.run(model.generated, nets.STEPS).transpose(0, 3, 1, 2)
    out["losses"] = np.array(losses, np.float64)
    return out | model.weights("step10") | model.moments() | averages.debiased()


def framework():
    packages = [f"{p} {importlib.metadata.version(p)}" for p in ("tensorflow-cpu", "tf_slim", "numpy")]
    return ", ".join(packages + [f"Python {platform.python_version()}"])


def write_golden(path, name, net, full):
    """The golden file: full, rounded and thinned; Adam's moments for size16 only."""
    kept = {k: v for k, v in full.items() if name == "size16" or not k.startswith("adam_")}
    thinned = {k: nets.STRIDE for k, v in sorted(kept.items()) if v.size > nets.WHOLE}
    nets.write_safetensors(path, {k: nets.stored(k, v) for k, v in kept.items()}, {
        "framework": framework(),
        "settings": json.dumps(nets.settings(net)),
        "stride": json.dumps(thinned),
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--raw", type=pathlib.Path, required=True, help="folder for the full tensors")
    raw = parser.parse_args().raw
    raw.mkdir(parents=True, exist_ok=True)
    here = pathlib.Path(__file__).parent
    for name, net in nets.NETS.items():
        full = compute(net, tf.float64)
        assert all(v.dtype == np.float64 for v in full.values())
        np.savez(raw / f"{name}.float64.npz", **full)
        np.savez(raw / f"{name}.float32.npz", **compute(net, tf.float32))
        write_golden(here / f"{name}.safetensors", name, net, full)
        print(name, (here / f"{name}.safetensors").stat().st_size, "bytes")


if __name__ == "__main__":
    main()
