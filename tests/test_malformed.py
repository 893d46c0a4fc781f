"""Every hostile file of the evaluation data, through the whole program."""
import hashlib
import json
import pathlib
import time

import pytest
from PIL import Image

import pictures
from command import DONE, SOME_FAILED, check_no_crash, check_sentence, files_below, stopwatch, temporary_names

SECONDS, BYTES = 10, 1_500_000_000


@pytest.fixture(scope="module")
def malformed(data):
    folder = data / "malformed"
    if not folder.is_dir():
        pytest.skip("the evaluation data has no malformed/")
    return folder


def run_timed(efface, folder, output, *options):
    """Redacts the folder; returns exit code, JSON lines each with the seconds since the one before, stderr, peak memory."""
    with open(f"{output}.err", "w+b") as err:
        process = efface.start("redact", folder, "-o", output, "--json", *options, prefix=stopwatch(f"{output}.peak"))
        lines, last = [], time.monotonic()
        for text in process.stdout:
            now = time.monotonic()
            lines.append((json.loads(text), now - last))
            last = now
        err.write(process.stderr.read())
        process.wait()
        said = json.loads(pathlib.Path(f"{output}.peak").read_text())
        err.seek(0)
        return said["status"], lines, err.read().decode(errors="replace"), said["peak"]


def playing_time(line):
    """Seconds that a clip which came out whole may take besides: some of the files are long and only look odd."""
    if line["status"] != "ok":
        return 0
    record = pathlib.Path(line["record"]) if line.get("record") else None
    return json.loads(record.read_text())["input"]["frames"] / 25 if record and record.exists() else 0


def check(malformed, output, code, lines, err):
    last = lines[-1][0]["input"] if lines else "none"
    assert code in (DONE, SOME_FAILED), f"exit code {code} after {last}: {err[-3000:]}"
    check_no_crash(code, err)
    inputs = sorted(path.name for path in malformed.iterdir() if path.is_file())
    reported = sorted(pathlib.Path(line["input"]).name for line, _ in lines)
    sidecars = [name for name in inputs if name not in reported]
    assert sorted(reported + sidecars) == inputs and len(reported) >= len(inputs) - 5
    slow = [(line["input"], round(seconds, 1)) for line, seconds in lines if seconds > SECONDS + playing_time(line)]
    assert slow == []
    for line, _ in lines:
        if line["status"] == "failed":
            check_sentence(line["error"])
    assert not temporary_names(output) if output.exists() else True
    hashes = {hashlib.sha256(path.read_bytes()).hexdigest() for path in malformed.iterdir()}
    written = [output / name for name in (files_below(output) if output.exists() else [])]
    # A picture without faces and metadata comes out as it was; one with a mask never does.
    masked = [pathlib.Path(line["output"]) for line, _ in lines if line["status"] == "ok" and line["faces"] > 0]
    copies = [path.name for path in masked if hashlib.sha256(path.read_bytes()).hexdigest() in hashes]
    assert copies == [], "an unredacted copy"
    return [path for path in written if path.suffix != ".json"]


def test_no_hostile_file_does_harm(efface, malformed, tmp_path):
    """One thread, so that the time between two lines is that of one file."""
    code, lines, err, peak = run_timed(efface, malformed, tmp_path / "out", "--threads", "1")
    written = check(malformed, tmp_path / "out", code, lines, err)
    assert peak < BYTES
    assert {path.name for path in written} == {pathlib.Path(line["input"]).name for line, _ in lines if line["status"] == "ok"}


def test_what_comes_of_hostile_files_is_whole(efface, malformed, tmp_path):
    """What is written can be read to its end by others, though its input was broken."""
    regions = ("--region", "0,0,20,20", "--fill", "solid", "--color", "#f400d7")
    code, lines, err, _ = run_timed(efface, malformed, tmp_path / "out", "--effort", "fast", *regions)
    written = check(malformed, tmp_path / "out", code, lines, err)
    assert len(written) >= 20 and all(line["faces"] > 0 for line, _ in lines if line["status"] == "ok")
    for path in written:
        if path.suffix in (".jpg", ".png", ".gif", ".webp"):
            with Image.open(path) as picture:
                picture.load()
                assert min(picture.size) > 0
                if picture.mode == "RGB" and path.suffix in (".jpg", ".png"):
                    red, green, blue = picture.getpixel((0, 0))
                    assert red > 200 > 60 > green and blue > 180, f"{path.name}: the corner is not as it was told"


def test_no_hostile_file_stirs_the_sanitizers(efface_asan, malformed, tmp_path):
    for number, options in enumerate(((), ("--region", "0,0,30,30", "--effort", "fast", "--fill", "solid", "--color", "#f400d7"))):
        code, lines, err, _ = run_timed(efface_asan, malformed, tmp_path / str(number), *options)
        check(malformed, tmp_path / str(number), code, lines, err)


def test_every_format_under_the_sanitizers(efface_asan, tmp_path):
    """The good way through each reader, mask, fill and writer."""
    photo = pictures.scene((320, 256), ((40, 0, 240),))
    palette = photo.quantize(64, dither=0)
    (tmp_path / "in").mkdir()
    for name, picture, options in (
            ("a.jpg", photo, {}), ("p.jpg", photo, {"progressive": True}), ("g.jpg", photo.convert("L"), {}),
            ("c.jpg", photo.convert("CMYK"), {}), ("a.png", photo, {}), ("t.png", photo.convert("RGBA"), {}), ("i.png", palette, {}),
            ("a.tif", photo, {}), ("z.tif", photo.convert("L"), {"compression": "tiff_lzw"}), ("a.bmp", photo, {}),
            ("a.gif", palette, {}), ("a.webp", photo, {}), ("l.webp", photo, {"lossless": True})):
        picture.save(tmp_path / "in" / name, **options)
    for fill in ("membrane", "solid", "pixelate", "blur"):
        efface_asan("redact", tmp_path / "in", "-o", tmp_path / fill, "--fill", fill, "--region", "-20,200,90,90",
                    "--effort", "thorough" if fill == "solid" else "fast", timeout=300)
        assert len(files_below(tmp_path / fill)) == 26
