"""Writes formats/: one picture in every format and colour mode that is read.

    python formats.py

Made with Pillow 11.3.0 and imagecodecs 2026.10.10. The picture has 32 x 32 pixels in four squares: red,
green, blue and, where there is alpha, transparent, else yellow.
"""

import os

import imagecodecs
import numpy
from PIL import Image, ImageDraw

os.makedirs("formats", exist_ok=True)


def squares(mode, last):
    img = Image.new(mode, (32, 32))
    draw = ImageDraw.Draw(img)
    for i, color in enumerate([(255, 0, 0), (0, 160, 0), (0, 0, 255), last]):
        x, y = i % 2 * 16, i // 2 * 16
        draw.rectangle([x, y, x + 15, y + 15], fill=color)
    return img


def save(img, name, **options):
    img.save(os.path.join("formats", name), **options)


rgb = squares("RGB", (255, 255, 0))
rgba = squares("RGBA", (9, 9, 9, 0))
grey = rgb.convert("L")

save(rgb, "baseline.jpg", quality=95, subsampling=0)
save(rgb, "420.jpg", quality=95, subsampling=2)
save(rgb, "progressive.jpg", quality=95, progressive=True)
save(grey, "grey.jpg", quality=95)
save(rgb, "restarts.jpg", quality=95, restart_marker_blocks=1)
save(rgb.convert("CMYK"), "cmyk.jpg", quality=95)

save(rgb, "rgb.png")
save(rgba, "rgba.png")
save(grey, "grey.png")
save(rgba.convert("LA"), "grey-alpha.png")
save(grey.point(lambda v: v * 257, "I").convert("I;16"), "grey-16.png")
save(rgb.quantize(4), "palette-2bit.png", bits=2)
save(grey.point(lambda v: 255 * (v > 80)).convert("1"), "1bit.png")

palette = squares("RGB", (9, 9, 9)).quantize(4)
save(palette, "palette-transparent.png", transparency=palette.getpixel((31, 31)))

save(rgb.quantize(4), "still.gif")
save(palette, "transparent.gif", transparency=palette.getpixel((31, 31)))
first, second = rgb.quantize(4), Image.new("RGB", (32, 32), "white").quantize(4)
save(first, "animated.gif", save_all=True, append_images=[second])

save(rgb, "lossy.webp", quality=95)
save(rgb, "lossless.webp", lossless=True)
save(rgba, "lossy-alpha.webp", quality=95)
save(rgba, "lossless-alpha.webp", lossless=True, exact=True)

save(rgb, "rgb.bmp")
save(rgb.quantize(4), "palette.bmp")
save(rgb, "lzw.tif", compression="tiff_lzw")
save(rgb, "deflate.tif", compression="tiff_adobe_deflate")
save(rgba, "rgba.tif")

netpbm = {"plain.pbm": ("P1", "1 0\n1 0\n"), "plain.pgm": ("P2", "255\n76 94\n29 226\n")}
for name, (kind, body) in netpbm.items():  # 2 x 2, grown below
    with open(os.path.join("formats", name), "w") as f:
        values = [line.split() for line in body.splitlines()[-2:]]
        rows = [" ".join(v for v in row for _ in range(16)) for row in values for _ in range(16)]
        f.write(f"{kind}\n# a comment\n32 32\n" + ("255\n" if kind == "P2" else "") + "\n".join(rows) + "\n")
with open("formats/plain.ppm", "w") as f:  # a maximum that is not 255
    names = [["15 0 0", "0 9 0"], ["0 0 15", "15 15 0"]]
    f.write("P3 32 32 15\n" + "\n".join(" ".join(v for v in row for _ in range(16)) for row in names for _ in range(16)))
save(rgb, "raw.ppm")
save(grey, "raw.pgm")
save(grey.point(lambda v: 255 * (v > 80)).convert("1"), "raw.pbm")
with open("formats/16.ppm", "wb") as f:
    f.write(b"P6 32 32 65535\n" + b"".join(bytes([v, v]) for v in rgb.tobytes()))

with open("formats/rgba.pam", "wb") as f:
    f.write(b"P7\nWIDTH 32\nHEIGHT 32\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n" + rgba.tobytes())

save(rgba, "png.ico", sizes=[(16, 16), (32, 32)])
save(rgba, "bitmap.ico", sizes=[(32, 32)], bitmap_format="bmp")
save(squares("RGB", (255, 255, 0)), "animated.webp", save_all=True, lossless=True,
     append_images=[Image.new("RGB", (32, 32), "white")])

# As a camera that was held otherwise stores it.
turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that undoes the orientation
for orientation, undo in turns.items():
    exif = Image.Exif()
    exif[274] = orientation
    for ending in ["jpg", "png", "webp", "tif"] if orientation == 6 else ["jpg"]:
        options = {"jpg": {"quality": 95, "subsampling": 0}, "webp": {"lossless": True}}.get(ending, {})
        save(rgb.transpose(undo), f"turned-{orientation}.{ending}", exif=exif, **options)

# 12 bits a sample, from libjpeg-turbo 3.2.0, which imagecodecs contains.
deep = (numpy.asarray(rgb).astype(int) * 4095 // 255).astype("uint16")
with open("formats/12-bit.jpg", "wb") as f:
    f.write(imagecodecs.jpeg8_encode(deep, level=95, bitspersample=12, subsampling="444", optimize=True))

# Two pages, and between them a smaller copy of the first.
copy = rgb.resize((16, 16), Image.NEAREST)
copy.encoderinfo = {"tiffinfo": {254: 1}}
save(rgb, "pages.tif", compression="tiff_lzw", save_all=True, append_images=[copy, Image.new("RGB", (32, 32), "white")])


def with_box(img, color, box):
    img = img.copy()
    ImageDraw.Draw(img).rectangle(box, fill=color)
    return img


# An animation with every way to leave a frame (0 leave, 1 clear, 2 undo), and beside it
# its frames as Pillow shows them. ffmpeg 5.1 shows the same.
opaque = rgb.convert("RGBA")
cleared = with_box(opaque, (0, 0, 0, 0), [4, 4, 19, 19])
frames = [opaque, with_box(opaque, (255, 0, 255, 255), [4, 4, 19, 19]),
          with_box(cleared, (0, 255, 255, 255), [10, 2, 29, 11]),
          with_box(cleared, (255, 255, 255, 255), [16, 16, 27, 31])]
save(frames[0], "animated.png", save_all=True, append_images=frames[1:], disposal=[0, 1, 2, 0], blend=[0, 0, 1, 0])
animation = Image.open("formats/animated.png")
strip = Image.new("RGBA", (4 * 32, 32))
for i in range(4):
    animation.seek(i)
    strip.paste(animation.convert("RGBA"), (32 * i, 0))
save(strip, "animated.want.png")
