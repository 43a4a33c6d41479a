"""Writes resize.golden: squares as OpenCV and Pillow resize them.

    python resize.py > resize.golden

Made with opencv-python-headless 4.10.0 and Pillow 11.3.0 (13 takes
the direction down first where that is cheaper). A line holds the
filter, the source's width, height and channels, the target's size, and the
target's bytes, channels interleaved, in hexadecimal. The source's bytes come
from the generator below.
"""

import cv2
import numpy as np
from PIL import Image

SHAPES = [
    # width, height, size
    (8, 8, 8),  # nothing to do
    (16, 16, 8),  # exactly one half, which OpenCV averages
    (16, 8, 8),  # one half across only
    (24, 24, 8),
    (17, 23, 8),
    (100, 9, 8),
    (9, 300, 8),
    (451, 300, 16),
    (5, 7, 16),  # enlarging
    (3, 40, 16),  # enlarging across, reducing down
    (1, 1, 8),
    (1, 50, 8),
    (127, 255, 16),
]


def noise(width, height, channels):
    """The high bytes of a linear congruential generator (Knuth's MMIX)."""
    state, out = 1, bytearray()
    for _ in range(width * height * channels):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(state >> 56)
    return np.frombuffer(bytes(out), np.uint8).reshape(height, width, channels)


def pillow(source, size):
    channels = source.shape[2]
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    img = Image.frombytes(mode, (source.shape[1], source.shape[0]), source.tobytes())
    return img.resize((size, size), Image.BILINEAR).tobytes()


def opencv(source, size):
    return cv2.resize(source, (size, size)).tobytes()


for width, height, size in SHAPES:
    for channels in 1, 3, 4:
        source = noise(width, height, channels)
        for name, resize in ("antialias", pillow), ("bilinear", opencv):
            print(name, width, height, channels, size, resize(source, size).hex())
