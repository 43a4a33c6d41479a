"""Pictures decoded and made 64x64 a second: ours, OpenCV and Pillow in a DataLoader.

    python bench/loader/run.py [--zip avatars-64.zip] [--rounds 3]

Needs Go, numpy, opencv-python-headless, pillow and torch. It makes 1,000 JPEGs
of 1024x768 (4:2:0, quality 85: smooth shapes, detail and noise, 128 KB each) in a
temporary folder, unpacks the zip, if any, and reads each folder in turn with every
reader. A reader's rate per core is pictures by the processor's seconds, which
other programs on the machine change little; seconds by the clock are given too.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

SIZE = 64
HERE = os.path.dirname(os.path.abspath(__file__))


def make_photos(folder, n=1000, width=1024, height=768):
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(1)
    for k in range(n):
        if k % 20 == 0:  # shapes and detail for 20 pictures, each with noise of its own
            base = np.full((height, width, 3), 128, np.float32)
            for cells, amplitude in ((4, 80), (16, 40), (64, 20), (256, 10)):
                grid = rng.standard_normal((cells * 3 // 4 + 1, cells, 3)).astype(np.float32)
                planes = [Image.fromarray(grid[..., c]).resize((width, height), Image.BICUBIC) for c in range(3)]
                base += amplitude * np.stack([np.asarray(p) for p in planes], -1)
        noisy = base + 3 * rng.standard_normal((height, width, 1), dtype=np.float32)
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(
            os.path.join(folder, f"{k:04d}.jpg"), quality=85, subsampling=2)


def files_of(folder):
    names = [os.path.join(d, f) for d, _, fs in os.walk(folder) for f in fs]
    return sorted(n for n in names if n.endswith((".jpg", ".png")))


def read_opencv(names, threads):
    import concurrent.futures
    import cv2

    cv2.setNumThreads(1)

    def read(name):
        img = cv2.imread(name)
        h, w = img.shape[:2]
        s = min(h, w)
        y, x = (h - s) // 2, (w - s) // 2
        return cv2.resize(img[y:y + s, x:x + s], (SIZE, SIZE))

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        return sum(1 for _ in pool.map(read, names))


def read_pillow(names, threads):
    import numpy as np
    import torch
    from PIL import Image

    class Pictures(torch.utils.data.Dataset):
        def __len__(self):
            return len(names)

        def __getitem__(self, i):
            img = Image.open(names[i]).convert("RGB")
            w, h = img.size
            s = min(w, h)
            x, y = (w - s) // 2, (h - s) // 2
            img = img.crop((x, y, x + s, y + s)).resize((SIZE, SIZE), Image.BILINEAR)
            return torch.from_numpy(np.array(img))

    torch.set_num_threads(1)
    loader = torch.utils.data.DataLoader(Pictures(), batch_size=64, num_workers=threads)
    return sum(len(batch) for batch in loader)


def child(reader, folder, threads):
    """What a process of its own does: warm up on a few, then time all."""
    read = {"opencv": read_opencv, "pillow": read_pillow}[reader]
    names = files_of(folder)
    read(names[:8], threads)

    def used():
        return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))

    began, before = time.perf_counter(), used()
    n = read(names, threads)
    print(f"TIMES {n} {time.perf_counter() - began:.4f} {used() - before:.4f}")


def ask(reader, folder, threads, binary):
    if reader.startswith("dcgan"):
        cmd = [binary, "-test.run=^TestLoad$", f"-data={folder}", f"-threads={threads}"]
        if reader.endswith("bilinear"):
            cmd.append("-filter=bilinear")
    else:
        cmd = [sys.executable, os.path.abspath(__file__), "--child", reader, folder, str(threads)]
    out = subprocess.run(cmd, check=True, capture_output=True, text=True).stdout
    n, wall, cpu = out.split("TIMES ")[1].split()[:3]
    return int(n), float(wall), float(cpu)


def versions():
    import cv2
    import PIL
    import torch

    go = subprocess.run(["go", "version"], capture_output=True, text=True).stdout.split()[2]
    return f"{go}, OpenCV {cv2.__version__}, Pillow {PIL.__version__}, torch {torch.__version__}, Python {platform.python_version()}"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--zip")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--child", nargs=3)
    a = p.parse_args()
    if a.child:
        child(a.child[0], a.child[1], int(a.child[2]))
        return
    readers = ["dcgan", "dcgan, bilinear", "opencv", "pillow"]
    print(f"{os.cpu_count()} cores; {versions()}; load {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory() as tmp:
        binary = os.path.join(tmp, "loader.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "."], cwd=HERE, check=True)
        sets = {"1,000 JPEG of 1024x768": os.path.join(tmp, "photos")}
        os.mkdir(sets["1,000 JPEG of 1024x768"])
        make_photos(sets["1,000 JPEG of 1024x768"])
        if a.zip:
            name = os.path.basename(a.zip)
            sets[name] = os.path.join(tmp, "zip")
            zipfile.ZipFile(a.zip).extractall(sets[name])
        print("| pictures | reader | threads | a second by the clock | a second of a core | times Pillow's |")
        print("|---|---|---|---|---|---|")
        for name, folder in sets.items():
            for threads in (1, 2):
                times = {r: [] for r in readers}
                for _ in range(a.rounds):
                    for r in readers:
                        times[r].append(ask(r, folder, threads, binary))
                rate = {r: statistics.median(n / cpu for n, _, cpu in times[r]) for r in readers}
                for r in readers:
                    wall = statistics.median(n / w for n, w, _ in times[r])
                    print(f"| {name} | {r} | {threads} | {wall:.0f} | {rate[r]:.0f} | {rate[r] / rate['pillow']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
