"""What both golden generators share: the three nets, their tensors' names and
shapes, the formula behind every input, and the file format.

Nothing here computes a network. Needs NumPy only.
"""

import json
import math
import struct
from typing import NamedTuple

import numpy as np

BATCH, CHANNELS, NGF, NDF = 4, 3, 8, 8
STEPS, GENERATOR_UPDATES = 10, 5
LABEL_SMOOTHING = 0.25
LR_D, LR_G, BETA1, BETA2, ADAM_EPSILON = 4e-4, 1e-4, 0.5, 0.999, 1e-8
BATCH_NORM_DECAY, BATCH_NORM_EPSILON = 0.999, 1e-3
BIAS_SCALE = 0.1  # the reference starts biases at 0; here they must show in the gradients

LOSSES = ["discriminator_loss", "discriminator_loss_on_real",
          "discriminator_loss_on_generated", "generator_loss", "d_x", "d_gz"]

WHOLE = 65536  # larger tensors are thinned to every STRIDE-th element
STRIDE = 17    # odd, so that all 16 taps of a kernel are met


class Net(NamedTuple):
    size: int         # pictures are [BATCH, CHANNELS, size, size]
    nz: int           # z is [BATCH, nz]
    published: bool   # the published code's widths of G's middle layers
    first_batch: int  # step k takes real.step<first_batch + k - 1> and z likewise


# The batches are those on which float32 can follow float64: see choose_batches.py.
NETS = {
    "size16": Net(size=16, nz=16, published=False, first_batch=1195),
    "size64": Net(size=64, nz=64, published=False, first_batch=2222),
    "published64": Net(size=64, nz=64, published=True, first_batch=656),
}


def generator_widths(net):
    """Output channels of deconv1 to deconv<n>, n = log2(size) - 1."""
    n = int(math.log2(net.size)) - 1
    widths = [NGF * 2 ** (n - i) for i in range(1, n + 1)]
    if net.published:
        widths[1:-1] = [NGF * 2 * (n - i) for i in range(2, n)]
    return widths


def discriminator_widths(net):
    """Output channels of conv1 to conv<log2(size)>."""
    return [NDF * 2 ** i for i in range(int(math.log2(net.size)))]


def parameters(net):
    """Name -> (canonical shape, scale of the initial values), in layer order."""
    table = {}

    def weight(name, first, second, k):
        scale = math.sqrt(6 / (k * k * (first + second)))
        table[name + ".weight"] = ((first, second, k, k), scale)

    def bias(name, width):
        table[name + ".bias"] = ((width,), BIAS_SCALE)

    cin, widths = net.nz, generator_widths(net)
    for i, cout in enumerate(widths, 1):
        weight(f"generator.deconv{i}", cin, cout, 4)
        bias(f"generator.{'bn' if i < len(widths) else 'deconv'}{i}", cout)
        cin = cout
    weight("generator.logits", CHANNELS, cin, 1)
    bias("generator.logits", CHANNELS)

    cin = CHANNELS
    for i, cout in enumerate(discriminator_widths(net), 1):
        weight(f"discriminator.conv{i}", cout, cin, 4)
        bias(f"discriminator.{'conv' if i == 1 else 'bn'}{i}", cout)
        cin = cout
    weight("discriminator.logits", 1, cin, 1)
    bias("discriminator.logits", 1)
    return table


def fnv1a64(name):
    """64-bit FNV-1a of the UTF-8 bytes of name."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % 2 ** 64
    return h


def formula(name, shape, scale):
    """The input called name: scale times uniforms in [-1, 1), float32 values held as float64.

    Element i of the flattened tensor is output i of SplitMix64 seeded with
    fnv1a64(name), its upper 53 bits read as a fraction.
    """
    x = np.arange(1, math.prod(shape) + 1, dtype=np.uint64)
    x = np.uint64(fnv1a64(name)) + x * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = x ^ (x >> np.uint64(31))
    u = (x >> np.uint64(11)).astype(np.float64) * 2.0 ** -53
    return (scale * (2 * u - 1)).astype(np.float32).astype(np.float64).reshape(shape)


def initial(net):
    """Name -> initial value, float64, for every trained tensor."""
    return {name: formula(name, shape, scale)
            for name, (shape, scale) in parameters(net).items()}


def batch(net, step):
    """Pictures [BATCH, CHANNELS, size, size] and z [BATCH, nz] of step 1, 2, ..."""
    k = net.first_batch + step - 1
    real = formula(f"real.step{k}", (BATCH, CHANNELS, net.size, net.size), 1.0)
    return real, formula(f"z.step{k}", (BATCH, net.nz), 1.0)


def settings(net):
    """All that fixes the numbers in a file, for its metadata."""
    return {
        "size": net.size, "nz": net.nz, "published": net.published,
        "first_batch": net.first_batch,
        "batch": BATCH, "channels": CHANNELS, "ngf": NGF, "ndf": NDF,
        "generator_widths": generator_widths(net), "steps": STEPS,
        "gen_updates": GENERATOR_UPDATES, "label_smoothing": LABEL_SMOOTHING,
        "lr_d": LR_D, "lr_g": LR_G, "beta1": BETA1, "beta2": BETA2,
        "adam_epsilon": ADAM_EPSILON, "batch_norm_decay": BATCH_NORM_DECAY,
        "batch_norm_epsilon": BATCH_NORM_EPSILON, "losses": LOSSES,
    }


def stored(name, value):
    """What a file holds of a tensor: float32, thinned if large; losses whole, in float64."""
    if name == "losses":
        return value
    if value.size > WHOLE:
        value = value.reshape(-1)[::STRIDE]
    return value.astype(np.float32)


def write_safetensors(path, tensors, metadata):
    """Write tensors and metadata (text) so that equal contents are equal bytes.

    The safetensors library orders metadata at random. Wider types come first,
    which keeps every tensor aligned.
    """
    header, chunks, end = {"__metadata__": metadata}, [], 0
    for name, value in sorted(tensors.items(), key=lambda kv: (-kv[1].itemsize, kv[0])):
        data = np.ascontiguousarray(value).tobytes()
        header[name] = {"dtype": f"F{8 * value.itemsize}", "shape": list(value.shape),
                        "data_offsets": [end, end + len(data)]}
        chunks.append(data)
        end += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))
