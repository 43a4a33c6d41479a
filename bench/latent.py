#!/usr/bin/env python3
"""Does a normal z give more pictures that look alike than a uniform one?

    bench/latent.py FOLDER [--steps 3000] [--seeds 3] [--jobs 2]

trains the recipe quick with both laws of z, each with the seeds 0 to 2, into
FOLDER/uniform-0, FOLDER/normal-0, ..., scored three times, one thread a run and two runs at a time. A
run that is there is resumed if it is not complete and taken as it is otherwise.
Then it prints each run's scores at the last step that all have been scored at, and
the mean and the standard deviation of each law's, as a table in markdown.
bench/latent.md has the result.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
LAWS = ("uniform", "normal")
KEYS = ("near_duplicates", "coverage", "recall", "precision", "kid", "sharpness")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "dcgan")
        subprocess.run(["go", "build", "-o", binary, "./cmd/dcgan"], cwd=ROOT, check=True)
        runs = [(law, seed) for seed in range(args.seeds) for law in LAWS]
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            list(pool.map(lambda r: train(binary, args, *r), runs))
    found = {run: scores(args.folder / f"{run[0]}-{run[1]}") for run in runs}
    step = max(set.intersection(*(set(s) for s in found.values())))
    print(f"Step {step}:\n")
    print("| z | seed | " + " | ".join(KEYS) + " |")
    print("|---|---|" + "---|" * len(KEYS))
    for law in LAWS:
        rows = [found[law, seed][step] for seed in range(args.seeds)]
        for seed, r in enumerate(rows):
            line(law, seed, [f"{r[k]:.3f}" for k in KEYS])
        columns = [[r[k] for r in rows] for k in KEYS]
        line(law, "mean ± s.d.", [f"{statistics.mean(c):.3f} ± {statistics.stdev(c):.3f}" for c in columns])


def train(binary, args, law, seed):
    """Trains one run to its end."""
    run = args.folder / f"{law}-{seed}"
    if run.exists():
        command = [binary, "resume", run, "--threads", "1"]
    else:
        command = [binary, "train", "--recipe", "quick", "--latent", law, "--seed", str(seed), "--threads", "1", "--out", run,
                   "--steps", str(args.steps), "--score-every", str(args.steps // 3)]
    subprocess.run([*command, "--quiet"], check=True)


def scores(run):
    """The scores of a run, by step."""
    with open(run / "metrics.jsonl") as f:
        return {m["step"]: m for m in map(json.loads, f) if "kid" in m}


def line(*cells):
    print("| " + " | ".join([cells[0], str(cells[1]), *cells[2]]) + " |")


if __name__ == "__main__":
    main()
