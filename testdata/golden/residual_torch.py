"""Compute residual16.safetensors: one update of D and the first of G of residual networks with smooth kernels, with
the relativistic objective and the penalties R1 and R2, by PyTorch's double backward, in float64.

    python residual_torch.py [--search N]

--search looks for the batch, of the first N, whose activations keep away furthest from 0.
"""

import math

import torch
import torch.nn.functional as F

import crosscheck_torch as torch_net
import nets
import relativistic_torch

NET = nets.NETS["size16"]._replace(first_batch=92)
BLOCKS = 2
SIZES = [4, 8]  # of the stages
WIDTHS = [16, 8]


def parameters():
    """Name -> (canonical shape, scale of the initial values)."""
    table = {}

    def layer(name, first, second, k):
        table[name + ".weight"] = ((first, second, k, k), math.sqrt(6 / (k * k * (first + second))))

    def conv(name, cin, cout, k):
        layer(name, cout, cin, k)
        table[name + ".bias"] = ((cout,), nets.BIAS_SCALE)

    def stage(name, width):
        inside = max(width // 2, min(width, 16))
        for b in range(1, BLOCKS + 1):
            conv(f"{name}.block{b}.conv1", width, inside, 1)
            conv(f"{name}.block{b}.conv2", inside, inside, 3)
            conv(f"{name}.block{b}.conv3", inside, width, 1)

    layer("generator.basis", NET.nz, WIDTHS[0], 4)
    table["generator.basis.bias"] = ((WIDTHS[0],), nets.BIAS_SCALE)
    for size, width in zip(SIZES, WIDTHS):
        stage(f"generator.stage{size}", width)
    conv("generator.stage4.widths", *WIDTHS, 1)
    layer("generator.picture", WIDTHS[1], nets.CHANNELS, 3)
    table["generator.picture.bias"] = ((nets.CHANNELS,), nets.BIAS_SCALE)

    conv("discriminator.picture", nets.CHANNELS, WIDTHS[1], 3)
    for size, width in zip(SIZES, WIDTHS):
        stage(f"discriminator.stage{size}", width)
    conv("discriminator.stage8.widths", *WIDTHS[::-1], 1)
    conv("discriminator.logits", WIDTHS[0], 1, 4)
    return table


def initial():
    return {name: torch.tensor(nets.formula(name, shape, scale), requires_grad=True)
            for name, (shape, scale) in parameters().items()}


def conv(p, name, x, padding=0):
    return F.conv2d(x, p[name + ".weight"], p[name + ".bias"], padding=padding)


def stage(p, name, x, trace):
    for b in range(1, BLOCKS + 1):
        block = f"{name}.block{b}."
        y = trace.activation(torch_net.leaky_relu, conv(p, block + "conv1", x))
        y = trace.activation(torch_net.leaky_relu, conv(p, block + "conv2", y, 1))
        x = x + conv(p, block + "conv3", y)
    return x


def resample(x):
    """A kernel for each channel by itself."""
    k = torch.tensor([1., 3., 3., 1.], dtype=x.dtype) / 8
    return (k[:, None] * k).expand(x.shape[1], 1, 4, 4)


def generator(p, z, trace):
    x = F.conv_transpose2d(z[:, :, None, None], p["generator.basis.weight"], p["generator.basis.bias"])
    x = conv(p, "generator.stage4.widths", stage(p, "generator.stage4", x, trace))
    x = F.conv_transpose2d(x, 4 * resample(x), stride=2, padding=1, groups=x.shape[1])
    x = stage(p, "generator.stage8", x, trace)
    # A smooth kernel: every pixel four times, then a convolution, whose weights are those of a transposed one.
    w = p["generator.picture.weight"].transpose(0, 1).flip(2, 3)
    return F.conv2d(F.interpolate(x, scale_factor=2), w, p["generator.picture.bias"], padding=1)


def discriminator(p, x, trace):
    x = F.avg_pool2d(conv(p, "discriminator.picture", x, 1), 2)
    x = stage(p, "discriminator.stage8", x, trace)
    x = F.conv2d(x, resample(x), stride=2, padding=1, groups=x.shape[1])
    x = stage(p, "discriminator.stage4", conv(p, "discriminator.stage8.widths", x), trace)
    return conv(p, "discriminator.logits", x).flatten()


if __name__ == "__main__":
    relativistic_torch.main("residual16", relativistic_torch.Networks(NET, initial, generator, discriminator))
