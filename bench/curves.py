#!/usr/bin/env python3
"""The losses of several runs side by side.

    bench/curves.py RUN... [--every 100]

prints a table in markdown: of every so many steps the means of the losses of D and G, and of D's
answers to real and generated pictures, a column a run, as far as all of them have come.
"""

import argparse
import json
import pathlib
import statistics

FIGURES = ("discriminator_loss", "generator_loss", "d_x", "d_gz")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=pathlib.Path, metavar="RUN")
    parser.add_argument("--every", type=int, default=100, metavar="STEPS")
    args = parser.parse_args()
    runs = [[json.loads(line) for line in open(run / "metrics.jsonl")] for run in args.runs]
    print("| steps | " + " | ".join(run.name for run in args.runs) + " |")
    print("|---" * (len(runs) + 1) + "|")
    for start in range(0, min(map(len, runs)) - args.every + 1, args.every):
        cells = [" ".join(f"{statistics.mean(step[f] for step in run[start:start + args.every]):.2f}" for f in FIGURES) for run in runs]
        print(f"| {start + 1}-{start + args.every} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
