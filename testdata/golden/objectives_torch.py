"""Compute objectives.json: losses and their slopes by PyTorch's autograd, in float64.

    python objectives_torch.py

For each batch of logits and each objective: D's loss and its gradients on both batches, G's
loss and its gradient on the generated batch. JSON writes the shortest text that reads as
the same float64.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

SMOOTHING = 0.25


def sigmoid(x, g):
    bce = F.binary_cross_entropy_with_logits
    target = torch.full_like(x, 1 - SMOOTHING / 2)
    return bce(x, target) + bce(g, torch.zeros_like(g)), bce(g, torch.ones_like(g))


def non_saturating(x, g):
    return -F.logsigmoid(x).mean() - F.logsigmoid(-g).mean(), -F.logsigmoid(g).mean()


def hinge(x, g):
    return F.relu(1 - x).mean() + F.relu(1 + g).mean(), -g.mean()


def relativistic(x, g):
    return -F.logsigmoid(x - g).mean(), -F.logsigmoid(g - x).mean()


OBJECTIVES = {"sigmoid": sigmoid, "non-saturating": non_saturating, "hinge": hinge, "relativistic": relativistic}
BATCHES = [
    {"real": [0.3, -1.7, 2.4, 0.9, 5.5], "generated": [-0.6, 1.1, -3.2, 0.05, -0.999]},
    {"real": [1.0, 0.0, -1.0], "generated": [-1.0, 0.0, 1.0]},
    {"real": [35.0, -40.0, 700.0, -750.0], "generated": [-35.0, 40.0, -700.0, 3.0]},
]


def main():
    rows = []
    for batch in BATCHES:
        for name, losses in OBJECTIVES.items():
            x, g = (torch.tensor(batch[k], dtype=torch.float64, requires_grad=True) for k in ("real", "generated"))
            d, of_g = losses(x, g)
            dreal, dgenerated = torch.autograd.grad(d, [x, g])
            fooled, = torch.autograd.grad(of_g, g)
            rows.append({
                "objective": name, **batch, "smoothing": SMOOTHING if name == "sigmoid" else 0,
                "discriminator_loss": d.item(), "generator_loss": of_g.item(), "d_real": dreal.tolist(),
                "d_generated": dgenerated.tolist(), "g_generated": fooled.tolist()})
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    (pathlib.Path(__file__).parent / "objectives.json").write_text(text)


if __name__ == "__main__":
    main()
