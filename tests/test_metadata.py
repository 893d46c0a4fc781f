"""Nothing that a photo's file carries beside its picture comes through, judged by exiftool; the record lists what went."""
import json
import subprocess

import pytest

import pictures
from command import record_of

SECRETS = [b"Some Place", b"SOMEBODY", b"SN-4711", b"do not tell", b"42.3601", b"after the end"]

# What may be said of a written file: its picture, its colours, its resolution, its orientation.
ALLOWED_EXIF = {"Orientation", "XResolution", "YResolution", "ResolutionUnit", "YCbCrPositioning", "ExifByteOrder",
                # TIFF keeps its picture's layout in the same place.
                "ImageWidth", "ImageHeight", "BitsPerSample", "Compression", "PhotometricInterpretation", "StripOffsets",
                "SamplesPerPixel", "RowsPerStrip", "StripByteCounts", "PlanarConfiguration", "ExtraSamples", "Predictor",
                "ICC_Profile", "SampleFormat", "FillOrder", "SubfileType", "OldSubfileType", "PageNumber"}
FORBIDDEN_GROUPS = ("XMP", "IPTC", "Photoshop", "GPS", "MakerNotes", "MPF", "ExifIFD", "IFD1", "JUMBF", "CIFF", "Ducky",
                    "FlashPix", "PNG-tEXt", "PrintIM", "Trailer", "Samsung", "Google", "Canon", "Nikon")


def tags(path):
    """Pairs of group and name of all that exiftool finds, unknown tags and trailers too."""
    text = subprocess.run(["exiftool", "-json", "-G1", "-a", "-U", "-ee", path], capture_output=True, check=False).stdout
    return [tuple(key.split(":", 1)) for key in json.loads(text)[0] if ":" in key]


def leaks(path):
    """What exiftool finds that should not be there."""
    found = []
    for group, name in tags(path):
        if any(group.startswith(forbidden) for forbidden in FORBIDDEN_GROUPS):
            found.append(f"{group}:{name}")
        elif group == "IFD0" and name not in ALLOWED_EXIF:
            found.append(f"{group}:{name}")
        elif "Comment" in name or "Thumbnail" in name or "Preview" in name or "GPS" in name:
            found.append(f"{group}:{name}")
    return found


@pytest.fixture(scope="module")
def burdened(tmp_path_factory):
    """Photos that carry as much as exiftool can put into each format."""
    folder = tmp_path_factory.mktemp("burdened")
    photo = pictures.scene((320, 256), ((40, 0, 240),))
    photo.resize((160, 128)).save(folder / "thumb.jpg")
    photo.save(folder / "photo.jpg", dpi=(72, 72))
    photo.save(folder / "photo.png")
    photo.save(folder / "photo.tif")
    photo.save(folder / "photo.webp", lossless=True)
    photo.convert("P").save(folder / "photo.gif", comment=b"do not tell, SOMEBODY of Some Place")
    common = ["-XMP-dc:Creator=SOMEBODY", "-XMP-photoshop:City=Some Place"]
    exif = ["-Artist=SOMEBODY", "-EXIF:SerialNumber=SN-4711", "-GPSLatitude=42.3601", "-GPSLatitudeRef=N",
            "-GPSLongitude=71.0589", "-GPSLongitudeRef=W", "-DateTimeOriginal=2024:05:06 07:08:09", "-Make=Canon",
            "-UserComment=do not tell"]
    more = {"photo.jpg": [*exif, "-IPTC:City=Some Place", "-IPTC:By-line=SOMEBODY", "-Comment=do not tell",
                          f"-ThumbnailImage<={folder / 'thumb.jpg'}", "-Photoshop:XResolution=99"],
            "photo.png": [*exif, "-PNG:Comment=do not tell", "-PNG:Author=SOMEBODY"],
            "photo.tif": [*exif, "-IPTC:City=Some Place", "-ImageDescription=do not tell"],
            "photo.webp": exif, "photo.gif": []}
    for name, options in more.items():
        subprocess.run(["exiftool", "-q", "-overwrite_original", *common, *options, folder / name], check=True)
    for name in more:
        with open(folder / name, "ab") as file:
            file.write(b"this text stands after the end of the picture")
    (folder / "thumb.jpg").unlink()
    return folder


@pytest.fixture(scope="module")
def scrubbed(efface, burdened, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scrubbed")
    efface("redact", burdened, "-o", folder)
    return folder


@pytest.mark.parametrize("name, removed", {
    "photo.jpg": {"exif", "exif-gps", "exif-thumbnail", "xmp", "comment", "trailing-bytes"},
    "photo.png": {"exif", "exif-gps", "text", "trailing-bytes"},
    "photo.tif": {"exif-gps", "xmp", "iptc"},
    "photo.webp": {"exif", "exif-gps", "xmp", "trailing-bytes"},
    "photo.gif": {"comment", "trailing-bytes"},
}.items())
def test_nothing_comes_through(burdened, scrubbed, name, removed):
    before = (burdened / name).read_bytes()
    assert sum(secret in before for secret in SECRETS) >= 3, "the sample lacks what it is to test"
    assert leaks(burdened / name), "the judge sees nothing even in the input"
    after = (scrubbed / name).read_bytes()
    assert [secret for secret in SECRETS if secret in after] == []
    assert leaks(scrubbed / name) == []
    listed = {entry["what"]: entry["bytes"] for entry in record_of(scrubbed / name)["removed"]}
    assert removed <= listed.keys() | ({"iptc"} if "photoshop" in listed else set())
    assert all(size > 0 for size in listed.values())


def test_a_gif_keeps_no_application_data(burdened, scrubbed):
    assert b"XMP Data" in (burdened / "photo.gif").read_bytes()
    assert b"XMP" not in (scrubbed / "photo.gif").read_bytes()


def test_sizes_of_what_was_removed_are_true(burdened, scrubbed):
    listed = {entry["what"]: entry["bytes"] for entry in record_of(scrubbed / "photo.jpg")["removed"]}
    thumbnail = subprocess.run(["exiftool", "-b", "-ThumbnailImage", burdened / "photo.jpg"], capture_output=True,
                               check=True).stdout
    assert listed["exif-thumbnail"] == len(thumbnail)
    assert listed["trailing-bytes"] == len(b"this text stands after the end of the picture")


def test_the_date_is_kept_only_when_asked(efface, burdened, scrubbed, tmp_path):
    names = ["photo.jpg", "photo.png", "photo.tif", "photo.webp"]
    efface("redact", *(burdened / name for name in names), "-o", tmp_path, "--keep", "date")
    for name in names:
        assert b"2024:05:06" not in (scrubbed / name).read_bytes()
        assert b"2024:05:06 07:08:09" in (tmp_path / name).read_bytes(), name
        assert not any(secret in (tmp_path / name).read_bytes() for secret in SECRETS)
        assert record_of(tmp_path / name)["settings"]["keep"] == ["icc", "orientation", "resolution", "date"]


def test_every_photo_of_the_evaluation_data_that_leaks(efface, data, tmp_path):
    """Motion photos, gain maps, MPF and MPO second pictures, thumbnails of many cameras."""
    folder = data / "leaks"
    if not folder.is_dir():
        pytest.skip("the evaluation data has no leaks/")
    run = efface("redact", folder, "-o", tmp_path, "--json", "--effort", "fast", code=None)
    seen = 0
    for line in run.lines:
        name = line["input"].rsplit("/", 1)[1]
        if line["status"] != "ok":
            assert "too early" in line["error"], line  # one JPEG whose picture data are cut short
            continue
        if name.endswith((".mp4", ".mov")):
            continue  # clips have tests of their own
        seen += 1
        assert leaks(tmp_path / name) == [], name
        after = (tmp_path / name).read_bytes()
        for mark in (b"ftypmp4", b"ftypisom", b"MotionPhoto", b"hdrgm", b"MPF\0", b"ns.adobe.com", b"http://ns."):
            assert mark not in after, (name, mark)
        assert after.count(b"\xff\xd8\xff") <= 1 or not name.endswith((".jpg", ".mpo")), f"{name}: a second JPEG"
    assert seen >= 20
