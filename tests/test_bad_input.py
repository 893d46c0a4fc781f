"""Broken, foreign and hostile input, and places that can't be written: one clear sentence each, exit code 1, the other files
go on, and never a partial or unredacted file in the output folder."""
import os
import resource
import shutil
import signal
import struct
import subprocess
import time

import numpy
import pytest
from PIL import Image

import pictures
from command import SOME_FAILED, check_sentence, error_lines, files_below, temporary_names
from pictures import encoded

FAST = ("--effort", "fast")


@pytest.fixture(scope="module")
def plain():
    return pictures.background(160, 120)


@pytest.fixture(scope="module")
def good(plain):
    return encoded(plain, "JPEG")


def redact_folder(efface, folder, files, good, **more):
    """Redacts a folder of the given files and one good photo; returns the JSON line of each."""
    inputs, outputs = folder / "in", folder / "out"
    inputs.mkdir()
    for name, content in {**files, "zz-good.jpg": good}.items():
        (inputs / name).write_bytes(content)
    started = time.monotonic()
    run = efface("redact", inputs, "-o", outputs, "--json", *FAST, code=SOME_FAILED, **more)
    assert time.monotonic() - started < 60
    assert run.by_name["zz-good.jpg"]["status"] == "ok", "the other files should go on"
    written = {name for name in files_below(outputs) if not name.endswith(".efface.json")}
    assert written == {name for name, line in run.by_name.items() if line["status"] == "ok"}
    assert not temporary_names(outputs)
    for name in files:
        if run.by_name[name]["status"] == "failed":
            check_sentence(run.by_name[name]["error"])
            assert any(line.startswith("efface: ") and name in line for line in run.err.splitlines())
    return run.by_name


def test_truncated_files(efface, plain, good, tmp_path):
    whole = {
        "a.jpg": good,
        "progressive.jpg": encoded(plain, "JPEG", progressive=True),
        "grey.jpg": encoded(plain.convert("L"), "JPEG"),
        "a.png": encoded(plain, "PNG"),
        "a.tif": encoded(plain, "TIFF"),
        "lzw.tif": encoded(plain, "TIFF", compression="tiff_lzw"),
        "a.bmp": encoded(plain, "BMP"),
        "a.gif": encoded(plain.convert("P"), "GIF"),
        "lossy.webp": encoded(plain, "WEBP"),
        "lossless.webp": encoded(plain, "WEBP", lossless=True),
    }
    if shutil.which("heif-enc") and shutil.which("avifenc"):
        plain.save(tmp_path / "plain.png")
        subprocess.run(["heif-enc", tmp_path / "plain.png", "-o", tmp_path / "a.heic"], check=True, capture_output=True)
        subprocess.run(["avifenc", "-s", "8", tmp_path / "plain.png", tmp_path / "a.avif"], check=True, capture_output=True)
        whole["a.heic"] = (tmp_path / "a.heic").read_bytes()
        whole["a.avif"] = (tmp_path / "a.avif").read_bytes()
    files = {}
    for name, content in whole.items():
        for share in (2, 10, 30, 50, 75, 90):
            files[f"cut{share:02}-{name}"] = content[:len(content) * share // 100]
    lines = redact_folder(efface, tmp_path, files, good)
    accepted = [name for name in files if lines[name]["status"] != "failed"]
    assert accepted == [], "half a picture went out, or a cut file was passed over in silence"


def test_files_that_lack_only_their_last_bytes(efface, plain, good, tmp_path):
    """The picture may still be whole: then it must be equal."""
    whole = {"a.jpg": good, "a.png": encoded(plain, "PNG"), "a.gif": encoded(plain.convert("P"), "GIF"),
             "a.tif": encoded(plain, "TIFF"), "a.bmp": encoded(plain, "BMP"), "a.webp": encoded(plain, "WEBP")}
    files = {f"cut{count}-{name}": content[:-count] for name, content in whole.items() for count in (1, 2, 8)}
    lines = redact_folder(efface, tmp_path, {**files, "broken.jpg": b"\xff\xd8\xff"}, good)
    for name in files:
        if lines[name]["status"] == "ok":
            original = name.split("-", 1)[1]
            (tmp_path / original).write_bytes(whole[original])
            assert (pictures.pixels(tmp_path / "out" / name) == pictures.pixels(tmp_path / original)).all(), name


def test_not_pictures(efface, good, tmp_path):
    """Named so that they can't be passed over as no pictures."""
    noise = numpy.random.default_rng(4).bytes(5000)
    files = {"empty.jpg": b"", "empty.png": b"", "text.jpg": b"This is a letter, not a photo.\n" * 20, "one.png": b"\x89",
             "noise.jpg": noise, "noise.tif": b"II*\0" + noise, "noise.png": b"\x89PNG\r\n\x1a\n" + noise,
             "noise.webp": b"RIFF\x88\x13\0\0WEBPVP8 " + noise, "noise.gif": b"GIF89a" + noise,
             "noise.bmp": b"BM" + noise, "noise.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + noise,
             "noise.avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + noise, "soi.jpg": b"\xff\xd8", "zeros.bmp": bytes(4000)}
    lines = redact_folder(efface, tmp_path, files, good)
    assert [name for name in files if lines[name]["status"] != "failed"] == []
    assert "empty" in lines["empty.jpg"]["error"]


def test_wrong_endings_are_read_by_content(efface, plain, tmp_path):
    (tmp_path / "really-png.jpg").write_bytes(encoded(plain, "PNG"))
    (tmp_path / "really-jpeg.tiff").write_bytes(encoded(plain, "JPEG"))
    efface("redact", tmp_path / "really-png.jpg", tmp_path / "really-jpeg.tiff", "-o", tmp_path / "out", *FAST)
    with Image.open(tmp_path / "out/really-png.jpg") as picture:
        assert picture.format == "PNG"
    with Image.open(tmp_path / "out/really-jpeg.tiff") as picture:
        assert picture.format == "JPEG"
    run = efface("redact", tmp_path / "really-png.jpg", "-o", tmp_path / "again", *FAST)
    assert any("really-png.jpg" in line and "PNG" in line for line in run.err.splitlines()), "the user should be told"


def raw_tiff(*entries, order="<"):
    """A TIFF of one directory: entries of (tag, type, count, value)."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    body = b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
    return mark + struct.pack(order + "I", 8) + struct.pack(order + "H", len(entries)) + body + bytes(4)


def test_foreign_formats_have_a_sentence_each(efface, plain, good, tmp_path):
    baseline = encoded(plain, "JPEG", subsampling=0)
    files = {
        # file: (content, a word that its sentence must have)
        "camera.dng": (raw_tiff((254, 4, 1, 0), (50706, 1, 4, 0x0401)), "RAW"),
        "camera.cr2": (b"II*\0\x10\0\0\0CR\2\0" + bytes(200), "RAW"),
        "camera.orf": (b"IIRO" + bytes(200), "RAW"),
        "camera.rw2": (b"IIU\0" + bytes(200), "RAW"),
        "camera.raf": (b"FUJIFILMCCD-RAW 0201FF383501" + bytes(200), "RAW"),
        "naked.jxl": (b"\xff\x0a" + bytes(200), "JPEG XL"),
        "boxed.jxl": (b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl " + bytes(200), "JPEG XL"),
        "boxed.jp2": (encoded(plain, "JPEG2000"), "JPEG 2000"),
        "naked.j2k": (b"\xff\x4f\xff\x51" + bytes(200), "JPEG 2000"),
        "paper.pdf": (encoded(plain, "PDF"), "PDF"),
        "twelve.jpg": (pictures.with_jpeg_frame(baseline, marker=0xC1, precision=12), "12"),
        "lossless.jpg": (pictures.with_jpeg_frame(baseline, marker=0xC3), "lossless"),
        "layers.psd": (b"8BPS\0\1" + bytes(200), "Photoshop"),
    }
    lines = redact_folder(efface, tmp_path, {name: content for name, (content, _) in files.items()}, good)
    for name, (_, word) in files.items():
        assert lines[name]["status"] == "failed", name
        assert word in lines[name]["error"], f"{name}: {lines[name]['error']}"
    sentences = {lines[name]["error"] for name in ("camera.dng", "naked.jxl", "boxed.jp2", "paper.pdf", "twelve.jpg",
                                                   "lossless.jpg")}
    assert len(sentences) == 6, "each should have a sentence of its own"


def test_absurd_dimensions(efface, plain, good, tmp_path):
    """Headers that promise far more than there is: refused before any memory is taken."""
    end = pictures.png_chunk(b"IDAT", b"x\x9c\x03\0\0\0\0\1") + pictures.png_chunk(b"IEND", b"")
    bmp = bytearray(encoded(plain, "BMP"))
    bmp[18:26] = struct.pack("<ii", 2**31 - 1, 2**31 - 1)
    gif = bytearray(encoded(plain.convert("P"), "GIF"))
    gif[6:10] = b"\xff\xff\xff\xff"
    files = {
        "huge.png": pictures.png_header(100_000, 100_000) + end,
        "vast.png": pictures.png_header(2**31 - 1, 2**31 - 1, 16, 6) + end,
        "wide.png": pictures.png_header(2**31 - 1, 1) + end,
        "nothing.png": pictures.png_header(0, 10) + end,
        "huge.jpg": pictures.with_jpeg_frame(good, width=65535, height=65535),
        "flat.jpg": pictures.with_jpeg_frame(good, width=0),
        "huge.tif": raw_tiff((256, 4, 1, 4_000_000_000), (257, 4, 1, 4_000_000_000), (258, 3, 1, 8), (259, 3, 1, 1),
                             (262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, 4_000_000_000), (279, 4, 1, 100)),
        "huge.bmp": bytes(bmp),
        "negative.bmp": bytes(bmp[:18]) + struct.pack("<ii", -5, -(2**31)) + bytes(bmp[26:]),
        "huge.gif": bytes(gif),
        "huge.webp": b"RIFF\x26\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xffVP8L\x05\0\0\0\x2f\xff\xff\xff\x0f",
    }
    if shutil.which("avifenc"):
        plain.save(tmp_path / "plain.png")
        subprocess.run(["avifenc", "-s", "8", tmp_path / "plain.png", tmp_path / "a.avif"], check=True, capture_output=True)
        ispe = struct.pack(">II", 160, 120)
        small = (tmp_path / "a.avif").read_bytes()
        assert ispe in small
        files["huge.avif"] = small.replace(ispe, struct.pack(">II", 60_000, 60_000))
    (tmp_path / "in").mkdir()
    for name, content in {**files, "zz-good.jpg": good}.items():
        (tmp_path / "in" / name).write_bytes(content)
    run = efface.measured("redact", tmp_path / "in", "-o", tmp_path / "out", "--json", "--threads", "1", *FAST, code=SOME_FAILED)
    assert run.peak < 600_000_000, "memory was taken for what a header promised"
    assert run.out.count('"failed"') >= len(files) - 1 and '"ok"' in run.out
    written = files_below(tmp_path / "out")
    assert set(written) <= {"zz-good.jpg", "zz-good.jpg.efface.json", "huge.gif", "huge.gif.efface.json"}, written
    for line in run.err.splitlines():
        if line.startswith("efface: "):
            check_sentence(line)


def test_special_files_end_at_once(efface, good, tmp_path):
    """A device, a FIFO that nobody writes to, a socket: named, and within a folder."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/good.jpg").write_bytes(good)
    os.mkfifo(tmp_path / "in/pipe.jpg")
    run = efface("redact", "/dev/null", tmp_path / "in/pipe.jpg", "/dev/zero", "-o", tmp_path / "out", "--json", *FAST,
                 code=SOME_FAILED, timeout=20)
    assert [line["status"] for line in run.lines] == ["failed"] * 3
    for line in run.lines:
        check_sentence(line["error"])
    run = efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--json", *FAST, code=SOME_FAILED, timeout=20)
    assert run.by_name["good.jpg"]["status"] == "ok" and run.by_name["pipe.jpg"]["status"] == "failed"


def test_missing_files(efface, good, tmp_path):
    (tmp_path / "good.jpg").write_bytes(good)
    run = efface("redact", tmp_path / "missing.jpg", tmp_path / "good.jpg", tmp_path / "good.jpg" / "below.jpg",
                 "-o", tmp_path / "out", *FAST, code=SOME_FAILED)
    assert len(error_lines(run)) == 2 and "missing.jpg" in run.err
    assert files_below(tmp_path / "out") == ["good.jpg", "good.jpg.efface.json"]


def test_folders_and_files_that_may_not_be_read(efface, as_nobody, good, tmp_path_factory):
    prefix, folder = as_nobody
    for name in ("in/shut/a.jpg", "in/unreadable.jpg", "in/good.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(good)
    (folder / "in/unreadable.jpg").chmod(0)
    (folder / "in/shut").chmod(0)
    (folder / "out").mkdir()
    (folder / "out").chmod(0o777)
    run = efface("redact", folder / "in", "-o", folder / "out", "--json", *FAST, code=SOME_FAILED, prefix=prefix,
                 env={"XDG_CACHE_HOME": "", "HOME": ""})
    assert run.by_name["good.jpg"]["status"] == "ok"
    for name in ("shut", "unreadable.jpg"):
        assert "ermission" in run.by_name[name]["error"]
    assert files_below(folder / "out") == ["good.jpg", "good.jpg.efface.json"]


def test_output_folders_that_may_not_be_written(efface, as_nobody, good):
    prefix, folder = as_nobody
    (folder / "good.jpg").write_bytes(good)
    (folder / "out").mkdir()
    for output in (folder / "out", folder / "new", folder / "good.jpg", "/proc", "/sys/new"):
        run = efface("redact", folder / "good.jpg", "-o", output, "--json", *FAST, code=SOME_FAILED, prefix=prefix,
                     env={"XDG_CACHE_HOME": "", "HOME": ""})
        check_sentence(run.lines[0]["error"])
    # The default place, beside the input.
    efface("redact", folder / "good.jpg", *FAST, code=SOME_FAILED, prefix=prefix, env={"XDG_CACHE_HOME": "", "HOME": ""})
    # A place for the photos, but none for the records: then no photo either.
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    efface("redact", folder / "good.jpg", "-o", folder / "open", "--record-dir", folder / "out", *FAST, code=SOME_FAILED,
           prefix=prefix, env={"XDG_CACHE_HOME": "", "HOME": ""})
    assert files_below(folder) == ["good.jpg", "open", "out"]


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", folder], capture_output=True, check=False).returncode == 0
    if not mounted:
        pytest.skip("needs the right to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


def check_nothing_but_whole_photos(folder):
    for name in files_below(folder):
        if name.endswith(".jpg"):
            pictures.pixels(folder / name)
    assert not temporary_names(folder)


def test_a_full_disk(efface, small_disk, tmp_path, good):
    (tmp_path / "in").mkdir()
    large = encoded(pictures.background(1200, 900), "JPEG", quality=95)
    assert len(large) > 150_000
    for name, content in {"a.jpg": good, "b.jpg": large, "c.jpg": good}.items():
        (tmp_path / "in" / name).write_bytes(content)
    run = efface("redact", tmp_path / "in", "-o", small_disk, "--json", *FAST, code=SOME_FAILED)
    assert {name: line["status"] for name, line in run.by_name.items()} == {"a.jpg": "ok", "b.jpg": "failed", "c.jpg": "ok"}
    assert "space" in run.by_name["b.jpg"]["error"]
    assert files_below(small_disk) == ["a.jpg", "a.jpg.efface.json", "c.jpg", "c.jpg.efface.json"]
    check_nothing_but_whole_photos(small_disk)


def test_a_limit_on_file_sizes(efface, tmp_path, good):
    """As a quota does: writing stops in the middle of a file."""
    (tmp_path / "in").mkdir()
    large = encoded(pictures.background(1200, 900), "JPEG", quality=95)
    for name, content in {"a.jpg": good, "b.jpg": large}.items():
        (tmp_path / "in" / name).write_bytes(content)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
    run = efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--json", *FAST, code=SOME_FAILED, preexec_fn=limit,
                 restore_signals=False, env={"XDG_CACHE_HOME": "", "HOME": ""})
    assert run.by_name["a.jpg"]["status"] == "ok" and run.by_name["b.jpg"]["status"] == "failed"
    assert files_below(tmp_path / "out") == ["a.jpg", "a.jpg.efface.json"]


def test_damage_in_the_middle(efface, good, tmp_path):
    """Bytes overwritten within the picture data: refused, or written whole and decodable, but never a crash."""
    photo = pictures.scene((320, 256), ((40, 0, 240),))
    whole = {"a.jpg": encoded(photo, "JPEG"), "p.jpg": encoded(photo, "JPEG", progressive=True), "a.png": encoded(photo, "PNG"),
             "a.webp": encoded(photo, "WEBP"), "l.webp": encoded(photo, "WEBP", lossless=True),
             "a.gif": encoded(photo.convert("P"), "GIF"), "a.tif": encoded(photo, "TIFF", compression="tiff_lzw")}
    random = numpy.random.default_rng(5)
    files = {}
    for name, content in whole.items():
        for attempt in range(4):
            damaged = bytearray(content)
            for place in random.integers(len(content) // 4, len(content), 6):
                damaged[place] = random.integers(0, 256)
            files[f"{attempt}-{name}"] = bytes(damaged)
    lines = redact_folder(efface, tmp_path, {**files, "broken.jpg": b"\xff\xd8\xff"}, good)
    for name in files:
        if lines[name]["status"] == "ok":
            pictures.pixels(tmp_path / "out" / name)
            assert (tmp_path / "out" / name).read_bytes() != files[name]
        elif name.endswith(".png"):
            assert lines[name]["error"]
    assert all(lines[f"{attempt}-a.png"]["status"] == "failed" for attempt in range(4)), "PNG has checksums"
