"""What the peers' scripts share: options, the networks' widths, timing, the report.

A peer makes the training step that dcgan makes at its defaults: one update of D, five of
G, then the losses evaluated anew, on random pictures. It prints one line of JSON: step_s, the times of single steps, rss_mb.
"""

import argparse
import json
import resource
import statistics
import sys
import time

LR_D, LR_G, BETA1, BETA2, EPSILON = 4e-4, 1e-4, 0.5, 0.999, 1e-8
BN_EPSILON, LEAK, SMOOTHED = 1e-3, 0.2, 0.875
GEN_UPDATES, NZ, CHANNELS = 5, 64, 3


def options(variants):
    p = argparse.ArgumentParser()
    p.add_argument("--variant", choices=variants, default=variants[0])
    p.add_argument("--dtype", choices=["fp32", "bf16"], default="fp32")
    for name, default in [("size", 64), ("batch", 64), ("ngf", 64), ("ndf", 64),
                          ("threads", 2), ("steps", 3)]:
        p.add_argument("--" + name, type=int, default=default)
    return p.parse_args()


def widths(o):
    """The output channels of G's transposed convolutions and of D's convolutions."""
    levels = o.size.bit_length() - 1
    return ([o.ngf << (levels - 1 - i) for i in range(1, levels)],
            [o.ndf << i for i in range(levels)])


def report(o, version, step):
    """Time o.steps steps after a first one, which compiles and allocates."""
    times = []
    for i in range(o.steps + 1):
        began = time.perf_counter()
        losses = step()
        times.append(time.perf_counter() - began)
        print(f"step {i}: {times[-1]:.2f} s, losses {losses}", file=sys.stderr, flush=True)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({
        "version": version, "variant": o.variant, "dtype": o.dtype,
        "step_s": statistics.median(times[1:]), "steps_s": times[1:], "first_s": times[0],
        "rss_mb": rss * 1024 / 1e6 if sys.platform == "linux" else rss / 1e6}))
