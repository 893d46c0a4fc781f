"""Makes the pictures that the tests need, of one public-domain portrait on a background of our own, and judges what came
of them. Sizes are width, height in pixels; areas are numpy arrays of booleans, True where they apply."""
import io
import pathlib
import struct
import subprocess
import zlib

import numpy
from PIL import Image, ImageCms

from command import ROOT

PORTRAIT_FILE = ROOT / ".deps/skimage/data/astronaut.png"
PORTRAIT_SIDE = 512
# Brow to mouth of the portrait: left, top, right, bottom. Any mask of the face hides it.
CORE = (195, 80, 260, 160)


def background(width, height):
    """A gradient with fine grain: what is hidden or touched by mistake shows in the samples."""
    y, x = numpy.mgrid[0:height, 0:width]
    grain = numpy.random.default_rng(1).integers(-6, 7, (height, width, 3))
    ramp = numpy.stack([60 + 120 * x / width, 90 + 90 * y / height, 150 - 80 * x / width], axis=-1)
    return Image.fromarray(numpy.clip(ramp + grain, 0, 255).astype(numpy.uint8))


def scene(size=(480, 400), portraits=((90, 40, 320),)):
    """A photo with the portrait pasted at (x, y) with the given side, for each of `portraits`."""
    picture = background(*size)
    portrait = Image.open(PORTRAIT_FILE).convert("RGB")
    for x, y, side in portraits:
        picture.paste(portrait.resize((side, side), Image.LANCZOS), (x, y))
    return picture


def core(x=90, y=40, side=320):
    """Where the middle of the face lies that scene() pasted there: left, top, right, bottom."""
    return tuple(round(offset + value * side / PORTRAIT_SIDE) for offset, value in zip((x, y, x, y), CORE))


def profile():
    """A small ICC profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def same_colours(profile, other):
    """Whether samples look the same with either profile."""
    values = numpy.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=numpy.uint8)
    made = [ImageCms.buildTransform(ImageCms.ImageCmsProfile(io.BytesIO(p)), ImageCms.createProfile("LAB"), "RGB", "LAB") for p in (profile, other)]
    return numpy.array_equal(*(numpy.asarray(ImageCms.applyTransform(Image.fromarray(values), m)) for m in made))


def samples(picture):
    return numpy.asarray(picture).astype(numpy.int32)


def pixels(path):
    """All samples of a file, as stored."""
    with Image.open(path) as picture:
        picture.load()
        return samples(picture)


def difference(before, after, box):
    """Mean absolute difference within left, top, right, bottom."""
    left, top, right, bottom = box
    return numpy.abs(before[top:bottom, left:right].astype(float) - after[top:bottom, left:right]).mean()


def psnr(before, after, area):
    error = ((before.astype(float) - after)[area] ** 2).mean()
    return 10 * numpy.log10(255**2 / max(error, 1e-9))


def touched(record, size, cell=1, page=0, slack=0.01):
    """The pixels of all cells (squares of `cell` pixels) that a hidden mask of the record touches. Computed from the
    record's own words: an ellipse in its box, or the box where drawn. With `slack` pixels more on each side for what must
    be untouched, fewer (below 0) for what must be hidden."""
    width, height = size
    columns, rows = -(-width // cell), -(-height // cell)
    left = numpy.arange(columns) * float(cell)
    top = numpy.arange(rows) * float(cell)
    area = numpy.zeros((rows, columns), bool)
    for face in record["faces"]:
        for frame, x, y, w, h, _, source in face["masks"]:
            if not face["redact"] or frame != page:
                continue
            middle_x, middle_y, half_w, half_h = x + w / 2, y + h / 2, w / 2 + slack, h / 2 + slack
            # The point of each cell that lies nearest to the middle.
            near_x = (numpy.clip(middle_x, left, left + cell) - middle_x) / half_w
            near_y = (numpy.clip(middle_y, top, top + cell) - middle_y) / half_h
            if source == "drawn":
                area |= (numpy.abs(near_y) <= 1)[:, None] & (numpy.abs(near_x) <= 1)[None, :]
            else:
                area |= near_y[:, None] ** 2 + near_x[None, :] ** 2 <= 1
    return numpy.kron(area, numpy.ones((cell, cell), bool))[:height, :width]


def inside(record, size, page=0):
    """The pixels whose middle lies within a hidden mask by half a pixel or more: hidden by any reading of the record."""
    width, height = size
    y, x = numpy.mgrid[0:height, 0:width] + 0.5
    area = numpy.zeros((height, width), bool)
    for face in record["faces"]:
        for frame, left, top, w, h, _, source in face["masks"]:
            if not face["redact"] or frame != page:
                continue
            across = (x - left - w / 2) / max(w / 2 - 0.5, 0.1)
            down = (y - top - h / 2) / max(h / 2 - 0.5, 0.1)
            if source == "drawn":
                area |= (numpy.abs(across) <= 1) & (numpy.abs(down) <= 1)
            else:
                area |= across**2 + down**2 <= 1
    return area


def grown(area, pixels_more):
    """The area and all within that many pixels of it, along each axis."""
    result = area.copy()
    for axis in (0, 1):
        base = result.copy()
        for step in range(1, pixels_more + 1):
            shifted = numpy.zeros_like(base)
            forward, back = [slice(None)] * 2, [slice(None)] * 2
            forward[axis], back[axis] = slice(step, None), slice(None, -step)
            shifted[tuple(forward)] = base[tuple(back)]
            result |= shifted
            shifted = numpy.zeros_like(base)
            shifted[tuple(back)] = base[tuple(forward)]
            result |= shifted
    return result


# PNG with all that Pillow can't write.

def png_chunk(kind, payload):
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png_header(width, height, depth=8, colour=2):
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


def png_rgb16(array):
    """A 16-bit RGB PNG of an array of height x width x 3."""
    height, width, _ = array.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in array)
    return png_header(width, height, 16, 2) + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")


def png_chunks(file):
    """Pairs of a chunk's kind and payload."""
    at, chunks = 8, []
    while at < len(file):
        size, kind = struct.unpack(">I4s", file[at:at + 8])
        chunks.append((kind, file[at + 8:at + 8 + size]))
        at += 12 + size
    return chunks


def png_rgb16_samples(file):
    """The samples of a 16-bit RGB PNG without interlacing (PNG third edition, 9.2)."""
    chunks = png_chunks(file)
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, colour, interlace) == (16, 2, 0)
    raw = zlib.decompress(b"".join(payload for kind, payload in chunks if kind == b"IDAT"))
    step, length = 6, 6 * width
    above = bytearray(length)
    rows = []
    for y in range(height):
        kind = raw[y * (length + 1)]
        row = bytearray(raw[y * (length + 1) + 1:(y + 1) * (length + 1)])
        for i in range(length) if kind else ():
            a = row[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            if kind == 1:
                guess = a
            elif kind == 2:
                guess = b
            elif kind == 3:
                guess = (a + b) // 2
            else:
                p = a + b - c
                guess = min((a, b, c), key=lambda value: abs(p - value))
            row[i] = (row[i] + guess) & 255
        rows.append(bytes(row))
        above = row
    return numpy.frombuffer(b"".join(rows), ">u2").reshape(height, width, 3).astype(numpy.int32)


def encoded(picture, kind, **options):
    """The bytes of `picture` as Pillow writes them."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg_frame(file):
    """(marker, precision, height, width, [(horizontal, vertical) sampling of each component]) of the frame header."""
    at = 2
    while True:
        marker, size = file[at + 1], struct.unpack(">H", file[at + 2:at + 4])[0]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            precision, height, width, count = struct.unpack(">BHHB", file[at + 4:at + 10])
            return marker, precision, height, width, [
                (file[at + 11 + 3 * i] >> 4, file[at + 11 + 3 * i] & 15) for i in range(count)]
        at += 2 + size


def with_jpeg_frame(file, **changes):
    """The file with fields of its frame header overwritten: marker, precision, height, width."""
    at, file = 2, bytearray(file)
    while not (0xC0 <= file[at + 1] <= 0xC2):
        at += 2 + struct.unpack(">H", file[at + 2:at + 4])[0]
    if "marker" in changes:
        file[at + 1] = changes["marker"]
    if "precision" in changes:
        file[at + 4] = changes["precision"]
    if "height" in changes:
        file[at + 5:at + 7] = struct.pack(">H", changes["height"])
    if "width" in changes:
        file[at + 7:at + 9] = struct.pack(">H", changes["width"])
    return bytes(file)


def riff_chunk(file, kind):
    """The payload of the first chunk of that kind in a RIFF file, or None."""
    at = 12
    while at + 8 <= len(file):
        found, size = file[at:at + 4], struct.unpack("<I", file[at + 4:at + 8])[0]
        if found == kind:
            return file[at + 8:at + 8 + size]
        at += 8 + size + size % 2
    return None


def decode_heif(path, png):
    """The pixels of a HEIC or AVIF file, upright, by a decoder that is not the program's own code."""
    subprocess.run(["heif-convert", path, png], check=True, capture_output=True)
    return pixels(png)
