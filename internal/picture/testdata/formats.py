"""Writes formats/: one picture in every format and colour mode that is read.

    python formats.py

Made with Pillow 11.3.0. The picture has 32 x 32 pixels in four squares: red,
green, blue and, where there is alpha, transparent, else yellow.
"""

import os

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
