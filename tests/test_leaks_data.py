"""Real files from cameras and phones that carry hidden copies of the picture or the place (the evaluation data's leaks/): nothing of
it is left after `efface redact`, by exiftool, by ffprobe, and by a search for the bytes of the pictures and clips in them."""
import json
import os
import re
import shutil
import struct
import subprocess

import pytest

from command import DATA, SOME_FAILED, check_sentence, record_of
from test_metadata import ALLOWED_EXIF, FORBIDDEN_GROUPS

if not shutil.which("exiftool"):
    pytest.skip("needs exiftool", allow_module_level=True)
if not (DATA / "leaks").is_dir():
    pytest.skip(f"the evaluation data is not there: {DATA / 'leaks'} (EFFACE_TEST_DATA names its folder)", allow_module_level=True)

NAMES = sorted(path.name for path in (DATA / "leaks").iterdir())
PIECE = 64  # bytes of an embedded picture that must not occur


@pytest.fixture(scope="module")
def run(efface, tmp_path_factory):
    out = tmp_path_factory.mktemp("leaks")
    told = efface("redact", DATA / "leaks", "-o", out, "--effort", "fast", "--json", code=None, timeout=600).by_name
    assert sorted(told) == NAMES
    return out, told


def jpeg_end(data, start):
    """After EOI of the JPEG that begins at `start`, or None."""
    at = start + 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] not in (0xD8, 0xD9):
        size = struct.unpack(">H", data[at + 2:at + 4])[0]
        if data[at + 1] == 0xDA:
            end = data.find(b"\xff\xd9", at)
            while end >= 0:
                following = re.compile(rb"\xff[\xc4\xda\xdd\xdb]").search(data, at + 2 + size, end)
                return end + 2 if following is None or end > following.start() else None
            return None
        at += 2 + size
    return None


TAGS = ("ThumbnailImage", "PreviewImage", "JpgFromRaw", "OtherImage", "PhotoshopThumbnail", "EmbeddedVideoFile", "MPImage2", "MotionPhotoVideo")


def taken_out(paths, folder):
    """What exiftool takes out of files, in one run: {name of the file: [(tag, bytes)]}."""
    subprocess.run(["exiftool", "-q", "-q", "-b", "-W", f"{folder}/%f.%e!%t", *(f"-{tag}" for tag in TAGS), *paths], capture_output=True, check=False)
    found = {}
    for made in sorted(folder.iterdir()):
        name, _, tag = made.name.rpartition("!")
        found.setdefault(name, []).append((tag, made.read_bytes()))
    return found


def carved(path):
    """What a file's bytes show."""
    found = []
    whole = path.read_bytes()
    for match in re.finditer(rb"\xff\xd8\xff[\xe0\xe1\xdb\xc4]", whole):
        end = jpeg_end(whole, match.start())
        if match.start() > 0 and end and end - match.start() > 4 * PIECE:
            found.append((f"JPEG at {match.start()}", whole[match.start():end]))
    for match in re.finditer(rb"ftyp(?=mp4|isom|qt  )", whole):
        if match.start() > 4:
            found.append((f"clip at {match.start() - 4}", whole[match.start() - 4:]))
    return found


@pytest.fixture(scope="module")
def embedded(run, tmp_path_factory):
    """Pictures and clips within the files, and within what was written: two of {name: [(what, bytes)]}."""
    out, _ = run
    both = []
    for folder in (DATA / "leaks", out):
        paths = [folder / name for name in NAMES if (folder / name).exists()]
        by_exiftool = taken_out(paths, tmp_path_factory.mktemp("taken"))
        both.append({path.name: [(what, data) for what, data in by_exiftool.get(path.name, []) if len(data) > 4 * PIECE] + carved(path)
                     for path in paths})
    return both


def pieces(data):
    """Runs of bytes all over an embedded picture that are not of one value."""
    step = max(PIECE, (len(data) - PIECE) // 40)
    for at in range(PIECE, len(data) - PIECE, step):
        piece = data[at:at + PIECE]
        if len(set(piece)) > PIECE // 3:
            yield piece


@pytest.mark.parametrize("name", NAMES)
def test_no_embedded_picture_is_left(run, embedded, name):
    out, told = run
    if not (out / name).exists():
        check_sentence(told[name]["error"])
        return
    written = (out / name).read_bytes()
    for what, data in embedded[0][name]:
        left = [piece for piece in pieces(data) if piece in written]
        assert left == [], f"{what}: {len(left)} pieces are left"
    assert [what for what, _ in embedded[1][name]] == []


def test_many_of_them_hold_something(embedded):
    """So that the test above can fail."""
    assert sum(bool(found) for found in embedded[0].values()) > len(NAMES) // 3


def test_exiftool_finds_no_copy_and_no_place(run):
    out, _ = run
    written = [out / name for name in NAMES if (out / name).exists()]
    told = json.loads(subprocess.run(["exiftool", "-json", "-G1", "-a", "-U", "-ee", *written], capture_output=True, check=False).stdout)
    found = []
    for each in told:
        for key in each:
            group, _, tag = key.partition(":")
            if group.startswith(FORBIDDEN_GROUPS) or (group == "IFD0" and tag not in ALLOWED_EXIF) or group in ("ItemList", "Keys", "UserData"):
                found.append((os.path.basename(each["SourceFile"]), key))
            elif any(word in tag for word in ("Comment", "ThumbnailImage", "PreviewImage", "GPS", "MotionPhoto", "EmbeddedVideo")):
                found.append((os.path.basename(each["SourceFile"]), key))
    assert found == [] and len(told) == len(written)


def test_the_record_lists_what_went(run):
    """What exiftool finds in the originals."""
    out, _ = run
    written = [name for name in NAMES if (out / name).exists()]
    originals = subprocess.run(["exiftool", "-json", "-G1", "-a", *(DATA / "leaks" / name for name in written)], capture_output=True, check=False)
    for told in json.loads(originals.stdout):
        name = os.path.basename(told["SourceFile"])
        removed = {each["what"] for each in record_of(out / name)["removed"]}
        groups = {key.partition(":")[0] for key in told}
        if "GPS" in groups:
            assert removed & {"exif-gps", "location"}, name
        if any("ThumbnailImage" in key for key in told) and "IFD1" in groups:
            assert "exif-thumbnail" in removed, name
        if any(group.startswith("XMP") for group in groups):
            assert removed & {"xmp", "text"}, name
        if "MPF0" in groups:
            assert "mpf" in removed, name


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="needs ffprobe")
def test_ffprobe_finds_nothing_beside_pictures_and_sound(run):
    out, _ = run
    clips = [out / name for name in NAMES if name.endswith((".mp4", ".mov")) and (out / name).exists()]
    assert clips
    for path in clips:
        told = json.loads(subprocess.run(["ffprobe", "-v", "quiet", "-print_format", "json", "-show_streams", "-show_format", "-show_chapters", path],
                                         capture_output=True, check=True).stdout)
        assert {s["codec_type"] for s in told["streams"]} <= {"video", "audio"} and told["chapters"] == []
        assert set(told["format"].get("tags", {})) <= {"major_brand", "minor_version", "compatible_brands"}


def test_verify_holds(efface, run):
    """And fails for each original that carries something."""
    out, _ = run
    written = [name for name in NAMES if (out / name).exists()]
    told = efface("verify", *(out / name for name in written), "--against", DATA / "leaks", "--effort", "fast", "--json", timeout=600).lines
    assert len(told) == len(written)
    for line in told:
        assert {check["check"] for check in line["checks"] if check["result"] != "pass"} == {"signature"}, line
    carrying = [name for name in written if record_of(out / name)["removed"]]
    told = efface("verify", *(DATA / "leaks" / name for name in carrying), "--effort", "fast", "--json", code=SOME_FAILED, timeout=600).lines
    assert all("hidden-copies" in {check["check"] for check in line["checks"] if check["result"] == "fail"} for line in told)
    assert len(told) == len(carrying) > len(written) // 2
