"""Each still format: in and the same format out, the face hidden, nothing else of the picture changed."""
import json
import shutil
import struct
import subprocess
import zlib

import numpy
import pytest
from PIL import Image, ImageOps

import pictures
from command import files_below, record_of
from pictures import core, difference, encoded, grown, inside, pixels, psnr, samples, scene, touched

SIZE = (480, 400)
MAGENTA = (255, 0, 255)


@pytest.fixture(scope="module")
def photo():
    return scene(SIZE)


def cmyk(picture):
    return picture.convert("CMYK")


def palette(picture):
    return picture.quantize(200, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def with_alpha(picture):
    """A slope of transparency across the whole picture, the face too."""
    slope = numpy.linspace(10, 255, picture.width).astype(numpy.uint8)
    picture = picture.convert("RGBA")
    picture.putalpha(Image.fromarray(numpy.tile(slope, (picture.height, 1))))
    return picture


def grey16(picture):
    grey = samples(picture.convert("L"))
    fine = numpy.random.default_rng(2).integers(0, 256, grey.shape)  # so that the low byte matters
    return Image.fromarray((grey * 256 + fine).astype(numpy.uint16))


# Name of the file, Pillow's format, what is done to the scene, Pillow's options.
LOSSLESS = {
    "rgb.png": ("PNG", lambda p: p, {}),
    "rgba.png": ("PNG", with_alpha, {}),
    "palette.png": ("PNG", palette, {}),
    "grey.png": ("PNG", lambda p: p.convert("L"), {}),
    "grey-alpha.png": ("PNG", lambda p: with_alpha(p).convert("LA"), {}),
    "grey16.png": ("PNG", grey16, {}),
    "lossless.webp": ("WEBP", lambda p: p, {"lossless": True}),
    "lossless-alpha.webp": ("WEBP", with_alpha, {"lossless": True, "exact": True}),
    "plain.tif": ("TIFF", lambda p: p, {}),
    "lzw.tif": ("TIFF", lambda p: p, {"compression": "tiff_lzw"}),
    "deflate.tif": ("TIFF", lambda p: p, {"compression": "tiff_adobe_deflate"}),
    "grey.tif": ("TIFF", lambda p: p.convert("L"), {"compression": "packbits"}),
    "grey16.tif": ("TIFF", grey16, {}),
    "rgba.tif": ("TIFF", with_alpha, {}),
    "cmyk.tif": ("TIFF", cmyk, {}),
    "palette.tif": ("TIFF", palette, {}),
    "rgb.bmp": ("BMP", lambda p: p, {}),
    "palette.bmp": ("BMP", palette, {}),
    "grey.bmp": ("BMP", lambda p: p.convert("L"), {}),
    "palette.gif": ("GIF", palette, {"optimize": False}),
}

# The last entry: pixels a side of the blocks that can only be replaced whole (of the coarsest component).
JPEG = {
    "baseline-444.jpg": (lambda p: p, {"subsampling": 0}, 8),
    "baseline-420.jpg": (lambda p: p, {"subsampling": 2}, 16),
    "baseline-422.jpg": (lambda p: p, {"subsampling": 1}, 16),
    "progressive.jpg": (lambda p: p, {"progressive": True, "subsampling": 2}, 16),
    "grey.jpg": (lambda p: p.convert("L"), {}, 8),
    "progressive-grey.jpg": (lambda p: p.convert("L"), {"progressive": True}, 8),
    "cmyk.jpg": (cmyk, {}, 8),
    "optimised-low.jpg": (lambda p: p, {"subsampling": 0, "quality": 40, "optimize": True}, 8),
}


@pytest.fixture(scope="module")
def run(efface, photo, tmp_path_factory):
    """All of the above and a few more, redacted in one run: the folders of inputs and outputs."""
    folder = tmp_path_factory.mktemp("formats")
    inputs, outputs = folder / "in", folder / "out"
    inputs.mkdir()
    for name, (kind, change, options) in LOSSLESS.items():
        change(photo).save(inputs / name, kind, **options)
    for name, (change, options, _) in JPEG.items():
        change(photo).save(inputs / name, "JPEG", **{"quality": 90, **options})
    small = scene((300, 240), ((40, 0, 240),))
    wide = samples(small) * 257 + numpy.random.default_rng(3).integers(-90, 90, (240, 300, 3))
    (inputs / "rgb16.png").write_bytes(pictures.png_rgb16(numpy.clip(wide, 0, 65535)))
    photo.save(inputs / "lossy.webp", quality=90)
    with_alpha(photo).save(inputs / "lossy-alpha.webp", quality=90)
    run = efface("redact", inputs, "-o", outputs)
    assert "none failed" in run.err
    return inputs, outputs


def check_face_hidden(before, after, box=core()):
    assert difference(before, after, box) > 8, "the face is as it was"


def test_every_input_has_its_output_and_record(run):
    inputs, outputs = run
    names = files_below(inputs)
    assert files_below(outputs) == sorted(names + [f"{name}.efface.json" for name in names])


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_change_only_what_a_mask_touches(run, name):
    inputs, outputs = run
    before, after = pixels(inputs / name), pixels(outputs / name)
    assert before.shape == after.shape
    area = touched(record_of(outputs / name), SIZE)
    assert (before[~area] == after[~area]).all()
    with Image.open(inputs / name) as old, Image.open(outputs / name) as new:
        assert (old.format, old.mode, old.size) == (new.format, new.mode, new.size)
        if old.mode == "P":
            colours = {tuple(c) for c in numpy.reshape(old.getpalette(), (-1, 3))}
            assert {tuple(c) for c in numpy.reshape(new.getpalette(), (-1, 3))} <= colours | {(0, 0, 0)}
        seen_before, seen_after = samples(old.convert("RGB")), samples(new.convert("RGB"))
    if "16" in name:  # Pillow clips these to 8 bits
        seen_before, seen_after = before // 256, after // 256
    check_face_hidden(seen_before, seen_after)


@pytest.mark.parametrize("name", ["rgba.png", "rgba.tif", "lossless-alpha.webp"])
def test_transparency_under_the_mask_is_hidden_too(run, name):
    """A cut-out alpha channel has the outline of a head."""
    inputs, outputs = run
    area = inside(record_of(outputs / name), SIZE)
    before, after = pixels(inputs / name)[..., 3], pixels(outputs / name)[..., 3]
    assert abs(after[area] - before[area]).max() <= 8, "the slope should go on smoothly under the mask"
    assert after.min() > 0


def test_a_face_under_full_transparency_is_found(efface, photo, tmp_path):
    """Its samples are in the file, and anyone can take the transparency off."""
    holed = photo.convert("RGBA")
    holed.putalpha(Image.fromarray(numpy.zeros((SIZE[1], SIZE[0]), numpy.uint8)))
    holed.save(tmp_path / "a.png")
    efface("redact", tmp_path / "a.png", "-o", tmp_path / "out")
    check_face_hidden(pixels(tmp_path / "a.png")[..., :3], pixels(tmp_path / "out/a.png")[..., :3])


def test_16_bit_rgb_png(run):
    inputs, outputs = run
    before, after = (pictures.png_rgb16_samples((folder / "rgb16.png").read_bytes()) for folder in (inputs, outputs))
    area = touched(record_of(outputs / "rgb16.png"), (300, 240))
    assert (before[~area] == after[~area]).all()
    check_face_hidden(before // 256, after // 256, core(40, 0, 240))


@pytest.mark.parametrize("name", JPEG)
def test_jpeg_changes_only_whole_blocks_that_a_mask_touches(run, name):
    inputs, outputs = run
    before, after = pixels(inputs / name), pixels(outputs / name)
    area = touched(record_of(outputs / name), SIZE, JPEG[name][2])
    # A decoder smooths coarse chroma over its neighbour, which is 2 pixels off.
    area = grown(area, 2) if JPEG[name][2] == 16 else area
    assert (before[~area] == after[~area]).all()
    with Image.open(inputs / name) as old, Image.open(outputs / name) as new:
        assert (old.mode, old.size, old.quantization) == (new.mode, new.size, new.quantization)
        assert bool(old.info.get("progressive")) == bool(new.info.get("progressive"))
        seen_before, seen_after = samples(old.convert("RGB")), samples(new.convert("RGB"))
    check_face_hidden(seen_before, seen_after)
    old, new = (pictures.jpeg_frame((folder / name).read_bytes()) for folder in (inputs, outputs))
    assert old[1:] == new[1:], "precision, size or sampling changed"


def test_arithmetic_jpeg_stays_arithmetic(efface, photo, tmp_path):
    if not shutil.which("cjpeg"):
        pytest.skip("needs cjpeg of Debian's libjpeg-turbo-progs")
    photo.save(tmp_path / "photo.ppm")
    for name, options in {"sequential.jpg": [], "progressive.jpg": ["-progressive"]}.items():
        subprocess.run(["cjpeg", "-arithmetic", "-sample", "1x1", *options, "-outfile", tmp_path / name,
                        tmp_path / "photo.ppm"], check=True)
    efface("redact", tmp_path / "sequential.jpg", tmp_path / "progressive.jpg", "-o", tmp_path / "out")
    for name in ("sequential.jpg", "progressive.jpg"):
        old, new = tmp_path / name, tmp_path / "out" / name
        assert pictures.jpeg_frame(old.read_bytes()) == pictures.jpeg_frame(new.read_bytes())
        before, after = pixels(old), pixels(new)
        area = touched(record_of(new), SIZE, 8)
        assert (before[~area] == after[~area]).all()
        check_face_hidden(before, after)


def test_jpeg_samplings_and_sizes(efface, tmp_path):
    """Sides that are no multiples of a block, chroma of every coarseness, RGB without a transform, restart markers."""
    if not shutil.which("cjpeg"):
        pytest.skip("needs cjpeg of Debian's libjpeg-turbo-progs")
    size = (477, 397)
    scene(size).save(tmp_path / "photo.ppm")
    # Options, and the side in pixels of the coarsest cell that holds whole blocks of every component.
    kinds = {"444": (["-sample", "1x1"], 8), "411": (["-sample", "4x1"], 32), "440": (["-sample", "1x2"], 16),
             "410": (["-sample", "4x2"], 32), "mixed": (["-sample", "2x2,1x1,2x1"], 16),
             "fine-chroma": (["-sample", "1x1,2x2,1x1"], 16), "thirds": (["-sample", "3x1"], 24),
             "rgb": (["-rgb", "-sample", "1x1"], 8), "restart": (["-restart", "3B"], 16), "rows": (["-restart", "1"], 16)}
    for name, (options, _) in kinds.items():
        subprocess.run(["cjpeg", *options, "-outfile", tmp_path / f"{name}.jpg", tmp_path / "photo.ppm"], check=True)
    efface("redact", *(tmp_path / f"{name}.jpg" for name in kinds), "-o", tmp_path / "out", "--region", "440,380,90,90")
    for name, (_, cell) in kinds.items():
        old, new = tmp_path / f"{name}.jpg", tmp_path / "out" / f"{name}.jpg"
        assert pictures.jpeg_frame(old.read_bytes()) == pictures.jpeg_frame(new.read_bytes()), name
        before, after = pixels(old), pixels(new)
        area = grown(touched(record_of(new), size, cell), 4 if cell > 8 else 0)
        assert (before[~area] == after[~area]).all(), name
        check_face_hidden(before, after)
        assert (before[385:, 445:] != after[385:, 445:]).any(), name


def test_few_bits_a_sample(efface, photo, tmp_path):
    """Black and white, 2, 4 and 16 colours, fax compression; solid white takes the nearest of the palette."""
    def few(colours):
        return photo.quantize(colours, dither=Image.Dither.NONE)
    bits = photo.convert("1")
    kinds = {"bit.png": (bits, {}), "two.png": (few(2), {"bits": 1}), "four.png": (few(4), {"bits": 2}),
             "sixteen.png": (few(16), {"bits": 4}), "bit.tif": (bits, {}), "fax.tif": (bits, {"compression": "group4"}),
             "bit.bmp": (bits, {}), "sixteen.bmp": (few(16), {}), "two.gif": (few(2), {"optimize": False}),
             "white-is-zero.tif": (photo.convert("L"), {"tiffinfo": {262: 0}})}
    for name, (picture, options) in kinds.items():
        picture.save(tmp_path / name, **options)
    efface("redact", *(tmp_path / name for name in kinds), "-o", tmp_path / "out", "--region", "101,100,82,53", "--fill", "solid",
           "--color", "white")
    for name in kinds:
        record = record_of(tmp_path / "out" / name)
        before, after = pixels(tmp_path / name), pixels(tmp_path / "out" / name)
        area = touched(record, SIZE)
        assert (before[~area] == after[~area]).all(), name
        with Image.open(tmp_path / "out" / name) as picture:
            shown = samples(picture.convert("L"))
            brightest = samples(Image.open(tmp_path / name).convert("L")).max()
        assert (shown[inside(record, SIZE)] == brightest).all(), name
    for name in ("bit.png", "two.png", "four.png", "sixteen.png"):
        old, new = ((folder / name).read_bytes()[16:29] for folder in (tmp_path, tmp_path / "out"))
        assert old == new, "PNG's depth and colour type"


def test_interlaced_png(efface, photo, tmp_path):
    """Adam7, which Pillow reads but does not write."""
    array = samples(photo).astype(numpy.uint8)
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(b"\0" + row.tobytes() for x, y, across, down in passes for row in array[y::down, x::across])
    header = bytearray(pictures.png_header(*SIZE)[16:29])
    header[12] = 1
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + pictures.png_chunk(b"IHDR", bytes(header))
                                     + pictures.png_chunk(b"IDAT", zlib.compress(rows)) + pictures.png_chunk(b"IEND", b""))
    assert (pixels(tmp_path / "a.png") == array).all()
    efface("redact", tmp_path / "a.png", "-o", tmp_path / "out")
    assert (tmp_path / "out/a.png").read_bytes()[16:29] == bytes(header)
    area, after = touched(record_of(tmp_path / "out/a.png"), SIZE), pixels(tmp_path / "out/a.png")
    assert (array[~area] == after[~area]).all()
    check_face_hidden(array, after)


def test_bmp_from_top_to_bottom(efface, photo, tmp_path):
    bmp = bytearray(encoded(photo, "BMP"))
    bmp[22:26] = struct.pack("<i", -SIZE[1])
    bmp[54:] = samples(photo)[..., ::-1].astype(numpy.uint8).tobytes()
    (tmp_path / "a.bmp").write_bytes(bmp)
    assert (pixels(tmp_path / "a.bmp") == samples(photo)).all()
    efface("redact", tmp_path / "a.bmp", "-o", tmp_path / "out")
    area, after = touched(record_of(tmp_path / "out/a.bmp"), SIZE), pixels(tmp_path / "out/a.bmp")
    assert (samples(photo)[~area] == after[~area]).all()
    check_face_hidden(samples(photo), after)


@pytest.mark.parametrize("name", ["lossy.webp", "lossy-alpha.webp"])
def test_lossy_webp_keeps_its_quality(run, name):
    inputs, outputs = run
    before, after = pixels(inputs / name), pixels(outputs / name)
    area = grown(touched(record_of(outputs / name), SIZE), 16)
    assert psnr(before[..., :3], after[..., :3], ~area) > 36
    check_face_hidden(before, after)
    assert pictures.riff_chunk((outputs / name).read_bytes(), b"VP8 ") is not None, "no longer lossy"
    if "alpha" in name:
        assert (before[..., 3][~area] == after[..., 3][~area]).all()
    assert any("anew" in warning for warning in record_of(outputs / name)["warnings"])


def test_quality_is_obeyed_where_a_format_is_lossy(efface, photo, tmp_path):
    photo.save(tmp_path / "photo.webp", quality=90)
    sizes = []
    for quality in (20, 60, 95):
        efface("redact", tmp_path / "photo.webp", "-o", tmp_path / str(quality), "--quality", str(quality), "--effort", "fast")
        sizes.append((tmp_path / str(quality) / "photo.webp").stat().st_size)
        assert record_of(tmp_path / str(quality) / "photo.webp")["settings"]["quality"] == quality
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize("name", [name for name in LOSSLESS if "16" not in name and "pal" not in name and "gre" not in name
                                  and "alpha" not in name and "rgba" not in name and "cmyk" not in name])
def test_solid_fill_reaches_every_pixel_of_the_mask(efface, photo, tmp_path, name):
    kind, change, options = LOSSLESS[name]
    change(photo).save(tmp_path / name, kind, **options)
    efface("redact", tmp_path / name, "-o", tmp_path / "out", "--fill", "solid", "--color", "#ff00ff", "--effort", "fast")
    record, after = record_of(tmp_path / "out" / name), pixels(tmp_path / "out" / name)
    assert (after[inside(record, SIZE)] == MAGENTA).all()
    assert not (after[~touched(record, SIZE)] == MAGENTA).all(axis=-1).any()


def test_tiff_every_page(efface, photo, tmp_path):
    """Pages of different sizes and colours; the second is without a face."""
    other = scene((360, 300), ((20, 10, 280),))
    plain = pictures.background(200, 150)
    photo.save(tmp_path / "pages.tif", save_all=True, append_images=[plain, other.convert("L")], compression="tiff_lzw")
    efface("redact", tmp_path / "pages.tif", "-o", tmp_path / "out")
    record = record_of(tmp_path / "out/pages.tif")
    assert record["input"]["frames"] == 3
    assert sorted({row[0] for face in record["faces"] for row in face["masks"]}) == [0, 2]
    with Image.open(tmp_path / "pages.tif") as old, Image.open(tmp_path / "out/pages.tif") as new:
        assert new.n_frames == 3
        for page, box in enumerate((core(), None, core(20, 10, 280))):
            old.seek(page), new.seek(page)
            assert (old.mode, old.size) == (new.mode, new.size)
            before, after = samples(old), samples(new)
            area = touched(record, old.size, page=page)
            assert (before[~area] == after[~area]).all()
            if box:
                check_face_hidden(before, after, box)
            else:
                assert not area.any()


def test_tiff_tiles_and_planes(efface, photo, tmp_path):
    photo.save(tmp_path / "strips.tif")
    subprocess.run(["tiffcp", "-t", "-w", "64", "-l", "64", tmp_path / "strips.tif", tmp_path / "tiled.tif"], check=True)
    subprocess.run(["tiffcp", "-p", "separate", tmp_path / "strips.tif", tmp_path / "planes.tif"], check=True)
    subprocess.run(["tiffcp", "-8", tmp_path / "strips.tif", tmp_path / "big.tif"], check=True)
    subprocess.run(["tiffcp", "-B", tmp_path / "strips.tif", tmp_path / "big-endian.tif"], check=True)
    names = ["tiled.tif", "planes.tif", "big.tif", "big-endian.tif"]
    efface("redact", *(tmp_path / name for name in names), "-o", tmp_path / "out")
    for name in names:
        # Read by libtiff's own tools: Pillow reads fewer layouts.
        subprocess.run(["tiffcp", "-s", "-L", "-p", "contig", tmp_path / "out" / name, tmp_path / "judge.tif"], check=True)
        before, after = samples(photo), pixels(tmp_path / "judge.tif")
        area = touched(record_of(tmp_path / "out" / name), SIZE)
        assert (before[~area] == after[~area]).all(), name
        check_face_hidden(before, after)


def test_interlaced_png_and_gif(efface, photo, tmp_path):
    palette(photo).save(tmp_path / "interlaced.gif", interlace=1, optimize=False)
    palette(photo).save(tmp_path / "see-through.gif", transparency=3, optimize=False)
    efface("redact", tmp_path / "interlaced.gif", tmp_path / "see-through.gif", "-o", tmp_path / "out")
    for name in ("interlaced.gif", "see-through.gif"):
        with Image.open(tmp_path / name) as old, Image.open(tmp_path / "out" / name) as new:
            assert old.info.get("transparency") == new.info.get("transparency")
            before, after = samples(old), samples(new)
            # Of colours that are seen; others become black.
            seen = set(after.ravel().tolist()) - {new.info.get("transparency")}
            assert seen and len(old.getpalette()) == len(new.getpalette())
            assert all(old.getpalette()[3 * i:3 * i + 3] == new.getpalette()[3 * i:3 * i + 3] for i in seen)
        area = touched(record_of(tmp_path / "out" / name), SIZE)
        assert (before[~area] == after[~area]).all()


# Without a face the picture data stays what it was.

def test_without_faces_pictures_stay_identical(efface, tmp_path):
    plain = pictures.background(300, 200)
    inputs, outputs = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    for name, (kind, change, options) in LOSSLESS.items():
        change(plain).save(inputs / name, kind, **options)
    for name, (change, options, _) in JPEG.items():
        change(plain).save(inputs / name, "JPEG", **options)
    plain.save(inputs / "lossy.webp", quality=80)
    efface("redact", inputs, "-o", outputs)
    for name in [*LOSSLESS, *JPEG, "lossy.webp"]:
        assert record_of(outputs / name)["faces"] == []
        assert (pixels(inputs / name) == pixels(outputs / name)).all(), name
    for name, kind in {"lossy.webp": b"VP8 ", "lossless.webp": b"VP8L"}.items():
        assert (pictures.riff_chunk((inputs / name).read_bytes(), kind)
                == pictures.riff_chunk((outputs / name).read_bytes(), kind)), "the coded picture was not copied"
    assert record_of(outputs / "lossy.webp")["warnings"] == []


# Colour profile, resolution, orientation.

def test_profile_and_resolution_are_kept(efface, photo, tmp_path):
    icc = pictures.profile()
    options = {"a.jpg": {"dpi": (300, 300)}, "b.png": {"dpi": (300, 300)}, "c.tif": {"dpi": (300, 300)}, "d.webp": {},
               "e.webp": {"lossless": True}}
    for name, more in options.items():
        photo.save(tmp_path / name, icc_profile=icc, **more)
    photo.save(tmp_path / "f.bmp", dpi=(300, 300))
    efface("redact", *(tmp_path / name for name in options), tmp_path / "f.bmp", "-o", tmp_path / "out")
    for name, more in options.items():
        with Image.open(tmp_path / "out" / name) as new:
            assert pictures.same_colours(new.info.get("icc_profile"), icc), name
            if more.get("dpi"):
                assert new.info["dpi"] == pytest.approx((300, 300), abs=0.1), name
    with Image.open(tmp_path / "f.bmp") as old, Image.open(tmp_path / "out/f.bmp") as new:
        assert new.info["dpi"] == old.info["dpi"]


def test_a_profile_larger_than_a_jpeg_segment(efface, photo, tmp_path):
    plain = pictures.profile()
    count = struct.unpack(">I", plain[128:132])[0]
    at = next(132 + 12 * i for i in range(count) if plain[132 + 12 * i:136 + 12 * i] == b"gTRC")
    curve = b"curv" + bytes(4) + struct.pack(">I", 65_536) + numpy.arange(65_536).astype(">u2").tobytes()
    profile = bytearray(plain + curve)
    profile[at + 4:at + 12] = struct.pack(">II", len(plain), len(curve))
    profile[:4] = struct.pack(">I", len(profile))
    photo.save(tmp_path / "a.jpg", icc_profile=bytes(profile))
    efface("redact", tmp_path / "a.jpg", "-o", tmp_path / "out", "--effort", "fast")
    with Image.open(tmp_path / "out/a.jpg") as picture:
        assert curve in picture.info["icc_profile"]


def test_png_colour_chunks_are_kept(efface, photo, tmp_path):
    """sRGB; gamma with primaries; and the coded colour of the third edition (cICP)."""
    plain = encoded(photo, "PNG")
    chunks = {"srgb": [(b"sRGB", b"\1")],
              "gamma": [(b"gAMA", struct.pack(">I", 45455)),
                        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))],
              "cicp": [(b"cICP", bytes([9, 16, 0, 1]))]}
    for name, more in chunks.items():
        extra = b"".join(pictures.png_chunk(*chunk) for chunk in more)
        (tmp_path / f"{name}.png").write_bytes(plain[:33] + extra + plain[33:])
    efface("redact", *(tmp_path / f"{name}.png" for name in chunks), "-o", tmp_path / "out", "--effort", "fast")
    for name, more in chunks.items():
        written = pictures.png_chunks((tmp_path / f"out/{name}.png").read_bytes())
        for chunk in more:
            assert chunk in written, name


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_honoured(efface, photo, tmp_path, orientation):
    """The photo lies turned in the file, with a tag that turns it upright: the face must be found there, hidden there,
    and the tag kept."""
    turn_back = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
                 6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}
    stored = photo.transpose(turn_back[orientation]) if orientation > 1 else photo
    exif = Image.Exif()
    exif[274] = orientation
    files = {"a.jpg": {"subsampling": 0, "quality": 95, "exif": exif}, "b.png": {"exif": exif},
             "d.webp": {"lossless": True, "exif": exif}}
    for name, options in files.items():
        stored.save(tmp_path / name, **options)
    stored.save(tmp_path / "c.tif", tiffinfo={274: orientation})
    efface("redact", *(tmp_path / name for name in [*files, "c.tif"]), "-o", tmp_path / "out")
    for name in [*files, "c.tif"]:
        record = record_of(tmp_path / "out" / name)
        assert (record["input"]["width"], record["input"]["height"]) == SIZE, "upright size"
        with Image.open(tmp_path / name) as old, Image.open(tmp_path / "out" / name) as new:
            assert old.size == new.size
            assert new.getexif().get(274, 1) == orientation, name
            old.load(), new.load()  # turns TIFF pages upright by itself, and not the others
            upright = (lambda picture: picture) if name == "c.tif" else ImageOps.exif_transpose
            before, after = samples(upright(old)), samples(upright(new))
        assert before.shape == (SIZE[1], SIZE[0], 3)
        check_face_hidden(before, after)
        area = touched(record, SIZE)
        if name == "a.jpg":  # blocks count from the corner where the file begins
            area = grown(area, 8)
        assert (before[~area] == after[~area]).all(), name


# HEIC and AVIF, made and judged by Debian's libheif-examples and libavif-bin.

@pytest.fixture(scope="module")
def heif(efface, photo, tmp_path_factory):
    if not shutil.which("heif-enc") or not shutil.which("avifenc"):
        pytest.skip("needs heif-enc and avifenc of Debian's libheif-examples and libavif-bin")
    folder = tmp_path_factory.mktemp("heif")
    photo.save(folder / "photo.png", icc_profile=pictures.profile())
    with_alpha(photo).save(folder / "alpha.png")
    pictures.background(300, 200).save(folder / "plain.png")
    inputs = folder / "in"
    inputs.mkdir()

    def make(program, source, name, *options):
        subprocess.run([program, *options, folder / source, *(["-o"] if program == "heif-enc" else []), inputs / name],
                       check=True, capture_output=True)
    make("heif-enc", "photo.png", "lossy.heic", "-q", "90")
    make("heif-enc", "photo.png", "chroma444.heic", "-q", "90", "-p", "chroma=444")
    make("heif-enc", "alpha.png", "alpha.heic", "-q", "90")
    make("heif-enc", "photo.png", "thumb.heic", "-q", "90", "-t", "160")
    make("heif-enc", "plain.png", "plain.heic", "-q", "80")
    make("avifenc", "photo.png", "limited.avif", "-s", "8", "--min", "10", "--max", "20", "-r", "limited")
    make("avifenc", "photo.png", "lossy.avif", "-s", "8", "--min", "10", "--max", "20")
    make("avifenc", "photo.png", "ten-bit.avif", "-s", "8", "-d", "10", "--min", "10", "--max", "20")
    make("avifenc", "photo.png", "lossless.avif", "-s", "8", "--lossless")
    make("avifenc", "photo.png", "colour.avif", "-s", "8", "--min", "10", "--max", "20", "--cicp", "9/16/9", "--ignore-icc")
    make("avifenc", "photo.png", "turned.avif", "-s", "8", "--min", "10", "--max", "20", "--irot", "1")
    make("avifenc", "alpha.png", "alpha.avif", "-s", "8", "--min", "10", "--max", "20")
    make("avifenc", "plain.png", "plain.avif", "-s", "8")
    outputs = folder / "out"
    efface("redact", inputs, "-o", outputs)
    return folder, inputs, outputs


HEIF_WITH_FACE = ["lossy.heic", "chroma444.heic", "alpha.heic", "thumb.heic", "lossy.avif",
                  "ten-bit.avif", "lossless.avif", "colour.avif", "limited.avif", "alpha.avif"]


@pytest.mark.parametrize("name", HEIF_WITH_FACE)
def test_heic_and_avif(heif, name):
    folder, inputs, outputs = heif
    before = pictures.decode_heif(inputs / name, folder / "before.png")
    after = pictures.decode_heif(outputs / name, folder / "after.png")
    assert before.shape == after.shape
    depth = 256 if before.max() > 255 else 1
    before, after = before // depth, after // depth
    check_face_hidden(before, after)
    area = touched(record_of(outputs / name), SIZE)
    if name == "lossless.avif":
        assert (before[~area] == after[~area]).all()
    else:
        area = grown(area, 32)
        assert psnr(before[..., :3], after[..., :3], ~area) > 38
    if "alpha" in name:
        assert (before[..., 3][~area] == after[..., 3][~area]).all()


def heif_facts(path):
    tags = ["-ImageSize", "-BitDepthLuma", "-ChromaFormat", "-ImagePixelDepth", "-ChromaSubsampling", "-Rotation",
            "-ColorPrimaries", "-TransferCharacteristics", "-MatrixCoefficients", "-VideoFullRangeFlag",
            *(f"-ICC_Profile:{tag}" for tag in ("MediaWhitePoint", "RedMatrixColumn", "GreenMatrixColumn", "BlueMatrixColumn", "RedTRC",
                                                 "GreenTRC", "BlueTRC", "ChromaticAdaptation", "RenderingIntent", "ColorSpaceData"))]
    text = subprocess.run(["exiftool", "-json", "-G1", *tags, path], check=True, capture_output=True).stdout
    facts = json.loads(text)[0]
    facts.pop("SourceFile")
    return facts


@pytest.mark.parametrize("name", [*HEIF_WITH_FACE, "turned.avif", "plain.heic", "plain.avif"])
def test_heic_and_avif_keep_depth_colour_and_profile(heif, name):
    _, inputs, outputs = heif
    facts = heif_facts(inputs / name)
    assert facts == heif_facts(outputs / name)
    if "colour" in name:
        assert any("2020" in str(value) for value in facts.values()), "the sample lacks what it is to test"


def test_a_turned_avif_is_redacted_upright(heif):
    """The portrait lies on its side in this one's upright form: only its size counts here."""
    _, inputs, outputs = heif
    record = record_of(outputs / "turned.avif")
    assert (record["input"]["width"], record["input"]["height"]) == (SIZE[1], SIZE[0])


@pytest.mark.parametrize("name", ["plain.heic", "plain.avif"])
def test_heic_and_avif_without_faces_are_copied(heif, name):
    folder, inputs, outputs = heif
    record = record_of(outputs / name)
    assert record["faces"] == [] and record["warnings"] == []
    before = pictures.decode_heif(inputs / name, folder / "before.png")
    assert (before == pictures.decode_heif(outputs / name, folder / "after.png")).all()


def test_a_heic_thumbnail_shows_no_face(heif):
    _, _, outputs = heif
    assert "thumbnail" in {entry["what"] for entry in record_of(outputs / "thumb.heic")["removed"]}
    assert b"thmb" not in (outputs / "thumb.heic").read_bytes()


def test_photos_of_the_evaluation_data(efface, data, tmp_path):
    """HEIC and AVIF as phones write them."""
    if not shutil.which("heif-convert"):
        pytest.skip("needs heif-convert of Debian's libheif-examples")
    names = ["motion_photo.heic", "seine_sdr_gainmap_srgb.avif"]
    files = [data / "leaks" / name for name in names if (data / "leaks" / name).exists()]
    if not files:
        pytest.skip("the evaluation data has no leaks/*.heic or *.avif")
    efface("redact", *files, "-o", tmp_path, "--memory", "3000", "--region", "0,0,40,40")
    for file in files:
        before = pictures.decode_heif(file, tmp_path / "before.png")
        after = pictures.decode_heif(tmp_path / file.name, tmp_path / "after.png")
        assert before.shape == after.shape
        area = touched(record_of(tmp_path / file.name), before.shape[1::-1])
        assert difference(before, after, (0, 0, 40, 40)) > 0
        assert psnr(before, after, ~grown(area, 32)) > 38
