"""Writes the pictures with colour profiles of formats/, and prints what littleCMS makes of them.

    python profiles.py

Made with Pillow 13.0.0. The profiles are put together here: primaries and curves of Display P3 and of
Adobe RGB (1998), adapted to D50.
"""

import struct, io
from PIL import Image, ImageCms


def s15(v):
    return struct.pack(">i", round(v * 65536))


def xyz(v):
    return b"XYZ \0\0\0\0" + b"".join(s15(x) for x in v)


def curve(g):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(g * 256)) + b"\0\0"


def para_srgb():
    return (
        b"para\0\0\0\0"
        + struct.pack(">HH", 3, 0)
        + b"".join(s15(x) for x in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    )


def desc(t):
    b = t.encode("utf-16be")
    return b"mluc\0\0\0\0" + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(b), 28) + b


def profile(prim, trc, name):
    tags = {
        b"desc": desc(name),
        b"cprt": desc("none"),
        b"wtpt": xyz((0.9642, 1, 0.8249)),
        b"rXYZ": xyz(prim[0]),
        b"gXYZ": xyz(prim[1]),
        b"bXYZ": xyz(prim[2]),
        b"rTRC": trc,
        b"gTRC": trc,
        b"bTRC": trc,
    }
    off = 128 + 4 + 12 * len(tags)
    table = b""
    body = b""
    for k, v in tags.items():
        v += b"\0" * (-len(v) % 4)
        table += k + struct.pack(">II", off + len(body), len(v))
        body += v
    size = off + len(body)
    h = (
        struct.pack(">I4sI4s4s4s", size, b"lcms", 0x04300000, b"mntr", b"RGB ", b"XYZ ")
        + bytes(12)
        + b"acsp"
        + bytes(24)
        + struct.pack(">I", 0)
        + s15(0.9642)
        + s15(1)
        + s15(0.8249)
    )
    h = h + bytes(128 - len(h))
    return h + struct.pack(">I", len(tags)) + table + body


p3 = profile([(0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)], para_srgb(), "P3")
adobe = profile(
    [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)],
    curve(2.19921875),
    "Adobe RGB compatible",
)
cols = [(200, 60, 30), (40, 180, 90), (30, 70, 220), (230, 200, 60)]
img = Image.new("RGB", (32, 32))
for i, c in enumerate(cols):
    img.paste(c, (i % 2 * 16, i // 2 * 16, i % 2 * 16 + 16, i // 2 * 16 + 16))
out = "formats"
for n, p in (("p3", p3), ("adobe", adobe)):
    ref = ImageCms.profileToProfile(
        img, ImageCms.ImageCmsProfile(io.BytesIO(p)), ImageCms.createProfile("sRGB"), renderingIntent=0
    )
    print(n, [ref.getpixel((8 + i % 2 * 16, 8 + i // 2 * 16)) for i in range(4)])
    img.save(f"{out}/{n}.jpg", quality=100, subsampling=0, icc_profile=p)
    if n == "p3":
        img.save(f"{out}/{n}.png", icc_profile=p)
        img.save(f"{out}/{n}.webp", lossless=True, icc_profile=p)
        img.save(f"{out}/{n}.tif", icc_profile=p)
