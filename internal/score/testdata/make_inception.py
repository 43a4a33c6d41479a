"""Writes inception.json: the network's tensors, and the 2,048 features of two pictures under weights that are
a hash of their place, computed by pytorch-fid's InceptionV3 in float64.

    pip install torch torchvision pytorch-fid && python make_inception.py
"""
import json
import os

import numpy as np
import torch
from pytorch_fid import inception

from make_hash import salt, uniform

HERE = os.path.dirname(os.path.abspath(__file__))


def fill(name, t):
    u = uniform(salt(name), t.numel()).reshape(tuple(t.shape))
    if name.endswith("conv.weight"):
        u = u * np.sqrt(24 / (t.numel() / t.shape[0]))  # keeps the size of what passes
    elif name.endswith("running_var"):
        u = 1 + u
    elif name.endswith("bn.weight"):
        u = 1 + u
    return torch.from_numpy(u.astype(np.float32))


# The network is filled in place of loading a file, and tells what it would load.
shapes = {}


def load(self, state, *args, **kwargs):
    for name, t in self.state_dict().items():
        if t.is_floating_point():
            shapes[name] = list(t.shape)
            t.copy_(fill(name, t))


inception.load_state_dict_from_url = lambda url, progress=True: {}
torch.nn.Module.load_state_dict = load

net = inception.InceptionV3([3]).double().eval()
pictures = np.stack([
    np.round((uniform(i + 1, 3 * 64 * 64).reshape(3, 64, 64) * 0.3 + np.linspace(0.3, 0.7, 64)) * 255) / 255
    for i in range(2)
])
with torch.no_grad():
    features = net(torch.from_numpy(pictures))[0].reshape(2, -1).numpy()
print(features.shape, features.mean(), features.std())
with open(os.path.join(HERE, "inception.json"), "w") as f:
    json.dump({"shapes": shapes, "features": [[float(f"{v:.7g}") for v in row] for row in features]}, f)
