"""Numbers that the generators of goldens and the tests make alike."""
import numpy as np


def uniform(salt, n):
    """n numbers in [-1/2, 1/2): a hash of (salt, index), 32 bits all through."""
    with np.errstate(over="ignore"):
        x = np.arange(n, dtype=np.uint32) + np.uint32(salt) * np.uint32(0x9E3779B9)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x7FEB352D)
        x ^= x >> np.uint32(15)
        x *= np.uint32(0x846CA68B)
        x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 2**32 - 0.5


def salt(name):
    """FNV-1a."""
    h = 0x811C9DC5
    for c in name.encode():
        h = (h ^ c) * 0x01000193 & 0xFFFFFFFF
    return h
