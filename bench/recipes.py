"""Trains variants of a recipe one after another and prints a table of their scores: bench/recipes.md.

    go build ./cmd/dcgan
    python3 bench/recipes.py --out /tmp/variants --steps 4000 [--data FOLDER] [--seeds 0,1,2] [NAME ...]

Each variant changes flags of the default recipe. A run that exists already is resumed or, if it is whole, only read, so an
interrupted comparison goes on. The time is the processor's, of all threads, with scores and sheets.
"""

import argparse
import json
import pathlib
import resource
import subprocess
import sys

VARIANTS = {
    "vivid": [],
    "slow": ["--lr-d", "5e-4", "--lr-g", "5e-4"],
    "fast": ["--lr-d", "2e-3", "--lr-g", "2e-3"],
    "simultaneous": ["--updates", "simultaneous"],
    "free-kernels": ["--kernels", "free"],
    "smooth-both": ["--kernels", "smooth-both"],
    "diffaugment": ["--augment", "diffaugment"],
    "grey-border": ["--augment-border", "grey"],
    "p06": ["--augment-p", "0.6"],
    "p08": ["--augment-p", "0.8"],
    "controlled": ["--augment-target", "0.6", "--augment-p", "0.8"],
    "unmirrored": ["--mirror", "false"],
    "gamma03": ["--gamma", "0.3"],
    "gamma10": ["--gamma", "10"],
    "cosine": ["--schedule", "cosine", "--hold", "0.25", "--lr-end", "0.1", "--gamma-end", "1"],
    "width24": ["--ngf", "24", "--ndf", "24"],
    "batch16": ["--batch", "16"],
}
SCORES = ["kid", "fd", "swd", "precision", "recall", "coverage", "near_duplicates", "sharpness"]


def train(dcgan, out, data, flags, steps, every):
    """Returns the processor seconds that training on to the last step took, 0 if it was there already."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if (out / "config.json").exists():
        command = [dcgan, "resume", str(out), "--steps", str(steps), "-q"]
    else:
        command = [dcgan, "train", *data, *flags, "--steps", str(steps), "--score-every", str(every), "--out", str(out), "-q"]
    if last_step(out) < steps:
        subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def lines(out):
    path = out / "metrics.jsonl"
    return [json.loads(line) for line in path.open()] if path.exists() else []


def last_step(out):
    return max((line["step"] for line in lines(out)), default=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="*", metavar="NAME", help="of " + ", ".join(VARIANTS))
    parser.add_argument("--dcgan", default="./dcgan")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--data")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--every", type=int, default=1000, help="steps between scores")
    parser.add_argument("--seeds", default="0")
    args = parser.parse_args()
    unknown = [name for name in args.variants if name not in VARIANTS]
    if unknown:
        sys.exit(f"no variant is called {unknown[0]}; they are {', '.join(VARIANTS)}")

    print("| variant | seed | processor s | step | " + " | ".join(SCORES) + " |")
    print("|---" * (len(SCORES) + 4) + "|")
    for name in args.variants or VARIANTS:
        for seed in args.seeds.split(","):
            out = args.out / f"{name}-{seed}"
            flags = VARIANTS[name] + ["--seed", seed]
            seconds = train(args.dcgan, out, [args.data] if args.data else [], flags, args.steps, args.every)
            for line in lines(out):
                if "kid" in line:
                    scores = " | ".join(f"{line[key]:.3g}" for key in SCORES)
                    print(f"| {name} | {seed} | {seconds:.0f} | {line['step']} | {scores} |", flush=True)


if __name__ == "__main__":
    main()
