"""Search for batches on which float32 can follow float64: first_batch in nets.py.

    python choose_batches.py NET FROM TO

A ReLU's slope jumps at 0: an activation nearer to 0 than float32's rounding may fall on
the other side in a correct float32 engine, whose gradients are then off by some percent.
Adam's first update is nearly lr * sign(gradient): gradients lost in rounding do the same.
So of the values FROM to TO of first_batch this takes those whose activations keep away
from 0 in float64, runs them in float32 RUNS times, each from weights nudged by a rounding
error, and prints the best so far. It looks at ten steps at size 16 and at one at size 64,
which has too many activations for more.
"""

import sys

import torch

import crosscheck_torch
import nets

FLOOR = {16: 7e-6, 64: 3e-6}  # least distance of an activation to 0
RUNS = 12


def follow(net, dtype, steps, floor=0.0, nudge=0.0):
    """The trainer after steps steps; None once an activation comes nearer to 0 than floor."""
    trainer = crosscheck_torch.Trainer(net, dtype)
    with torch.no_grad():
        for weight in trainer.p.values():
            weight *= 1 + nudge * torch.randn(weight.shape, dtype=dtype)
    for step in range(1, steps + 1):
        trainer.update_d(step)
        for _ in range(nets.GENERATOR_UPDATES):
            if min(trainer.margins) < floor:
                return None
            trainer.update_g(step)
    return trainer if min(trainer.margins) >= floor else None


def numbers(trainer):
    return {name: value.double().numpy() for name, value in trainer.weights("").items()}


def distance(net, steps, bound):
    """How far float32 ends from float64, relative to the way trained; inf if beyond bound."""
    exact = follow(net, torch.float64, steps, FLOOR[net.size])
    if exact is None:
        return float("inf"), 0.0
    worst, start = 0.0, nets.initial(net)
    for _ in range(RUNS):
        near = follow(net, torch.float32, steps, nudge=6e-8)
        worst = max(worst, crosscheck_torch.moved(numbers(near), numbers(exact), start, ".")[0])
        if worst > bound:
            return float("inf"), 0.0
    return worst, min(exact.margins)


def main():
    name, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = nets.NETS[name]
    steps = nets.STEPS if net.size == 16 else 1
    best = float("inf")
    for first_batch in range(first, last + 1):
        found, margin = distance(net._replace(first_batch=first_batch), steps, best)
        if found < best:
            best = found
            print(f"{name}: first_batch {first_batch}: float32 differs by {best:.1e}, "
                  f"nearest activation {margin:.1e}", flush=True)


if __name__ == "__main__":
    main()
