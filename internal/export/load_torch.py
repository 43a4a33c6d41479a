"""Loads a model that `dcgan export --safetensors` wrote, for PyTorch.

    from load_torch import load, latent
    generator, discriminator = load("model.safetensors")
    pictures = generator(latent(7, generator.settings))   # [1, channels, size, size], -1 to 1

As a program it paints seeds: python load_torch.py model.safetensors 7 8 9
Needs torch and safetensors; the program also pillow.
"""

import json
import math
import sys

import torch
from safetensors import safe_open
from torch import nn

EPSILON = 0.001  # of batch norms
SLOPE = 0.2  # of leaky ReLU
INPUT, NOTHING = -1, -2  # in place of a layer's index
CONVOLUTIONS = {"convolution": nn.Conv2d, "transposed": nn.ConvTranspose2d}
ACTIVATIONS = {
    "": nn.Identity(),
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(SLOPE),
    "tanh": nn.Tanh(),
}


class Norm(nn.Module):
    """A batch norm without gamma, by recorded statistics. kind is "sampling" or "running"."""

    def __init__(self, channels, kind):
        super().__init__()
        self.kind = kind
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer(kind + "_mean", torch.zeros(channels))
        self.register_buffer(kind + "_var", torch.ones(channels))

    def forward(self, x):
        mean, variance = getattr(self, self.kind + "_mean"), getattr(self, self.kind + "_var")
        return nn.functional.batch_norm(x, mean, variance, bias=self.bias, eps=EPSILON)


class Network(nn.Module):
    """One of the two networks, built from its table of layers."""

    def __init__(self, table, kind):
        super().__init__()
        self.table = table
        for row in table:
            if row["op"] in CONVOLUTIONS:
                put(self, local(row["name"]), CONVOLUTIONS[row["op"]](
                    row["in"], row["out"], row["kernel"], row["stride"], row["pad"], bias=not row["norm"]))
            if row["norm"]:
                put(self, local(row["norm"]), Norm(row["out"], kind))

    def forward(self, x):
        x = x.reshape(len(x), self.table[0]["in"], *(x.shape[2:] or (1, 1)))
        outputs = []
        for row in self.table:
            y = x if row["from"] == INPUT else outputs[row["from"]]
            if row["op"] in CONVOLUTIONS:
                y = self.get_submodule(local(row["name"]))(y)
            elif row["op"] != "identity":
                y = resample(y, row)
            if row["norm"]:
                y = self.get_submodule(local(row["norm"]))(y)
            if row["added"] != NOTHING:
                y = y + (x if row["added"] == INPUT else outputs[row["added"]])
            outputs.append(ACTIVATIONS[row["activation"]](y))
        return outputs[-1]


def local(name):
    """The name of a layer within its network: deconv1 of generator.deconv1."""
    return name.split(".", 1)[1]


def put(module, path, child):
    """Makes child the submodule of a path, with modules on the way to it."""
    *way, last = path.split(".")
    for name in way:
        if not hasattr(module, name):
            module.add_module(name, nn.Module())
        module = getattr(module, name)
    module.add_module(last, child)


def resample(x, row):
    """Halves or doubles every channel by fixed weights."""
    axis = torch.tensor({2: [1.0, 1.0], 4: [1.0, 3.0, 3.0, 1.0]}[row["kernel"]])
    axis = axis / axis.sum()
    channels = x.shape[1]
    kernel = torch.outer(axis, axis).expand(channels, 1, -1, -1)
    if row["op"] == "downsampling":
        return nn.functional.conv2d(x, kernel, stride=row["stride"], padding=row["pad"], groups=channels)
    return 4 * nn.functional.conv_transpose2d(x, kernel, stride=row["stride"], padding=row["pad"], groups=channels)


def load(path):
    """Returns the generator, whose input is z, [n, nz], and the discriminator, whose input
    are pictures; its output are logits, [n, 1, 1, 1]. Both are in evaluation mode and have
    the training's settings as .settings."""
    with safe_open(path, framework="pt") as f:
        about = f.metadata()
        tensors = {name: f.get_tensor(name) for name in f.keys()}
    tables = json.loads(about["layers"])
    networks = nn.ModuleDict({
        "generator": Network(tables["generator"], "sampling"),
        "discriminator": Network(tables["discriminator"], "running"),
    })
    networks.load_state_dict(tensors)
    networks.eval().requires_grad_(False)
    for network in networks.values():
        network.settings = json.loads(about["config"])
    return networks["generator"], networks["discriminator"]


def latent(seed, settings):
    """Returns the z of a seed, [1, nz]: Philox4x32-10 with the seed as its key."""
    numbers = uniform(seed)
    if settings["latent"] == "normal":
        z = [math.sqrt(-2 * math.log(1 - next(numbers))) * math.cos(2 * math.pi * next(numbers))
             for _ in range(settings["nz"])]
    else:
        z = [2 * next(numbers) - 1 for _ in range(settings["nz"])]
    return torch.tensor([z], dtype=torch.float32)


def uniform(seed):
    """Yields numbers from 0 to 1, each of 53 bits of two words, the first word low."""
    block = 0
    while True:
        a, b, c, d, k, l = block, 3, 0, 0, seed & 0xFFFFFFFF, seed >> 32
        for _ in range(10):
            p, q = a * 0xD2511F53, c * 0xCD9E8D57
            a, b, c, d = (q >> 32) ^ b ^ k, q & 0xFFFFFFFF, (p >> 32) ^ d ^ l, p & 0xFFFFFFFF
            k, l = (k + 0x9E3779B9) & 0xFFFFFFFF, (l + 0xBB67AE85) & 0xFFFFFFFF
        yield ((a | b << 32) >> 11) * 2.0**-53
        yield ((c | d << 32) >> 11) * 2.0**-53
        block += 1


def pixels(pictures, settings):
    """Returns the bytes of pictures, [n, size, size, channels]."""
    half = 0 if settings["rounding"] == "truncate" else 0.5
    return ((pictures + 1) * 127.5 + half).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def main(path, *seeds):
    from PIL import Image

    generator, _ = load(path)
    for seed in map(int, seeds):
        picture = pixels(generator(latent(seed, generator.settings)), generator.settings)[0]
        Image.fromarray(picture.squeeze(-1).numpy()).save(f"seed-{seed:08}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
