"""Compute the golden files' tensors a second time, in PyTorch, and compare.

    python crosscheck_torch.py --raw DIR

reads the dumps that reference_tf.py left in DIR and asserts that
  - in float64 every tensor agrees (norm of the difference relative to the norm,
    see TOLERANCE),
  - the committed files hold those tensors, thinned and rounded.
It then prints how far float32 ends from float64: the tables in README.md.

The networks are plain functions of PyTorch operations and Adam is written out in
TensorFlow's form, so that nothing but the formulas is shared with the other script.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open

import nets

# Ten steps magnify rounding, the more so at size 64: see README.md. Gradients of the
# first step and weights after it come before that; Adam's m is what the newest gradients say.
TOLERANCE = {"grad_d": 1e-12, "grad_g": 1e-12, "step1": 1e-12, "step10": 1e-9, "running": 1e-9,
             "images": 1e-8, "losses": 1e-8, "adam_m": 1e-6, "adam_v": 1e-8}
SLOPE = float(np.float32(0.2))  # TensorFlow's LeakyReLU keeps its slope as a float32


class Trace:
    """What one forward pass leaves for others to look at."""

    def __init__(self):
        self.statistics = []  # (mean, var) of each batch norm, in layer order
        self.margin = np.inf  # smallest distance of an activation to its kink at 0

    def activation(self, function, x):
        self.margin = min(self.margin, x.detach().abs().min().item())
        return function(x)


def batch_norm(x, beta, trace):
    """(x - mean) / sqrt(var + eps) + beta over B, H, W; variance biased, no gamma."""
    mean = x.mean((0, 2, 3))
    var = ((x - mean[:, None, None]) ** 2).mean((0, 2, 3))
    trace.statistics.append((mean.detach(), var.detach()))
    scale = (var + nets.BATCH_NORM_EPSILON).rsqrt()
    return (x - mean[:, None, None]) * scale[:, None, None] + beta[:, None, None]


def leaky_relu(x):
    return F.leaky_relu(x, SLOPE)


def generator(p, z, trace):
    """G: z [B, nz] -> pictures [B, C, S, S] in [-1, 1]."""
    n = sum(name.startswith("generator.deconv") and name.endswith("weight") for name in p)
    x = z[:, :, None, None]
    for i in range(1, n + 1):
        stride, padding = (1, 0) if i == 1 else (2, 1)
        x = F.conv_transpose2d(x, p[f"generator.deconv{i}.weight"],
                               p.get(f"generator.deconv{i}.bias"), stride, padding)
        if i < n:
            x = trace.activation(F.relu, batch_norm(x, p[f"generator.bn{i}.bias"], trace))
    return torch.tanh(F.conv2d(x, p["generator.logits.weight"], p["generator.logits.bias"]))


def discriminator(p, x, trace):
    """D: pictures [B, C, S, S] -> logits [B]."""
    n = sum(name.startswith("discriminator.conv") and name.endswith("weight") for name in p)
    for i in range(1, n + 1):
        x = F.conv2d(x, p[f"discriminator.conv{i}.weight"],
                     p.get(f"discriminator.conv{i}.bias"), 2, 1)
        if i > 1:
            x = batch_norm(x, p[f"discriminator.bn{i}.bias"], trace)
        x = trace.activation(leaky_relu, x)
    return F.conv2d(x, p["discriminator.logits.weight"], p["discriminator.logits.bias"]).flatten()


def cross_entropy(logits, target):
    """Mean of -target log sigmoid(x) - (1 - target) log(1 - sigmoid(x))."""
    return (F.softplus(-logits) * target + F.softplus(logits) * (1 - target)).mean()


class Adam:
    """var -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps), as TensorFlow has it."""

    def __init__(self, parameters, lr):
        self.parameters, self.lr, self.t = parameters, lr, 0
        self.m = {name: torch.zeros_like(w) for name, w in parameters.items()}
        self.v = {name: torch.zeros_like(w) for name, w in parameters.items()}

    def update(self, loss):
        """One update; returns the gradients by name."""
        grads = dict(zip(self.parameters, torch.autograd.grad(loss, self.parameters.values())))
        b1, b2 = nets.BETA1, nets.BETA2
        self.t += 1
        rate = self.lr * (1 - b2 ** self.t) ** 0.5 / (1 - b1 ** self.t)
        for name, g in grads.items():
            m, v = self.m[name], self.v[name]
            m += (g - m) * (1 - b1)
            v += (g * g - v) * (1 - b2)
            with torch.no_grad():
                self.parameters[name] -= rate * m / (v.sqrt() + nets.ADAM_EPSILON)
        return grads


def running(side, first, traces):
    """Zero-debiased moving averages of the traces' statistics; first numbers the first layer.

    A debiased average is a weighted mean of what it has seen, the weights falling by
    the decay with age.
    """
    out = {}
    age = [nets.BATCH_NORM_DECAY ** k for k in reversed(range(len(traces)))]
    for i, layer in enumerate(zip(*(t.statistics for t in traces)), first):
        for kind, values in zip(("mean", "var"), zip(*layer)):
            value = sum(w * x for w, x in zip(age, values)) / sum(age)
            out[f"running.{side}.bn{i}.running_{kind}"] = value
    return out


class Trainer:
    def __init__(self, net, dtype):
        self.net, self.dtype = net, dtype
        self.p = {name: torch.tensor(value, dtype=dtype, requires_grad=True)
                  for name, value in nets.initial(net).items()}
        of = lambda side: {k: v for k, v in self.p.items() if k.startswith(side)}
        self.adam_d = Adam(of("discriminator"), nets.LR_D)
        self.adam_g = Adam(of("generator"), nets.LR_G)
        self.traces_d, self.traces_g = [], []  # those that count for the moving averages
        self.margins = []  # of each update, over the kinks that its gradient passes

    def forward(self, step):
        """Pictures, the six losses, and the traces of G, D on generated and D on real."""
        real, z = (torch.tensor(x, dtype=self.dtype) for x in nets.batch(self.net, step))
        traces = Trace(), Trace(), Trace()
        pictures = generator(self.p, z, traces[0])
        on_generated = discriminator(self.p, pictures, traces[1])
        on_real = discriminator(self.p, real, traces[2])
        return pictures, self.losses(on_real, on_generated), traces

    def losses(self, on_real, on_generated):
        smooth = 1 - nets.LABEL_SMOOTHING + nets.LABEL_SMOOTHING / 2
        real, generated = cross_entropy(on_real, smooth), cross_entropy(on_generated, 0.0)
        return [real + generated, real, generated, cross_entropy(on_generated, 1.0),
                torch.sigmoid(on_real).mean(), torch.sigmoid(on_generated).mean()]

    def update_d(self, step):
        """One update of D; its gradient."""
        _, (loss, *_), (_, *of_d) = self.forward(step)
        self.traces_d += of_d
        self.margins.append(min(t.margin for t in of_d))
        return self.adam_d.update(loss)

    def update_g(self, step):
        """One update of G; its gradient."""
        _, losses, (of_g, on_generated, _) = self.forward(step)
        self.traces_g.append(of_g)
        self.margins.append(min(of_g.margin, on_generated.margin))
        return self.adam_g.update(losses[3])

    def step(self, step):
        """D once, then G five times; D's gradient and G's first."""
        grad_d = self.update_d(step)
        grads_g = [self.update_g(step) for _ in range(nets.GENERATOR_UPDATES)]
        return grad_d, grads_g[0]

    def weights(self, prefix):
        return {f"{prefix}.{name}": value.detach().clone() for name, value in self.p.items()}

    def state(self):
        """Adam's moments and the moving averages."""
        out = {}
        for adam in self.adam_d, self.adam_g:
            for prefix, values in ("adam_m", adam.m), ("adam_v", adam.v):
                out |= {f"{prefix}.{name}": value for name, value in values.items()}
        return out | running("generator", 1, self.traces_g) \
                   | running("discriminator", 2, self.traces_d)


def compute(net, dtype):
    """Ten steps: the tensors of reference_tf.compute as float64 arrays, and the margins."""
    trainer, losses, out = Trainer(net, dtype), [], {}
    for step in range(1, nets.STEPS + 1):
        grad_d, grad_g = trainer.step(step)
        pictures, values, _ = trainer.forward(step)
        losses.append([x.item() for x in values])
        if step == 1:
            out |= {f"grad_d.{k}": g for k, g in grad_d.items()}
            out |= {f"grad_g.{k}": g for k, g in grad_g.items()}
            out |= trainer.weights("step1")
    out |= trainer.weights("step10") | trainer.state()
    out |= {"images.step10": pictures, "losses": torch.tensor(losses, dtype=torch.float64)}
    return {k: v.detach().double().numpy() for k, v in out.items()}, trainer.margins


def difference(got, want):
    """Norm of got - want relative to the norm of want."""
    diff, norm = np.linalg.norm(got - want), np.linalg.norm(want)
    return diff / norm if norm else float(diff > 0)


def worst(got, want, prefix):
    """(largest relative difference, its tensor) among the names that start with prefix."""
    return max((difference(got[k], want[k]), k) for k in want if k.startswith(prefix))


def check_agreement(name, got, want):
    assert got.keys() == want.keys(), got.keys() ^ want.keys()
    for prefix, tolerance in TOLERANCE.items():
        d, tensor = worst(got, want, prefix + "." if prefix != "losses" else prefix)
        print(f"{name:12} {prefix:8} PyTorch against TensorFlow, float64: {d:.1e} ({tensor})")
        assert d < tolerance, (name, tensor, d)


def check_file(path, want):
    """The file has every tensor it should, each equal to the dump as it is stored."""
    with safe_open(path, "np") as f:
        thinned = json.loads(f.metadata()["stride"])
        names = set(f.keys())
        assert names >= {k for k in want if not k.startswith("adam_")} and names <= want.keys()
        for name in names:
            value = f.get_tensor(name)
            np.testing.assert_array_equal(value, nets.stored(name, want[name]), err_msg=name)
            assert (name in thinned) == (value.size != want[name].size), name


def moved(got, want, start, prefix):
    """As worst, but relative to how far training has moved the tensor from its start."""
    return max((difference(got[k] - start[k[len(prefix):]], want[k] - start[k[len(prefix):]]), k)
               for k in want if k.startswith(prefix))


def print_row(*cells):
    print("| " + " | ".join(c if isinstance(c, str) else f"{c:.1e}" for c in cells) + " |")


def print_float32(name, net, want, label, got):
    """Two rows of README.md's tables: float32 against float64, and the losses step by step."""
    start = nets.initial(net)
    cells = [worst(got, want, "grad_d."), worst(got, want, "grad_g.")]
    for prefix in "step1.", "step10.":
        cells += [worst(got, want, prefix), moved(got, want, start, prefix)]
    cells += [worst(got, want, prefix) for prefix in ("adam_m.", "adam_v.", "running.", "images.")]
    print_row(name, label, *(d for d, _ in cells))
    print_row(name, label, *np.abs(got["losses"] / want["losses"] - 1).max(axis=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--raw", type=pathlib.Path, required=True, help="reference_tf.py's dumps")
    raw = parser.parse_args().raw
    torch.set_num_threads(1)
    for name, net in nets.NETS.items():
        want = dict(np.load(raw / f"{name}.float64.npz"))
        got, margins = compute(net, torch.float64)
        check_agreement(name, got, want)
        check_file(pathlib.Path(__file__).parent / f"{name}.safetensors", want)
        print(name, "smallest distance of an activation to 0 in update 1, in step 1, in all:",
              *(f"{min(margins[:k]):.1e}" for k in (1, 1 + nets.GENERATOR_UPDATES, None)))
        print_float32(name, net, want, "TensorFlow", dict(np.load(raw / f"{name}.float32.npz")))
        print_float32(name, net, want, "PyTorch", compute(net, torch.float32)[0])


if __name__ == "__main__":
    main()
