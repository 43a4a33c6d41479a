"""Compute augment.json: augmented pictures and gradients by PyTorch, in float64.

    python augment_torch.py

A picture, DiffAugment's numbers for it, the augmented picture y, and the gradient of the sum of
w y with respect to the picture, by autograd. Moves are to the right and down; x0 to y1 is the
square that is cut out.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

SIZE = 8
CASES = [  # channels, brightness, saturation, contrast, x, y, reflect, cut (x0, y0, x1, y1)
    (3, 0.25, 1.75, 0.625, 1, -1, False, (3, 0, 7, 2)),
    (3, -0.375, 0.0, 1.375, -3, 2, True, (0, 6, 1, 8)),
    (1, 0.5, 0.25, 0.5, 0, 1, False, (0, 0, 0, 0)),
    (3, 0.0, 1.0, 1.0, -2, 3, True, (0, 0, 0, 0)),
]


def augmented(x, brightness, saturation, contrast, right, down, reflect, cut):
    """x: [1, channels, SIZE, SIZE]."""
    x = x + brightness
    mean = x.mean(1, keepdim=True)
    x = (x - mean) * saturation + mean
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * contrast + mean
    s = max(abs(right), abs(down))
    padded = F.pad(x, (s, s, s, s), mode="reflect" if reflect else "constant")
    x = padded[:, :, s - down:s - down + SIZE, s - right:s - right + SIZE]
    mask = torch.ones(1, 1, SIZE, SIZE, dtype=x.dtype)
    x0, y0, x1, y1 = cut
    mask[:, :, y0:y1, x0:x1] = 0
    return x * mask


def main():
    torch.manual_seed(0)
    rows = []
    for channels, *numbers in CASES:
        shape = 1, channels, SIZE, SIZE
        x, w = (torch.randint(-64, 65, shape).double() / 64 for _ in range(2))
        x.requires_grad_()
        y = augmented(x, *numbers)
        gradient, = torch.autograd.grad((w * y).sum(), x)
        keys = "brightness", "saturation", "contrast", "x", "y", "reflect", "cut"
        rows.append({"channels": channels, **dict(zip(keys, numbers)), **{
            name: [round(v, 15) for v in t.flatten().tolist()]
            for name, t in (("picture", x), ("seen", y), ("w", w), ("gradient", gradient))}})
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    (pathlib.Path(__file__).parent / "augment.json").write_text(text)


if __name__ == "__main__":
    main()
