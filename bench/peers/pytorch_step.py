"""Time the reference's training step on PyTorch, on the CPU.

Variants: plain (NCHW), channels_last (NHWC memory), compile (channels_last under
torch.compile). --dtype bf16 runs the networks under autocast.
"""

import contextlib

import torch
from torch import nn
from torch.nn import functional as F

import peer


def batch_norm(channels):
    norm = nn.BatchNorm2d(channels, eps=peer.BN_EPSILON)
    norm.weight.requires_grad_(False)  # the reference's has no gamma
    return norm


def generator(widths):
    layers, below = [], peer.NZ
    for i, width in enumerate(widths):
        last = i == len(widths) - 1
        stride, pad = (1, 0) if i == 0 else (2, 1)
        layers.append(nn.ConvTranspose2d(below, width, 4, stride, pad, bias=last))
        if not last:
            layers += [batch_norm(width), nn.ReLU(inplace=True)]
        below = width
    return nn.Sequential(*layers, nn.Conv2d(below, peer.CHANNELS, 1), nn.Tanh())


def discriminator(widths):
    layers, below = [], peer.CHANNELS
    for i, width in enumerate(widths):
        layers.append(nn.Conv2d(below, width, 4, 2, 1, bias=i == 0))
        if i > 0:
            layers.append(batch_norm(width))
        layers.append(nn.LeakyReLU(peer.LEAK, inplace=True))
        below = width
    return nn.Sequential(*layers, nn.Conv2d(below, 1, 1), nn.Flatten())


class Trainer:
    def __init__(self, o):
        g_widths, d_widths = peer.widths(o)
        self.format = torch.contiguous_format if o.variant == "plain" else torch.channels_last
        self.g = generator(g_widths).to(memory_format=self.format)
        self.d = discriminator(d_widths).to(memory_format=self.format)
        self.adam_g = self.adam(self.g, peer.LR_G)
        self.adam_d = self.adam(self.d, peer.LR_D)
        self.run_g, self.run_d = self.g, self.d
        if o.variant == "compile":
            self.run_g, self.run_d = torch.compile(self.g), torch.compile(self.d)
        self.precision = contextlib.nullcontext
        if o.dtype == "bf16":
            self.precision = lambda: torch.autocast("cpu", dtype=torch.bfloat16)
        self.shape = (o.batch, peer.CHANNELS, o.size, o.size)

    @staticmethod
    def adam(net, rate):
        trained = [p for p in net.parameters() if p.requires_grad]
        return torch.optim.Adam(trained, rate, (peer.BETA1, peer.BETA2), peer.EPSILON, fused=True)

    def pictures(self, z):
        with self.precision():
            return self.run_g(z)

    def loss(self, pictures, target):
        with self.precision():
            logits = self.run_d(pictures)
        logits = logits.float()
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))

    def train_d(self, trained):
        for p in self.trained_d:
            p.requires_grad_(trained)

    def step(self):
        real = (torch.rand(self.shape) * 2 - 1).to(memory_format=self.format)
        z = torch.rand(self.shape[0], peer.NZ, 1, 1) * 2 - 1

        # (1) Update D.
        with torch.no_grad():
            generated = self.pictures(z)
        self.adam_d.zero_grad()
        (self.loss(generated, 0.0) + self.loss(real, peer.SMOOTHED)).backward()
        self.adam_d.step()

        # (2) Update G; nothing learns in D, so its gradients are not computed.
        self.train_d(False)
        for _ in range(peer.GEN_UPDATES):
            self.adam_g.zero_grad()
            self.loss(self.pictures(z), 1.0).backward()
            self.adam_g.step()
        self.train_d(True)

        # The losses, with the weights of now.
        with torch.no_grad():
            generated = self.pictures(z)
            return [self.loss(real, peer.SMOOTHED).item(), self.loss(generated, 0.0).item()]

    @property
    def trained_d(self):
        return self.adam_d.param_groups[0]["params"]


def main():
    o = peer.options(["plain", "channels_last", "compile"])
    torch.manual_seed(0)
    torch.set_num_threads(o.threads)
    peer.report(o, "PyTorch " + torch.__version__, Trainer(o).step)


main()
