"""Writes metrics.json: every measure of two small sets, computed with NumPy, SciPy,
pytorch-fid and prdc, and mobilenet.json: features of the embedded network, computed
with PyTorch in float64 from the embedded file.

    pip install torch torchvision numpy scipy pytorch-fid prdc && python make_metrics.py
"""
import json
import os

import numpy as np
import scipy.ndimage
import torch
import torch.nn.functional as F
from prdc import compute_prdc
from pytorch_fid.fid_score import calculate_frechet_distance

from make_hash import uniform

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, value):
    with open(os.path.join(HERE, name), "w") as f:
        json.dump(value, f)


def kid(x, y, subsets_x, subsets_y):
    def k(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    out = []
    for i, j in zip(subsets_x, subsets_y):
        a, b, m = x[i], y[j], len(i)
        aa, bb = k(a, a), k(b, b)
        out.append((aa.sum() - np.trace(aa) + bb.sum() - np.trace(bb)) / (m * (m - 1)) - 2 * k(a, b).mean())
    return out


def distances(a, b):
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(2))


def near_duplicates(data, samples):
    def nearest(x):
        d = distances(x, x)
        np.fill_diagonal(d, np.inf)
        return d.min(1)

    return float((nearest(samples) < np.quantile(nearest(data), 0.01)).mean())


def pyramid(picture, levels):
    """As in Progressive GANs: channels first, float."""
    w = np.float64([1, 4, 6, 4, 1])
    w = np.outer(w, w) / 256

    def down(p):
        return np.stack([scipy.ndimage.convolve(c, w, mode="mirror")[::2, ::2] for c in p])

    def up(p):
        big = np.zeros((p.shape[0], 2 * p.shape[1], 2 * p.shape[2]))
        big[:, ::2, ::2] = p
        return np.stack([scipy.ndimage.convolve(c, w * 4, mode="mirror") for c in big])

    out = [picture]
    for _ in range(levels - 1):
        out.append(down(out[-1]))
        out[-2] = out[-2] - up(out[-1])
    return out


def swd(a, b, directions):
    """a, b: [n, channels, 7, 7]"""
    def flat(d):
        d = d - d.mean((0, 2, 3), keepdims=True)
        return (d / d.std((0, 2, 3), keepdims=True)).reshape(len(d), -1)

    a, b = np.sort(flat(a) @ directions, 0), np.sort(flat(b) @ directions, 0)
    return float(np.abs(a - b).mean())


def metrics():
    n, m, d = 90, 70, 8
    x = uniform(11, n * d).reshape(n, d).astype(np.float32).astype(float) + 1
    y = (uniform(12, m * d).reshape(m, d) * 1.2).astype(np.float32).astype(float) + 1.1
    y[5], y[6] = y[4], y[4] + 1e-4
    y = y.astype(np.float32).astype(float)
    few = x[:5]  # fewer vectors than values
    subsets_x = [[(7 * s + 11 * j) % n for j in range(30)] for s in range(10)]
    subsets_y = [[(5 * s + 3 * j) % m for j in range(30)] for s in range(10)]
    fid = lambda a, b: float(calculate_frechet_distance(a.mean(0), np.cov(a, rowvar=False), b.mean(0), np.cov(b, rowvar=False), eps=0))
    pictures = [np.round((uniform(20 + i, 3 * 32 * 32).reshape(3, 32, 32) + 0.5) * 255) for i in range(2)]
    corners = [(i * 3 % 10, i * 7 % 10) for i in range(16)]
    directions = np.stack([uniform(100 + k, 147) for k in range(128)], 1)
    directions = directions / np.linalg.norm(directions, axis=0)
    patches = [np.stack([p[:, r:r + 7, c:c + 7] for r, c in corners]) for p in pictures]
    grey = np.tensordot([0.299, 0.587, 0.114], pictures[0] / 127.5 - 1, 1)
    laplacian = scipy.ndimage.convolve(grey, [[0, -1, 0], [-1, 4, -1], [0, -1, 0]])[1:-1, 1:-1]
    write("metrics.json", {
        "y": y.tolist(),
        "fd": fid(x, y), "fd_few": fid(few, y),
        "kid": kid(x, y, subsets_x, subsets_y),
        **compute_prdc(x, y, 5),
        "near_duplicates": near_duplicates(x, y),
        "pyramid": [[float(f"{v:.7g}") for v in level[1].ravel()] for level in pyramid(pictures[0], 2)],
        "swd": swd(patches[0], patches[1], directions),
        "energy": float((laplacian**2).mean()),
    })


def mobilenet():
    data = open(os.path.join(HERE, "../weights/mobilenet.bin"), "rb").read()
    line, _, rest = data.partition(b"\n")
    w, at = {}, 0
    for t in json.loads(line):
        size = int(np.prod(t["shape"]))
        v = np.frombuffer(rest, np.uint8, size, at).astype(float) * t["scale"] + t["min"]
        w[t["name"]] = torch.from_numpy(v.reshape(t["shape"]))
        at += size

    def norm(x, name):
        g = lambda k: w[f"{name}/{k}"]
        return F.batch_norm(x, g("moving_mean"), g("moving_variance"), g("gamma"), g("beta"), eps=1e-3)

    def conv(x, name, bn, stride=1):
        k = w[name + "/kernel"].permute(3, 2, 0, 1)
        if stride == 2:
            x = F.pad(x, (0, 1, 0, 1))
        return norm(F.conv2d(x, k, stride=stride), bn)

    def depthwise(x, name, stride):
        k = w[name + "/depthwise_kernel"].permute(2, 3, 0, 1)
        x = F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
        return norm(F.conv2d(x, k, stride=stride, groups=k.shape[0]), name + "_BN")

    pictures = np.stack([
        np.round((uniform(i + 1, 3 * 64 * 64).reshape(3, 64, 64) * 0.3 + np.linspace(0.3, 0.7, 64)) * 255) / 255
        for i in range(2)])
    x = F.interpolate(torch.from_numpy(pictures), size=(128, 128), mode="bilinear", align_corners=False)
    x = F.relu6(conv(x, "Conv1", "bn_Conv1", 2))
    strides = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1]
    for i, stride in enumerate(strides):
        name = f"block_{i}" if i else "expanded_conv"
        y = F.relu6(conv(x, name + "_expand", name + "_expand_BN")) if i else x
        y = F.relu6(depthwise(y, name + "_depthwise", stride))
        y = conv(y, name + "_project", name + "_project_BN")
        x = x + y if x.shape == y.shape else y
    x = x.mean((2, 3)).numpy()
    print("mobilenet", x.shape, x.mean(), x.std())
    write("mobilenet.json", [[float(f"{v:.7g}") for v in row] for row in x])


metrics()
mobilenet()
