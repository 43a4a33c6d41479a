"""Compute relativistic16.safetensors: one update of D and the first of G with the relativistic
objective and the penalties R1 and R2, by PyTorch's double backward, in float64.

    python relativistic_torch.py [--search N]

The net is size16's with biases in place of D's batch norms. --search looks for the batch, of the
first N, on which float32 can follow float64: whose activations keep away from 0.
"""

import argparse
import json
import pathlib
from typing import Callable, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

import crosscheck_torch as torch_net
import nets

NET = nets.NETS["size16"]._replace(first_batch=599)
GAMMA, LR, BETA1, BETA2 = 10.0, 5e-4, 0.0, 0.99
FIGURES = ["discriminator_loss", "generator_loss", "d_margin", "d_sign", "r1", "r2"]


class Networks(NamedTuple):
    net: nets.Net
    initial: Callable  # () -> parameters by name
    generator: Callable  # (parameters, z, trace) -> pictures
    discriminator: Callable  # (parameters, pictures, trace) -> logits


def initial():
    """Name -> initial value; D's layers have biases, named as layers' are."""
    return {name: torch.tensor(nets.formula(name, shape, scale), requires_grad=True)
            for name, (shape, scale) in ((k.replace("discriminator.bn", "discriminator.conv"), v)
                                         for k, v in nets.parameters(NET).items())}


def discriminator(p, x, trace):
    """D: pictures [B, C, S, S] -> logits [B]."""
    for i in range(1, len(nets.discriminator_widths(NET)) + 1):
        x = F.conv2d(x, p[f"discriminator.conv{i}.weight"], p[f"discriminator.conv{i}.bias"], 2, 1)
        x = trace.activation(torch_net.leaky_relu, x)
    return F.conv2d(x, p["discriminator.logits.weight"], p["discriminator.logits.bias"]).flatten()


def penalty(logits, pictures):
    """Mean over the batch of the squared norm of D's gradient, to be differentiated again."""
    g, = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return g.square().sum((1, 2, 3)).mean()


def of(p, side):
    return {name: w for name, w in p.items() if name.startswith(side)}


def compute(networks, first_batch):
    """The file's tensors, and the least distance of an activation to its kink."""
    net, initial, generator, discriminator = networks
    p, trace = initial(), torch_net.Trace()
    real, z = (torch.tensor(x) for x in nets.batch(net._replace(first_batch=first_batch), 1))

    # (1) D.
    real.requires_grad_()
    generated = generator(p, z, trace).detach().requires_grad_()
    x, g = discriminator(p, real, trace), discriminator(p, generated, trace)
    loss, r1, r2 = F.softplus(g - x).mean(), penalty(x, real), penalty(g, generated)
    figures = [loss, F.softplus(x - g).mean(), (x - g).mean(), (x - g).sign().mean(), r1, r2]
    d = of(p, "discriminator")
    grads = torch.autograd.grad(loss + GAMMA / 2 * (r1 + r2), d.values())
    out = {"grad_d." + name: v for name, v in zip(d, grads)}
    out |= {"logits_real": x, "logits_generated": g, "losses": torch.stack(figures)}
    with torch.no_grad():  # Adam's first update, as TensorFlow has it
        for w, grad in zip(d.values(), grads):
            m, v = (1 - BETA1) * grad, (1 - BETA2) * grad ** 2
            w -= LR * (1 - BETA2) ** 0.5 / (1 - BETA1) * m / (v.sqrt() + nets.ADAM_EPSILON)

    # (2) G, behind the updated D.
    x = discriminator(p, real.detach(), trace)
    g = discriminator(p, generator(p, z, trace), trace)
    grads = torch.autograd.grad(F.softplus(x - g).mean(), of(p, "generator").values())
    out |= {"grad_g." + name: v for name, v in zip(of(p, "generator"), grads)}
    out |= {"updated_logits_real": x, "updated_logits_generated": g}
    return {name: v.detach().numpy() for name, v in out.items()}, trace.margin


def main(name, networks):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--search", type=int, default=0)
    search = parser.parse_args().search
    torch.set_num_threads(1)
    if search:
        margin, k = max((compute(networks, k)[1], k) for k in range(1, search + 1))
        print(f"batch {k}: activations keep away from 0 by {margin:.1e}")
        return
    tensors, margin = compute(networks, networks.net.first_batch)
    print(f"activations keep away from 0 by {margin:.1e};", dict(zip(FIGURES, tensors["losses"])))
    net = networks.net
    settings = {"size": net.size, "nz": net.nz, "batch": nets.BATCH, "first_batch": net.first_batch, "ngf": nets.NGF,
                "ndf": nets.NDF, "gamma": GAMMA, "lr_d": LR, "beta1": BETA1, "beta2": BETA2, "losses": FIGURES}
    whole = ("losses", "logits_real", "logits_generated", "updated_logits_real", "updated_logits_generated")
    nets.write_safetensors(
        pathlib.Path(__file__).parent / f"{name}.safetensors",
        {name: v if name in whole else v.astype(np.float32) for name, v in tensors.items()},
        {"settings": json.dumps(settings), "stride": "{}", "framework": f"torch {torch.__version__.split('+')[0]}"})


if __name__ == "__main__":
    main("relativistic16", Networks(NET, initial, torch_net.generator, discriminator))
