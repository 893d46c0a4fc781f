"""efface scrub: hidden copies and metadata go, the picture and its faces stay as they are; and --keep, which chooses what else stays."""
import json
import shutil
import struct
import subprocess

import numpy
import pytest
from PIL import Image, ImageCms

import pictures
from command import SOME_FAILED, USAGE, check_sentence, error_lines, files_below, record_of
from test_metadata import leaks

for _tool in ("exiftool", "heif-enc", "avifenc", "heif-convert", "ffmpeg", "ffprobe"):
    if not shutil.which(_tool):
        pytest.skip(f"needs {_tool}", allow_module_level=True)

SECRETS = [b"SOMEBODY", b"Some Place", b"SN-4711", b"by satellite"]
STILLS = ["a.jpg", "progressive.jpg", "a.png", "a.tif", "lossy.webp", "lossless.webp", "a.heic", "a.avif", "a.bmp", "a.gif"]
WITH_EXIF = ["a.jpg", "progressive.jpg", "a.png", "a.tif", "lossy.webp", "a.heic", "a.avif"]
WARNING = "faces were not looked for"


def exiftool(*arguments):
    return subprocess.run(["exiftool", *arguments], check=True, capture_output=True, text=True).stdout


def told_of(path, *names):
    """Values by exiftool, as numbers where they are."""
    return json.loads(exiftool("-json", "-n", *(f"-{name}" for name in names), path))[0]


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """A photo with a face in every format, and a clip, each with all that exiftool and ffmpeg can put in."""
    folder = tmp_path_factory.mktemp("originals")
    below = folder / "below"
    below.mkdir()
    photo = pictures.scene((320, 256), ((40, 0, 240),))
    icc = pictures.profile()
    photo.save(folder / "a.jpg", dpi=(300, 300), icc_profile=icc)
    photo.save(folder / "progressive.jpg", progressive=True, dpi=(300, 300), icc_profile=icc)
    photo.save(folder / "a.png", dpi=(300, 300), icc_profile=icc)
    photo.save(folder / "a.tif", dpi=(300, 300), icc_profile=icc, compression="tiff_lzw")
    photo.save(folder / "lossy.webp", quality=80, icc_profile=icc)
    photo.save(folder / "lossless.webp", lossless=True)
    photo.save(folder / "a.bmp")
    photo.convert("P").save(folder / "a.gif", comment=b"SOMEBODY")
    subprocess.run(["heif-enc", "-q", "80", "-o", folder / "a.heic", folder / "a.png"], check=True, capture_output=True)
    subprocess.run(["avifenc", "-s", "9", folder / "a.png", folder / "a.avif"], check=True, capture_output=True)
    exiftool("-q", "-overwrite_original", "-Artist=SOMEBODY", "-EXIF:SerialNumber=SN-4711", "-GPSLatitude=42.387512", "-GPSLatitudeRef=N",
             "-GPSLongitude=71.099523", "-GPSLongitudeRef=W", "-GPSAltitude=12.5", "-GPSAltitudeRef=Below Sea Level", "-GPSProcessingMethod=by satellite",
             "-GPSDateStamp=2024:05:06", "-DateTimeOriginal=2024:05:06 07:08:09", "-XMP-photoshop:City=Some Place",
             *(folder / name for name in WITH_EXIF))
    exiftool("-q", "-n", "-overwrite_original", "-Orientation=6", *(folder / name for name in ("a.jpg", "a.png", "a.tif")))
    photo.save(folder / "frame.png")
    subprocess.run(["ffmpeg", "-v", "error", "-loop", "1", "-i", folder / "frame.png", "-f", "lavfi", "-i", "sine", "-t", "0.6", "-c:v", "libx264",
                    "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-metadata", "artist=SOMEBODY", "-metadata",
                    "creation_time=2024-05-06T07:08:09Z", "-metadata", "location=+42.3875-071.0995/", "-y", below / "a.mp4"], check=True)
    (folder / "frame.png").unlink()
    return folder


@pytest.fixture(scope="module")
def scrubbed(efface, originals, tmp_path_factory):
    out = tmp_path_factory.mktemp("scrubbed")
    # No model is where it is said to be, so a detector could not start.
    efface("scrub", originals, "-o", out, env={"EFFACE_MODEL": str(out / "none.xml")})
    return out


def decoded(path, folder):
    return pictures.decode_heif(path, folder / f"{path.name}.png") if path.suffix in (".heic", ".avif") else pictures.pixels(path)


@pytest.mark.parametrize("name", STILLS)
def test_the_picture_is_the_same_and_nothing_else_is_there(originals, scrubbed, tmp_path, name):
    before, after = originals / name, scrubbed / name
    assert numpy.array_equal(decoded(before, tmp_path), decoded(after, tmp_path))
    data = after.read_bytes()
    assert not [secret for secret in SECRETS if secret in data]
    assert leaks(after) == []
    record = record_of(after)
    assert record["settings"]["scrub"] is True and record["settings"]["keep"] == ["icc", "orientation", "resolution"]
    assert record["model"] is None and record["faces"] == []
    assert any(WARNING in warning for warning in record["warnings"])
    if name in WITH_EXIF:
        assert {"exif", "exif-gps"} & {each["what"] for each in record["removed"]}


def test_coded_data_of_a_jpeg_is_copied(originals, scrubbed):
    before, after = ((folder / "a.jpg").read_bytes() for folder in (originals, scrubbed))
    scan = before[before.rindex(b"\xff\xda"):before.index(b"\xff\xd9", before.rindex(b"\xff\xda"))]
    assert len(scan) > 5000 and scan in after


def test_it_stands_up_to_verify(efface, originals, scrubbed):
    efface("verify", *(scrubbed / name for name in STILLS), "--against", originals, "--effort", "fast")
    efface("verify", scrubbed / "below/a.mp4", "--against", originals / "below", "--effort", "fast")


def test_what_was_kept_is_listed(scrubbed):
    kept = {name: record_of(scrubbed / name)["kept"] for name in ("a.jpg", "a.png", "a.tif", "a.gif", "lossy.webp", "a.heic")}
    assert kept == {"a.jpg": ["icc", "orientation", "resolution"], "a.png": ["icc", "orientation", "resolution"],
                    "a.tif": ["icc", "orientation", "resolution"], "a.gif": [], "lossy.webp": ["icc", "resolution"],
                    "a.heic": ["icc", "resolution"]}  # exiftool writes one of 72 where it makes EXIF


def test_a_clip_is_written_anew(originals, scrubbed):
    def frames(path):
        raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"], check=True, capture_output=True).stdout
        return numpy.frombuffer(raw, numpy.uint8).reshape(-1, 256, 320)
    before, after = frames(originals / "below/a.mp4"), frames(scrubbed / "below/a.mp4")
    assert before.shape == after.shape
    assert pictures.psnr(before, after, numpy.ones(before.shape, bool)) > 35  # the face is there
    data = (scrubbed / "below/a.mp4").read_bytes()
    assert b"SOMEBODY" not in data and b"+42.3875" not in data
    assert exiftool("-s3", "-CreateDate", "-GPSCoordinates", "-Artist", scrubbed / "below/a.mp4").replace("0000:00:00 00:00:00", "").strip() == ""
    record = record_of(scrubbed / "below/a.mp4")
    assert record["input"]["frames"] == len(before) and record["kept"] == [] and record["settings"]["scrub"] is True


def test_date_and_place_are_kept_where_they_are_named(efface, originals, tmp_path):
    files = [originals / name for name in WITH_EXIF]
    efface("scrub", *files, "-o", tmp_path, "--keep", "date,gps")
    for name in WITH_EXIF:
        path = tmp_path / name
        told = told_of(path, "DateTimeOriginal", "GPSLatitude", "GPSLongitude", "EXIF:GPSAltitude", "GPSAltitudeRef", "GPSDateStamp", "GPSProcessingMethod", "Artist")
        assert told["DateTimeOriginal"] == "2024:05:06 07:08:09", name
        assert told["GPSLatitude"] == pytest.approx(42.387512, abs=1e-6), name
        assert told["GPSLongitude"] == pytest.approx(-71.099523, abs=1e-6), name
        assert told["GPSAltitude"] == pytest.approx(12.5, abs=0.01) and told["GPSAltitudeRef"] == 1, name  # below the sea
        assert not {"GPSDateStamp", "GPSProcessingMethod", "Artist"} & set(told), name
        assert not [secret for secret in SECRETS if secret in path.read_bytes()]
        assert {"date", "gps"} <= set(record_of(path)["kept"])
        assert record_of(path)["settings"]["keep"] == ["icc", "orientation", "resolution", "date", "gps"]
    efface("verify", *(tmp_path / name for name in WITH_EXIF), "--against", originals, "--effort", "fast")


@pytest.mark.parametrize("ending, place", [("mp4", True), ("mov", True), ("mkv", False)])
def test_date_and_place_of_clips(efface, originals, tmp_path, ending, place):
    clip = tmp_path / f"a.{ending}"
    subprocess.run(["ffmpeg", "-v", "error", "-i", originals / "below/a.mp4", "-c", "copy", "-metadata", "title=SOMEBODY",
                    "-metadata", "creation_time=2024-05-06T07:08:09Z", "-metadata", "location=+42.3875-071.0995/", clip], check=True)
    efface("scrub", clip, "-o", tmp_path / "out", "--keep", "date,gps")
    tags = json.loads(subprocess.run(["ffprobe", "-v", "error", "-show_format", "-of", "json", tmp_path / "out" / clip.name],
                                     check=True, capture_output=True).stdout)["format"]["tags"]
    assert tags["creation_time"] == "2024-05-06T07:08:09.000000Z"
    assert tags.get("location", "").startswith("+42.387" if place else "")
    record = record_of(tmp_path / "out" / clip.name)
    assert record["kept"] == (["date", "gps"] if place else ["date"])
    removed = {each["what"] for each in record["removed"]}
    assert "date" not in removed and ("location" in removed) == (not place)
    assert any("no place for it" in warning for warning in record["warnings"]) == (not place)
    data = (tmp_path / "out" / clip.name).read_bytes()
    assert b"SOMEBODY" not in data
    efface("verify", tmp_path / "out" / clip.name, "--against", clip, "--effort", "fast")
    (tmp_path / "out" / f"{clip.name}.efface.json").unlink()  # which says what may stay
    told = efface("verify", tmp_path / "out" / clip.name, "--effort", "fast", code=SOME_FAILED).out
    assert "date" in told and ("location" in told) == place


def test_keep_none_leaves_the_orientation_alone(efface, originals, tmp_path):
    names = ["a.jpg", "progressive.jpg", "a.png", "a.tif", "lossy.webp", "a.heic", "a.avif"]
    efface("scrub", *(originals / name for name in names), "-o", tmp_path, "--keep", "none")
    for name in names:
        told = told_of(tmp_path / name, "ICC_Profile:all", "XResolution", "Orientation", "ResolutionUnit", "PixelsPerUnitX")
        assert "ProfileVersion" not in told and "PixelsPerUnitX" not in told, name
        assert told.get("XResolution", 1) in (0, 1), name
        assert told.get("Orientation", 1) == (6 if name in ("a.jpg", "a.png", "a.tif") else 1), name
        record = record_of(tmp_path / name)
        assert record["kept"] == (["orientation"] if told.get("Orientation", 1) == 6 else [])
        assert any("colour profile" in warning for warning in record["warnings"]), name


def test_keep_goes_with_redact_too(efface, originals, tmp_path):
    efface("redact", originals / "a.jpg", "-o", tmp_path, "--keep", "none,gps", "--effort", "fast")
    told = told_of(tmp_path / "a.jpg", "GPSLatitude", "DateTimeOriginal", "ProfileVersion", "Orientation")
    assert told["GPSLatitude"] == pytest.approx(42.387512, abs=1e-6) and told["Orientation"] == 6
    assert not {"DateTimeOriginal", "ProfileVersion"} & set(told)
    assert record_of(tmp_path / "a.jpg")["kept"] == ["orientation", "gps"]


def test_formats_without_a_place_for_it_say_so(efface, originals, tmp_path):
    efface("scrub", originals / "a.gif", originals / "a.bmp", "-o", tmp_path, "--keep", "gps")
    for name in ("a.gif", "a.bmp"):
        assert any("no place for" in warning for warning in record_of(tmp_path / name)["warnings"])


@pytest.mark.parametrize("names", ["camera", "date,camera", ""])
def test_unknown_names_are_refused(efface, originals, tmp_path, names):
    told = efface("scrub", originals / "a.jpg", "-o", tmp_path / "out", "--keep", names, code=USAGE)
    check_sentence(error_lines(told)[0])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("setting, date", [(["date"], True), ([], False)])
def test_records_of_before_are_obeyed(efface, originals, tmp_path, setting, date):
    """Their "keep" named what was kept beside the default."""
    efface("scrub", originals / "a.jpg", "-o", tmp_path)
    old = record_of(tmp_path / "a.jpg")
    del old["kept"]
    old["settings"]["keep"] = setting
    (tmp_path / "old.json").write_text(json.dumps(old))
    efface("redact", originals / "a.jpg", "-o", tmp_path / "out", "--record", tmp_path / "old.json")
    told = told_of(tmp_path / "out/a.jpg", "DateTimeOriginal", "ProfileVersion")
    assert ("DateTimeOriginal" in told) == date and "ProfileVersion" in told


def test_results_and_records_go_where_redact_puts_them(efface, originals, tmp_path):
    folder = tmp_path / "photos"
    (folder / "below").mkdir(parents=True)
    for name in ("a.jpg", "below/b.jpg"):
        shutil.copy(originals / "a.jpg", folder / name)
    lines = efface("scrub", folder, "--json").lines
    assert files_below(tmp_path / "photos_scrubbed") == ["a.jpg", "a.jpg.efface.json", "below", "below/b.jpg", "below/b.jpg.efface.json"]
    assert all(line["status"] == "ok" and line["kept"] == ["icc", "orientation", "resolution"] for line in lines)
    again = efface("scrub", folder, code=SOME_FAILED)
    assert all("exists already" in line for line in error_lines(again))
    efface("scrub", folder, "--overwrite", "--no-record", "-o", tmp_path / "bare", "--threads", "1", "--quiet")
    assert files_below(tmp_path / "bare") == ["a.jpg", "below", "below/b.jpg"]
    efface("scrub", folder / "a.jpg", "--record-dir", tmp_path / "records")
    assert files_below(tmp_path / "records") == ["a_scrubbed.jpg.efface.json"]


def test_a_stopped_batch_goes_on(efface, originals, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(originals / "a.jpg", folder / "a.jpg")
    (folder / "b.jpg").write_bytes((originals / "a.jpg").read_bytes()[:4000])
    told = efface("scrub", folder, "-o", tmp_path / "out", code=SOME_FAILED)
    check_sentence(error_lines(told)[0])
    shutil.copy(originals / "a.jpg", folder / "b.jpg")
    lines = efface("scrub", folder, "-o", tmp_path / "out", "--resume", "--json").by_name
    assert (lines["a.jpg"]["status"], lines["b.jpg"]["status"]) == ("done before", "ok")
    # What was redacted was not scrubbed: the settings differ.
    told = efface("redact", folder, "-o", tmp_path / "out", "--resume", "--effort", "fast", code=SOME_FAILED)
    assert all("exists already" in line for line in error_lines(told))


# Colour profiles, built anew.

def icc(tags, space=b"RGB ", version=2, kind=b"mntr", connection=b"XYZ "):
    """A profile of these tags."""
    table, data, at = b"", b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", at + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    head = struct.pack(">I4sBBH4s4s4s12x4s24xI3I48x", 132 + len(table) + len(data), b"LCMS", version, 0x40, 0, kind, space, connection, b"acsp", 0,
                       0xF6D6, 0x10000, 0xD32D)
    return head + struct.pack(">I", len(tags)) + table + data


def fixed(*values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def curve(power, entries=0):
    if not entries:
        return b"curv" + bytes(4) + struct.pack(">IH", 1, round(power * 256)) + bytes(2)
    return b"curv" + bytes(4) + struct.pack(">I", entries) + b"".join(
        struct.pack(">H", round(65535 * (i / (entries - 1)) ** power)) for i in range(entries))


def table16(channels_in, channels_out, points=5):
    """lut16Type with a grid of made-up values."""
    random = numpy.random.default_rng(7)
    ramp = numpy.linspace(0, 65535, 16).astype(">u2").tobytes()
    return (b"mft2" + bytes(4) + bytes([channels_in, channels_out, points, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + struct.pack(">HH", 16, 16) +
            ramp * channels_in + random.integers(0, 65536, channels_out * points**channels_in).astype(">u2").tobytes() + ramp * channels_out)


def table_of_parts():
    """lutAToBType with all five parts."""
    random = numpy.random.default_rng(8)
    curves = b"".join(b"para" + bytes(4) + bytes(4) + fixed(power) for power in (1.1, 0.9, 1.0))
    grid = bytes([4, 4, 4]) + bytes(13) + bytes([2, 0, 0, 0]) + random.integers(0, 65536, 3 * 64).astype(">u2").tobytes()
    parts = [curves, fixed(0.9, 0.05, 0, 0, 1, 0.02, 0, 0, 0.95, 0, 0.01, 0), curves, grid, curves]
    at, offsets = 32, []
    for part in parts:
        offsets.append(at)
        at += len(part)
    return b"mAB " + bytes(4) + bytes([3, 3, 0, 0]) + struct.pack(">5I", *offsets) + b"".join(parts)


XYZ = {b"wtpt": (0.9642, 1, 0.8249), b"rXYZ": (0.436, 0.2225, 0.0139), b"gXYZ": (0.3851, 0.7169, 0.0971), b"bXYZ": (0.1431, 0.0606, 0.7141)}
MATRIX = {name: b"XYZ " + bytes(4) + fixed(*value) for name, value in XYZ.items()}
SECRET = {b"priv": b"data" + bytes(8) + b"SOMEBODY", b"dmnd": b"desc" + bytes(4) + struct.pack(">I", 9) + b"SOMEBODY\0" + bytes(78)}
PROFILES = {
    "sRGB": lambda: pictures.profile(),
    "matrix": lambda: icc({**MATRIX, b"rTRC": curve(1.8), b"gTRC": curve(2.2), b"bTRC": curve(2.4), **SECRET}),
    "large-curve": lambda: icc({**MATRIX, b"rTRC": curve(1.8, 30_000), b"gTRC": curve(2.2, 4096), b"bTRC": curve(2.2, 4096), **SECRET}),
    "tables": lambda: icc({b"wtpt": MATRIX[b"wtpt"], b"A2B0": table16(3, 3), b"A2B1": table16(3, 3, 3), b"B2A0": table16(3, 3), **SECRET},
                          connection=b"Lab "),
    "parts": lambda: icc({b"wtpt": MATRIX[b"wtpt"], b"A2B0": table_of_parts(), **SECRET}, version=4, connection=b"Lab "),
    "grey": lambda: icc({b"wtpt": MATRIX[b"wtpt"], b"kTRC": curve(1.8), **SECRET}, space=b"GRAY"),
    "cmyk": lambda: icc({b"wtpt": MATRIX[b"wtpt"], b"A2B0": table16(4, 3), b"A2B1": table16(4, 3), **SECRET}, space=b"CMYK", kind=b"prtr",
                        connection=b"Lab "),
}


def colours(profile, mode, intent):
    """What a colour management system makes of samples of all kinds in this profile."""
    channels = len(Image.new(mode, (1, 1)).getbands())
    values = numpy.random.default_rng(3).integers(0, 256, (64, 64, channels), dtype=numpy.uint8)
    picture = Image.fromarray(values[:, :, 0] if channels == 1 else values, mode)
    source = ImageCms.ImageCmsProfile(pictures.io.BytesIO(profile))
    made = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB", renderingIntent=intent)
    return numpy.asarray(ImageCms.applyTransform(picture, made))


@pytest.mark.parametrize("kind", PROFILES)
def test_colours_are_the_same_and_devices_are_not_named(efface, tmp_path, kind):
    mode = {"grey": "L", "cmyk": "CMYK"}.get(kind, "RGB")
    profile = PROFILES[kind]()
    assert kind == "sRGB" or profile.count(b"SOMEBODY") == 2
    photo = pictures.scene((64, 64), ()).convert(mode)
    names = ["a.jpg", "a.tif"] + (["a.png"] if kind in ("sRGB", "matrix", "large-curve", "grey") else []) + (["a.webp"] if mode == "RGB" else [])
    for name in names:
        photo.save(tmp_path / name, icc_profile=profile)
    efface("scrub", tmp_path, "-o", tmp_path / "out")
    for name in names:
        assert "icc" in record_of(tmp_path / "out" / name)["kept"], name
        assert b"SOMEBODY" not in (tmp_path / "out" / name).read_bytes()
        with Image.open(tmp_path / "out" / name) as picture:
            made = picture.info["icc_profile"]
        for intent in (0, 1):
            before, after = colours(profile, mode, intent), colours(made, mode, intent)
            assert numpy.array_equal(before, after), (name, intent)
            assert numpy.ptp(before) > 100
    with open(tmp_path / "made.icc", "wb") as file:
        file.write(made)
    told = exiftool("-G1", "-s", "-ICC_Profile:all", "-warning", tmp_path / "made.icc")
    assert "Warning" not in told


def test_a_profile_that_cannot_be_read_is_left_out(efface, tmp_path):
    for name, profile in {"cut.jpg": PROFILES["matrix"]()[:-200], "link.jpg": icc({b"A2B0": table16(3, 3)}, kind=b"link"), "text.jpg": b"SOMEBODY" * 50}.items():
        pictures.scene((64, 64), ()).save(tmp_path / name, icc_profile=profile)
    efface("scrub", tmp_path, "-o", tmp_path / "out")
    for name in ("link.jpg", "text.jpg"):
        record = record_of(tmp_path / "out" / name)
        assert "icc" not in record["kept"]
        assert any("colour profile" in warning for warning in record["warnings"])
        with Image.open(tmp_path / "out" / name) as picture:
            assert "icc_profile" not in picture.info
