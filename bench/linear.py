#!/usr/bin/env python3
"""Is the time of a step proportional to its operations?

    bench/linear.py [--threads N]

runs `dcgan bench` at other batches, sizes and widths than the defaults, one at a
time, with the defaults between them, and prints a table in markdown: the speed of
each by the plain count of operations, relative to the defaults just before and
just after. About ten minutes on two cores.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
DEFAULTS = {"batch": 64, "size": 64, "ngf": 64, "ndf": 64}
CASES = [{"batch": b} for b in (16, 32, 128, 256)] + [{"size": s} for s in (32, 128)]
CASES += [{"ngf": w, "ndf": w} for w in (16, 32)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    threads = parser.parse_args().threads
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "dcgan")
        subprocess.run(["go", "build", "-o", binary, "./cmd/dcgan"], cwd=ROOT, check=True)

        def speed(**case):
            flags = [text for k, v in ({**DEFAULTS, **case, "threads": threads}).items() for text in ("--" + k, str(v))]
            return json.loads(subprocess.run([binary, "bench", "--json", *flags], check=True, capture_output=True).stdout)

        print("| batch | size | ngf = ndf | operations | a step, s | GFLOP/s | relative to the defaults |")
        print("|---|---|---|---|---|---|---|")
        before = speed()
        for case in CASES:
            it, after = speed(**case), speed()
            base = statistics.mean((before["gflops"], after["gflops"]))
            row(it, case, it["gflops"] / base)
            before = after
        row(before, {}, 1)


def row(it, case, ratio):
    c = {**DEFAULTS, **case}
    print(f"| {c['batch']} | {c['size']} | {c['ngf']} | {it['flop']:.3g} | {it['step_s']:.3f} | {it['gflops']:.0f} | {ratio:.2f} |",
          flush=True)


if __name__ == "__main__":
    main()
