"""Writes the HEIC and AVIF pictures of formats/, as formats.py describes them.

    python heif.py

Made with Pillow 13.0.0 and pillow-heif 1.8.1. The grid, four tiles as phones write
them, is put together here (ISO/IEC 23008-12, 6.6.2.3).
"""

import io
import os
import struct

import pillow_heif
from PIL import Image, ImageDraw

pillow_heif.register_heif_opener()

COLOURS = [(255, 0, 0), (0, 160, 0), (0, 0, 255), (255, 255, 0)]


def squares(mode="RGB", last=(255, 255, 0)):
    img = Image.new(mode, (32, 32))
    draw = ImageDraw.Draw(img)
    for i, color in enumerate(COLOURS[:3] + [last]):
        x, y = i % 2 * 16, i // 2 * 16
        draw.rectangle([x, y, x + 15, y + 15], fill=color)
    return img


def save(img, name, **options):
    img.save(os.path.join("formats", name), **options)


def box(kind, *contents):
    content = b"".join(contents)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind, version, flags, *contents):
    return box(kind, struct.pack(">I", version << 24 | flags), *contents)


def boxes(data):
    while len(data) >= 8:
        length, kind = struct.unpack(">I4s", data[:8])
        yield kind, data[8:length]
        data = data[length:]


def tile(colour):
    """Returns the decoder's configuration and the pixels of a tile of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, "HEIF", quality=95)
    content = dict(boxes(out.getvalue()))
    properties = dict(boxes(dict(boxes(dict(boxes(content[b"meta"][4:]))[b"iprp"]))[b"ipco"]))
    return properties[b"hvcC"], content[b"mdat"]


def grid(name, turn):
    """Writes four tiles of 64 x 64 as a grid, cropped to the 32 x 32 in its middle and turned."""
    tiles = [tile(c) for c in COLOURS]
    description = struct.pack(">BBBBHH", 0, 0, 1, 1, 128, 128)
    infos = [full(b"infe", 2, 1, struct.pack(">HH4s", i, 0, b"hvc1"), b"\0") for i in range(1, 5)]
    infos.append(full(b"infe", 2, 0, struct.pack(">HH4s", 5, 0, b"grid"), b"\0"))
    properties = [box(b"hvcC", t[0]) for t in tiles] + [
        full(b"ispe", 0, 0, struct.pack(">II", 64, 64)),
        full(b"ispe", 0, 0, struct.pack(">II", 128, 128)),
        box(b"clap", struct.pack(">IIIIiIiI", 32, 1, 32, 1, 0, 1, 0, 1)),
        box(b"irot", bytes([turn])),
    ]
    wanted = [[0x80 | i, 5] for i in range(1, 5)] + [[6, 0x87, 0x88]]
    associations = b"".join(struct.pack(">HB", i + 1, len(w)) + bytes(w) for i, w in enumerate(wanted))

    def meta(at):
        places = []
        for i, (_, pixels) in enumerate(tiles):
            places.append(struct.pack(">HHHHII", i + 1, 0, 0, 1, at, len(pixels)))
            at += len(pixels)
        places.append(struct.pack(">HHHHII", 5, 1, 0, 1, 0, len(description)))
        return full(
            b"meta", 0, 0,
            full(b"hdlr", 0, 0, struct.pack(">I4s12sx", 0, b"pict", b"")),
            full(b"pitm", 0, 0, struct.pack(">H", 5)),
            full(b"iloc", 1, 0, struct.pack(">HH", 0x4400, 5), *places),
            full(b"iinf", 0, 0, struct.pack(">H", 5), *infos),
            full(b"iref", 0, 0, box(b"dimg", struct.pack(">HH4H", 5, 4, 1, 2, 3, 4))),
            box(b"iprp", box(b"ipco", *properties), full(b"ipma", 0, 0, struct.pack(">I", 5), associations)),
            box(b"idat", description),
        )

    head = box(b"ftyp", b"heic", b"\0\0\0\0", b"mif1heic")
    at = len(head) + len(meta(0)) + 8
    with open(os.path.join("formats", name), "wb") as f:
        f.write(head + meta(at) + box(b"mdat", *(t[1] for t in tiles)))


def turned(ending):
    exif = Image.Exif()
    exif[274] = 6
    save(squares().transpose(Image.Transpose.ROTATE_90), "turned-6." + ending, exif=exif.tobytes(), quality=95)


save(squares(), "rgb.heic", quality=95)
save(squares("RGBA", (9, 9, 9, 0)), "alpha.heic", quality=95)
save(squares().convert("L"), "grey.heic", quality=95)
several = pillow_heif.from_pillow(squares())
several.add_from_pillow(Image.new("RGB", (32, 32), "white"))
several.save(os.path.join("formats", "several.heic"), quality=95)
pillow_heif.encode("RGB;16", (32, 32), b"".join(bytes([0, v]) for v in squares().tobytes()),
                   os.path.join("formats", "10-bit.heic"), quality=95)
turned("heic")
grid("grid.heic", 0)

save(squares(), "rgb.avif", quality=95)
save(squares("RGBA", (9, 9, 9, 0)), "alpha.avif", quality=95)
save(squares(), "animated.avif", quality=95, save_all=True, append_images=[Image.new("RGB", (32, 32), "white")])
turned("avif")
