"""Every hiding place of docs/hidden-copies.md, one case a row: a file with a secret in that place is redacted, and the secret is
nowhere in what comes out, nor in the record, which lists it as removed; or the file is refused with a sentence. exiftool and
ffprobe look at every output as well."""
import concurrent.futures
import dataclasses
import json
import os
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

import leaks
import pictures
from command import ROOT, check_sentence, record_of
from leaks import (VIDEO, SOUND, X264, ebml, exif, full_box, jpeg, leb128, mp4_box, png, png_chunk, riff_chunk, segment, small_picture,
                   text, tiff, undefined, webp)
from test_metadata import ALLOWED_EXIF, FORBIDDEN_GROUPS

for _tool in ("ffmpeg", "ffprobe", "exiftool", "heif-enc", "avifenc"):
    if not shutil.which(_tool):
        pytest.skip(f"needs {_tool}", allow_module_level=True)

TABLE = ROOT / "docs/hidden-copies.md"


@dataclasses.dataclass
class Case:
    ending: str  # of the file's name
    make: Callable  # (secret, makers) -> bytes
    removed: tuple = ()  # kinds that the record lists, each of them
    refused: str = ""  # part of the sentence with which it is refused
    check: Callable = None  # (output, input, secret): more that must hold
    searched: bool = True  # False: the secret is no run of bytes


def j(make, *removed, **more):
    return Case("jpg", lambda secret, _: make(secret), removed, **more)


def file(ending, make, *removed, **more):
    return Case(ending, lambda secret, _: make(secret), removed, **more)


def made(ending, make, *removed, **more):
    return Case(ending, make, removed, **more)


def heif(kind, change, *removed, **more):
    def make(secret, makers):
        still = makers.heif(kind)
        change(still, secret)
        return still.finish()
    return Case(kind, make, removed, **more)


def mp4(change, *removed, options=(), **more):
    """A change to the bytes of an MP4 file of one H.264 track and one of sound."""
    return Case("mp4", lambda secret, makers: change(makers.h264(".mp4", *options), secret), removed, **more)


TRAK, STSD = (b"moov", b"trak"), (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


def no_account_of_the_encoder(output, *_):
    assert not re.search(rb"x26[45]", output.read_bytes())


def profile_is_kept(output, *_):
    with Image.open(output) as picture:
        assert b"rTRC" in picture.info["icc_profile"] and b"priv" not in picture.info["icc_profile"]


def same_colours_shown(output, original, _):
    """What is shown is unchanged."""
    assert pictures.pixels(output).tobytes() == pictures.pixels(original).tobytes()


def one_track_of_pictures(output, *_):
    assert [s["codec_type"] for s in probe(output)["streams"]].count("video") == 1


def frames_of(path, *options):
    told = subprocess.run(["ffprobe", "-v", "error", *options, "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames",
                           "-of", "csv=p=0", path], capture_output=True, check=True, text=True).stdout
    return int(told.strip().strip(","))


def no_frames_beside_the_shown(output, original, _):
    shown = frames_of(original)
    assert frames_of(output) == frames_of(output, "-ignore_editlist", "1") == shown
    assert frames_of(original, "-ignore_editlist", "1") > shown


def coded_as_shown(output, *_):
    stream = next(s for s in probe(output)["streams"] if s["codec_type"] == "video")
    assert stream["coded_width"] - stream["width"] < 16 and stream["coded_height"] - stream["height"] < 16


def probe(path):
    return json.loads(subprocess.run(["ffprobe", "-v", "quiet", "-print_format", "json", "-show_streams", "-show_format", "-show_chapters", path],
                                     capture_output=True, check=True).stdout)


def sound_hidden_by_edits(secret, makers):
    """Two seconds of sound, of which the edit list plays the last 0.48."""
    path = makers.folder / "long.mp4"
    leaks.ffmpeg(*VIDEO, "-f", "lavfi", "-i", "sine=frequency=440:duration=3", *X264, "-c:a", "pcm_s16le", "-f", "mov", path)
    movie = path.read_bytes()
    def cut(payload):
        head = payload[:4] + struct.pack(">I", 1)
        return head + struct.pack(">IiI", 480, 100_000, 0x10000)
    tracks = [payload for kind, payload in leaks.mp4_boxes(leaks.box_of(movie, b"moov")) if kind == b"trak"]
    sound = next(t for t in tracks if b"soun" in t)
    changed = leaks.change_box(sound, (b"edts", b"elst"), cut)
    return leaks.change_box(movie, (b"moov",), lambda payload: payload.replace(mp4_box(b"trak", sound), mp4_box(b"trak", changed)))


def short_sound(output, *_):
    stream = next(s for s in probe(output)["streams"] if s["codec_type"] == "audio")
    assert float(stream["duration"]) < 1.2


def hidden_by_edits(secret, makers):
    """The edit list begins in the middle of a group of pictures."""
    path = makers.folder / "whole.mp4"
    path.write_bytes(makers.clip(".mp4", "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=1", *X264[:-4], "-g", "25", *X264[-2:]))
    out = makers.folder / "cut.mp4"
    leaks.ffmpeg("-ss", "0.5", "-i", path, "-c", "copy", out)
    return out.read_bytes()


def before_the_first_key(secret, makers):
    """The stream begins with pictures that refer to one that is gone."""
    stream = makers.clip(".h264", *VIDEO, *X264)
    units = leaks.start_units(stream)
    keys = [i for i, unit in enumerate(units) if unit[0] & 31 == 5]
    head = [unit for unit in units if unit[0] & 31 in (7, 8)][:2]
    tail = units[keys[0] + 1:]
    message = leaks.h26x_message(secret, False)
    return makers.mux(b"".join(b"\0\0\0\1" + unit for unit in [*head, message, *tail]), ".mp4")


def cropped(hevc):
    def make(secret, makers):
        stream = makers.clip(".hevc" if hevc else ".h264", *VIDEO, *(
            ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:info=0", "-pix_fmt", "yuv420p") if hevc else X264))
        path = makers.folder / ("whole.hevc" if hevc else "whole.h264")
        path.write_bytes(stream)
        out = makers.folder / "cropped.mp4"
        leaks.ffmpeg("-r", "25", "-i", path, "-c", "copy", "-bsf:v", f"{'hevc' if hevc else 'h264'}_metadata=crop_right=32", out)
        return out.read_bytes()
    return make


def messages(container, hevc=False, captions=False):
    return lambda secret, makers: makers.mux(
        leaks.with_message(makers.raw(hevc), leaks.h26x_message(secret, hevc, captions), hevc), container, hevc)


def filler(secret, makers):
    stream = makers.raw()
    return makers.mux(leaks.with_message(stream, b"\x0c" + secret + b"\x80"), ".mp4")


def cover(ending):
    def make(secret, makers):
        picture = makers.folder / "cover.jpg"
        picture.write_bytes(small_picture(secret))
        out = makers.folder / f"covered.{ending}"
        if ending == "mkv":
            leaks.ffmpeg(*VIDEO, *X264, "-attach", picture, "-metadata:s:t", "mimetype=image/jpeg", "-metadata:s:t", "filename=cover.jpg", out)
        else:
            leaks.ffmpeg(*VIDEO, "-i", picture, "-map", "0:v", "-map", "1:v", "-c:v:0", *X264[1:-2], "-c:v:1", "copy", "-disposition:v:1",
                         "attached_pic", out)
        return out.read_bytes()
    return make


def chapters(ending):
    def make(secret, makers):
        listed = makers.folder / "chapters.txt"
        listed.write_bytes(b";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=400\ntitle=" + secret + b"\n")
        out = makers.folder / f"chapters.{ending}"
        leaks.ffmpeg(*VIDEO, "-f", "ffmetadata", "-i", listed, "-map", "0", "-map_metadata", "1", *X264, out)
        return out.read_bytes()
    return make


def data_track(secret, makers):
    """A track of positions: the text track of a subtitled file under another name, as cameras write it."""
    whole = makers.clip(".mp4", *makers.subtitled(secret, "-c:s", "mov_text"))
    return whole.replace(b"tx3g", b"gpmd").replace(b"sbtl", b"meta")


def timecode(secret, makers):
    return makers.clip(".mov", *VIDEO, "-timecode", "12:34:56:07", *X264)


def second_track(secret, makers):
    """The second one, which players don't show, carries the secret beside its pictures."""
    first, second = makers.folder / "first.mp4", makers.folder / "second.mp4"
    first.write_bytes(makers.h264(".mp4", "-an"))
    second.write_bytes(messages(".mp4")(secret, makers))
    out = makers.folder / "two.mp4"
    leaks.ffmpeg("-i", first, "-i", second, "-map", "0:v", "-map", "1:v", "-c", "copy", out)
    return out.read_bytes()


def fragments(secret, makers):
    whole = makers.h264(".mp4", "-movflags", "frag_keyframe+empty_moov")
    made = b""
    for kind, payload in leaks.mp4_boxes(whole):  # the run's place is counted from its moof, so media may grow at its end
        made += mp4_box(kind, payload + (secret if kind == b"mdat" else b""))
    return made


def wide_offsets(secret, makers):
    """Places of 64 bits."""
    def widen(payload):
        count = struct.unpack(">I", payload[4:8])[0]
        return payload[:8] + b"".join(struct.pack(">Q", each) for each in struct.unpack(f">{count}I", payload[8:8 + 4 * count]))
    movie = leaks.change_box(makers.h264(".mp4", "-an"), (*TRAK, b"mdia", b"minf", b"stbl", b"stco"), widen)
    at = movie.index(b"stco")
    return leaks.after_media(movie[:at] + b"co64" + movie[at + 4:], secret)


def compressor(movie, secret):
    at = movie.index(b"avc1", movie.index(b"stsd")) + 4 + 42
    return movie[:at] + b"\x1f" + secret[:31] + movie[at + 32:]


def handler(movie, secret):
    return leaks.change_box(movie, (*TRAK, b"mdia", b"hdlr"), lambda payload: payload[:24] + secret + b"\0")


def configuration_tail(movie, secret):
    """Bytes after the parameter sets of avcC."""
    at = movie.index(b"avcC")
    size = struct.unpack(">I", movie[at - 4:at])[0]
    whole = movie[at - 4:at - 4 + size]
    def grow(payload):
        return payload.replace(whole, mp4_box(b"avcC", whole[8:] + secret))
    def description(payload):
        grown = grow(payload)
        entry = struct.unpack(">I", payload[8:12])[0]
        return payload[:8] + struct.pack(">I", entry + len(secret)) + grown[12:]
    return leaks.change_box(movie, STSD, description)


def aperture(movie, secret):
    """A clean aperture of 32 x 64 pixels of 96 x 64."""
    clap = mp4_box(b"clap", struct.pack(">8I", 32, 1, 64, 1, 0, 1, 0, 1))
    def description(payload):
        entry = struct.unpack(">I", payload[8:12])[0]
        return payload[:8] + struct.pack(">I", entry + len(clap)) + payload[12:8 + entry] + clap + payload[8 + entry:]
    return leaks.change_box(movie, STSD, description)


def times(movie, secret):
    return leaks.change_box(movie, (b"moov", b"mvhd"), lambda payload: payload[:4] + secret[:8] + payload[12:])


def no_first_eight(output, _, secret):
    assert secret[:8] not in output.read_bytes()


def no_first_31(output, _, secret):
    assert secret[:31] not in output.read_bytes()


def mkv(*removed, **more):
    def wrap(change):
        return Case("mkv", lambda secret, makers: change(makers.h264(".mkv"), secret), removed, **more)
    return wrap


def void(movie, secret):
    return leaks.matroska_append(movie, ebml("ec", secret))


def block_additions(secret, makers):
    """A block with an addition, in a cluster of its own."""
    addition = ebml("75a1", ebml("a6", ebml("ee", b"\x01") + ebml("a5", secret)))
    movie = makers.clip(".mkv", *VIDEO, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    picture = pictures.encoded(pictures.background(96, 64), "JPEG")
    cluster = ebml("1f43b675", ebml("e7", b"\x02\x58") + ebml("a0", ebml("a1", b"\x81\0\0\x80" + picture) + addition))
    return leaks.matroska_append(movie, cluster)


def matroska_tail(movie, secret):
    return movie + secret


def avi(change, *removed, **more):
    return Case("avi", lambda secret, makers: change(makers.clip(".avi", *VIDEO, *SOUND, "-c:v", "mpeg4", "-c:a", "mp3"), secret), removed, **more)


def avi_stream_name(movie, secret):
    """A name in the first stream's header list; the places of the index count from movi."""
    at = movie.index(b"LIST", movie.index(b"hdrl"))
    size = struct.unpack("<I", movie[at + 4:at + 8])[0]
    name = riff_chunk(b"strn", secret)
    header = movie.index(b"LIST")
    grown = bytearray(movie[:at + 8 + size] + name + movie[at + 8 + size:])
    for where in (4, header + 4, at + 4):
        grown[where:where + 4] = struct.pack("<I", struct.unpack("<I", grown[where:where + 4])[0] + len(name))
    return bytes(grown)


def avi_beside_the_index(movie, secret):
    """A chunk of the video stream at the end of movi that the index doesn't name."""
    at = movie.index(b"movi") - 8
    size = struct.unpack("<I", movie[at + 4:at + 8])[0]
    more = riff_chunk(b"00dc", b"\0\0\1\xb2" + secret)
    riff = struct.unpack("<I", movie[4:8])[0] + len(more)
    return (movie[:4] + struct.pack("<I", riff) + movie[8:at + 4] + struct.pack("<I", size + len(more)) + movie[at + 8:at + 8 + size] + more +
            movie[at + 8 + size:])


def avi_junk(movie, secret):
    return leaks.riff_append(movie, riff_chunk(b"JUNK", secret))


def ts(change, *removed, **more):
    return Case("ts", lambda secret, makers: change(makers.h264(".ts"), secret), removed, **more)


def mjpeg_comments(secret, makers):
    """A comment in every frame."""
    for name in range(4):
        (makers.folder / f"frame{name}.jpg").write_bytes(pictures.encoded(pictures.background(96, 64), "JPEG", comment=secret))
    out = makers.folder / "frames.avi"
    leaks.ffmpeg("-framerate", "25", "-i", makers.folder / "frame%d.jpg", "-c", "copy", out)
    return out.read_bytes()


def mpeg_user_data(secret, makers):
    """User data before every picture of MPEG-2."""
    stream = makers.clip(".m2v", *VIDEO, "-c:v", "mpeg2video")
    path, out = makers.folder / "user.m2v", makers.folder / "user.ts"
    path.write_bytes(stream.replace(b"\0\0\1\x01", b"\0\0\1\xb2" + secret + b"\0\0\1\x01"))
    leaks.ffmpeg("-fflags", "+genpts", "-r", "25", "-i", path, "-c", "copy", out)
    return out.read_bytes()


def av1_metadata(secret, makers):
    """A unit of metadata before every picture, in an OBU stream."""
    stream = makers.clip(".obu", *VIDEO, "-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime")
    made, at = b"", 0
    while at < len(stream):
        head, start = stream[at], at
        assert head & 2
        at += 1 + (head >> 2 & 1)
        size = shift = 0
        while True:
            byte = stream[at]
            size |= (byte & 127) << shift
            shift, at = shift + 7, at + 1
            if byte < 128:
                break
        at += size
        made += (leaks.av1_metadata(secret) if head >> 3 & 15 in (3, 6) else b"") + stream[start:at]
    path, out = makers.folder / "units.obu", makers.folder / "units.mp4"
    path.write_bytes(made)
    leaks.ffmpeg("-r", "25", "-i", path, "-c", "copy", out)
    return out.read_bytes()


def vorbis_comments(secret, makers):
    """The comments within the decoder's setup: the maker's name gives way to the secret, byte for byte."""
    out = makers.folder / "vorbis.mkv"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *VIDEO, *SOUND, *X264, "-c:a", "libvorbis", out], check=True)
    movie = out.read_bytes()
    name = re.search(rb"Xiph.Org libVorbis[ -~]{22,}", movie).group()
    return movie.replace(name, secret.ljust(len(name), b"."))


def heif_message(still, secret):
    """A message (SEI) within the coded picture."""
    unit = leaks.h26x_message(secret, True)
    kind, data, *rest = still.items[0]
    still.items[0] = (kind, struct.pack(">I", len(unit)) + unit + data, *rest)


def tiles_beyond(_, makers, kind):
    """A grid of two tiles of 64 x 64 pixels, shown to 80 x 24: the tables alone cut off the rest."""
    still = makers.heif(kind, striped=True)
    shown = full_box(b"ispe", struct.pack(">II", 80, 24))
    tile = still.items[0]
    more = [box for box in still.properties if box[4:8] in (b"pixi", b"colr")]
    still.items[0] = (b"grid", struct.pack(">BBBBHH", 0, 0, 0, 1, 80, 24), [shown, *more], b"", b"", False)
    tiles = [still.add(*tile[:5], hidden=True) for _ in range(2)]
    still.refer(b"dimg", 1, *tiles)
    return still.finish()


def cropped_still(secret, makers):
    """A picture of 96 x 64 pixels, of which its sequence parameters cut off 32."""
    movie = cropped(True)(secret, makers)
    entry = leaks.box_of(movie, *STSD)[8:]
    properties = [full_box(b"ispe", struct.pack(">II", 64, 64)), mp4_box(b"hvcC", leaks.box_of(entry[8 + 78:], b"hvcC"))]
    media = leaks.box_of(movie, b"mdat")
    coded, at = b"", 0
    while at < len(media):  # messages, then the first picture
        size = 4 + struct.unpack(">I", media[at:at + 4])[0]
        coded, kind, at = coded + media[at:at + size], media[at + 4] >> 1, at + size
        if kind < 32:
            break
    return leaks.Heif((b"hvc1", properties, coded)).finish()


def second_slice(still, secret):
    """A further picture in the coded data of the first."""
    kind, data, *rest = still.items[0]
    unit = b"\x26\x01\xaf" + secret
    still.items[0] = (kind, data + struct.pack(">I", len(unit)) + unit, *rest)


def slice_surplus(still, secret):
    """Bytes of the unit after the end of the slice."""
    kind, data, *rest = still.items[0]
    at = 0
    while (end := at + 4 + struct.unpack(">I", data[at:at + 4])[0]) < len(data):
        at = end
    assert data[at + 4] >> 1 < 32
    unit = data[at + 4:] + secret
    still.items[0] = (kind, data[:at] + struct.pack(">I", len(unit)) + unit, *rest)


def tile_surplus(still, secret):
    """Bytes of the frame after the end of its tile."""
    kind, data, *rest = still.items[0]
    at = next(at for at in range(len(data)) if data[at] == 0x32 and
              data[at + 1:].startswith(leb128(len(data) - at - 1 - len(leb128(len(data) - at)))))
    frame = data[at + 1 + len(leb128(len(data) - at)):] + secret
    still.items[0] = (kind, data[:at + 1] + leb128(len(frame)) + frame, *rest)


def second_frame(secret, makers):
    still, other = makers.heif("avif"), makers.heif("avif", striped=True)
    kind, data, *rest = still.items[0]
    still.items[0] = (kind, data + other.coded, *rest)
    return still.finish()


def coded_anew(output, original, _):
    """Nothing of the coded data is there."""
    media, data = leaks.box_of(original.read_bytes(), b"mdat"), output.read_bytes()
    assert not any(media[at:at + 16] in data for at in range(0, len(media) - 16, 16))
    assert any("may hold more than is shown" in warning for warning in record_of(output)["warnings"])


def av1_unit(still, secret):
    kind, data, *rest = still.items[0]
    still.items[0] = (kind, data[:2] + leaks.av1_metadata(secret) + data[2:] if data[:2] == b"\x12\0" else leaks.av1_metadata(secret) + data, *rest)


def second_pictures(still, secret):
    still.picture(secret)


def thumbnail(still, secret):
    still.refer(b"thmb", still.picture(secret), 1)


def auxiliary(urn):
    def change(still, secret):
        still.refer(b"auxl", still.picture(secret, [leaks.auxiliary(urn)]), 1)
    return change


def described(kind, content=b"", prefix=b""):
    def change(still, secret):
        body = prefix + (exif("owner", secret) if kind == b"Exif" else leaks.plain_xmp(secret))
        still.refer(b"cdsc", still.add(kind, body, content=content), 1)
    return change


def changed(**fields):
    def change(still, secret):
        for name, value in fields.items():
            setattr(still, name, value(secret))
    return change


def heif_property(still, secret):
    kind, data, properties, *rest = still.items[0]
    still.items[0] = (kind, data, [*properties, full_box(b"udes", b"en\0" + secret + b"\0" + secret + b"\0\0")], *rest)


def heif_name(still, secret):
    kind, data, properties, _, *rest = still.items[0]
    still.items[0] = (kind, data, properties, secret, *rest)


def overlay(still, secret):
    still.items.append((b"iovl", struct.pack(">BBHHHHHHHhh", 0, 0, 0, 0, 0, 0, 64, 48, 0, 0, 0)[:22], [p for p in still.properties if p[4:8] == b"ispe"],
                        b"", b"", False))
    still.items[0], still.items[1] = still.items[1], still.items[0]
    still.refer(b"dimg", 1, 2)


def sequence(secret, makers):
    return makers.heif("avif").finish().replace(b"avif\0\0\0\0avif", b"avis\0\0\0\0avis", 1)


CASES = {
    # Photos, whatever the container: EXIF.
    "exif-thumbnail": j(leaks.jpeg_exif("thumbnail"), "exif", "exif-thumbnail"),
    "exif-preview": j(leaks.jpeg_exif("preview"), "exif"),
    "exif-maker-note": j(leaks.jpeg_exif("maker-note"), "exif", "exif-maker-note"),
    "exif-gps": j(leaks.jpeg_exif("gps"), "exif", "exif-gps"),
    "exif-serial-number": j(leaks.jpeg_exif("serial"), "exif"),
    "exif-owner": j(leaks.jpeg_exif("owner"), "exif"),
    "exif-lens": j(leaks.jpeg_exif("lens"), "exif"),
    "exif-comment": j(leaks.jpeg_exif("comment"), "exif"),
    "exif-time": j(leaks.jpeg_exif("time"), "exif"),
    "exif-slack": j(leaks.jpeg_exif("slack"), "exif"),
    # JPEG.
    "jpeg-xmp": j(lambda s: jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + leaks.plain_xmp(s))), "xmp"),
    "jpeg-xmp-extended": j(lambda s: jpeg(leaks.jpeg_extended_xmp(leaks.plain_xmp(s))), "xmp", "xmp-extended"),
    "jpeg-xmp-gdepth": j(leaks.jpeg_depth, "xmp", "xmp-extended"),
    "jpeg-xmp-gcontainer": j(leaks.jpeg_container, "xmp", "second-picture"),
    "jpeg-iptc": j(lambda s: jpeg(leaks.photoshop(0x0404, leaks.iptc(s))), "photoshop", "iptc"),
    "jpeg-photoshop-thumbnail": j(lambda s: jpeg(leaks.photoshop(0x040C, leaks.photoshop_thumbnail(s))), "photoshop", "thumbnail"),
    "jpeg-photoshop-thumbnail-old": j(lambda s: jpeg(leaks.photoshop(0x0409, leaks.photoshop_thumbnail(s))), "photoshop", "thumbnail"),
    "jpeg-photoshop-other": j(lambda s: jpeg(leaks.photoshop(0x0BB7, s)), "photoshop"),
    "jpeg-comment": j(lambda s: jpeg(segment(0xFE, s)), "comment"),
    "jpeg-comment-between-scans": j(leaks.jpeg_between_scans, "comment"),
    "jpeg-jfif-thumbnail": j(lambda s: b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\2\1\0\x48\0\x48\7\2" + s + b"xy") + jpeg()[20:], "jfif-thumbnail"),
    "jpeg-jfxx-thumbnail": j(lambda s: jpeg(segment(0xE0, b"JFXX\0\x10" + small_picture(s))), "jfif-thumbnail"),
    "jpeg-mpf-second-picture": j(leaks.jpeg_mpf, "mpf", "second-picture"),
    "jpeg-motion-photo": j(lambda s: jpeg(after=leaks.tiny_clip(s)), "motion-clip"),
    "jpeg-gain-map": j(leaks.jpeg_gain_map, "xmp", "gain-map"),
    "jpeg-jumbf": j(lambda s: jpeg(segment(0xEB, b"JP\0\1\0\0\0\1" + leaks.jumbf(s))), "jumbf"),
    "jpeg-flashpix": j(lambda s: jpeg(segment(0xE2, b"FPXR\0\0\1" + s)), "flashpix"),
    "jpeg-other-segment": j(lambda s: jpeg(segment(0xE7, b"OWN\0" + s)), "unknown-segment"),
    "jpeg-adobe-tail": j(lambda s: jpeg(segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + s)), "adobe-other"),
    "jpeg-after-the-end": j(lambda s: jpeg(after=s), "trailing-bytes"),
    "jpeg-samsung-trailer": j(lambda s: jpeg(after=s + b"SEFT"), "samsung-trailer"),
    "jpeg-between-segments": j(leaks.jpeg_between, "stray-bytes"),
    "jpeg-after-the-last-block": j(leaks.jpeg_surplus),
    "jpeg-unused-quantisation": j(leaks.jpeg_quantisation),
    "jpeg-unused-huffman": j(leaks.jpeg_huffman),
    # PNG.
    "png-text": file("png", lambda s: png(chunks=png_chunk(b"tEXt", b"Comment\0" + s)), "text"),
    "png-compressed-text": file("png", lambda s: png(chunks=png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(s))), "text"),
    "png-international-text": file("png", lambda s: png(chunks=png_chunk(b"iTXt", b"Comment\0\0\0\0\0" + s)), "text"),
    "png-xmp": file("png", lambda s: png(chunks=png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + leaks.plain_xmp(s))), "xmp"),
    "png-raw-profile": file("png", lambda s: png(chunks=png_chunk(b"tEXt", b"Raw profile type exif\0\nexif\n      40\n" + s.hex().encode())), "exif"),
    "png-exif": file("png", lambda s: png(chunks=png_chunk(b"eXIf", exif("thumbnail", s))), "exif", "exif-thumbnail"),
    "png-time": file("png", lambda s: png(chunks=png_chunk(b"tIME", s[:7])), "date", searched=False, check=lambda out, _, s: no_bytes(out, s[:7])),
    "png-private-chunk": file("png", lambda s: png(chunks=png_chunk(b"prVt", s)), "unknown-chunk"),
    "png-jumbf": file("png", lambda s: png(chunks=png_chunk(b"caBX", leaks.jumbf(s))), "jumbf"),
    "png-after-the-end": file("png", lambda s: png(after=s), "trailing-bytes"),
    "png-acropalypse": file("png", lambda s: png(after=png_chunk(b"IDAT", s) + png_chunk(b"IEND", b"")), "trailing-bytes"),
    "png-after-the-stream": file("png", leaks.png_surplus),
    "png-more-rows": file("png", leaks.png_rows),
    "png-unused-palette": file("png", lambda s: png(leaks.with_palette(s)), check=same_colours_shown),
    "png-profile-name": file("png", lambda s: png(chunks=png_chunk(b"iCCP", s + b"\0\0" + zlib.compress(pictures.profile())))),
    "png-suggested-palette": file("png", lambda s: png(chunks=png_chunk(b"sPLT", b"name\0\x08" + s[:36])), "unknown-chunk", searched=False,
                                  check=lambda out, _, s: no_bytes(out, s[:36])),
    "png-under-transparency": file("png", lambda s: pictures.encoded(leaks.with_hidden_colour(s), "PNG"), searched=False,
                                   check=lambda out, _, s: no_hidden_colour(out, s)),
    "apng-default-image": file("png", leaks.default_image, "second-picture"),
    "apng-other-chunk": file("png", lambda s: pictures.encoded(photo_pair()[0], "PNG", save_all=True, append_images=photo_pair()[1:])[:-12] +
                             png_chunk(b"tEXt", b"Comment\0" + s) + png_chunk(b"IEND", b""), "text"),
    # GIF.
    "gif-comment": file("gif", lambda s: leaks.gif(b"\x21\xfe" + leaks.blocks(s)), "comment"),
    "gif-plain-text": file("gif", lambda s: leaks.gif(b"\x21\x01\x0c" + bytes(12) + leaks.blocks(s)), "text"),
    "gif-application": file("gif", lambda s: leaks.gif(b"\x21\xff\x0bOWNPROG 1.0" + leaks.blocks(s)), "application-extension"),
    "gif-xmp": file("gif", lambda s: leaks.gif(b"\x21\xff\x0bXMP DataXMP" + leaks.blocks(s)), "xmp"),
    "gif-other-extension": file("gif", lambda s: leaks.gif(b"\x21\x42" + leaks.blocks(s)), "unknown-chunk"),
    "gif-after-the-end": file("gif", lambda s: leaks.gif(after=s), "trailing-bytes"),
    "gif-after-the-last-code": file("gif", leaks.gif_surplus),
    "gif-unused-palette": file("gif", lambda s: pictures.encoded(leaks.with_palette(s), "GIF", optimize=False), check=same_colours_shown),
    "gif-animated-comment": file("gif", lambda s: leaks.animated_gif(b"\x21\xfe" + leaks.blocks(s)), "comment"),
    "gif-frame-never-shown": file("gif", lambda s: leaks.animated_gif(outside=s)),
    # WebP.
    "webp-exif": file("webp", lambda s: webp((b"EXIF", exif("thumbnail", s)), flags=8), "exif", "exif-thumbnail"),
    "webp-xmp": file("webp", lambda s: webp((b"XMP ", leaks.plain_xmp(s)), flags=4), "xmp"),
    "webp-jumbf": file("webp", lambda s: webp((b"C2PA", leaks.jumbf(s))), "jumbf"),
    "webp-other-chunk": file("webp", lambda s: webp((b"ABCD", s)), "unknown-chunk"),
    "webp-after-the-end": file("webp", lambda s: webp(after=s), "trailing-bytes"),
    "webp-after-the-picture": file("webp", lambda s: webp(surplus=s, into=b"VP8 ")),
    "webp-after-the-lossless-picture": file("webp", lambda s: webp(surplus=s, into=b"VP8L", lossless=True)),
    "webp-after-the-alpha": file("webp", lambda s: webp(surplus=s, into=b"ALPH", picture=leaks.with_hidden_colour(s))),
    "webp-under-transparency": file("webp", lambda s: pictures.encoded(leaks.with_hidden_colour(s), "WEBP", lossless=True, exact=True), searched=False,
                                    check=lambda out, _, s: no_hidden_colour(out, s)),
    "webp-animation-chunk": file("webp", leaks.animated_webp, "unknown-chunk"),
    # TIFF.
    "tiff-text": file("tif", lambda s: tiff(text(270, s)), "text"),
    "tiff-xmp": file("tif", lambda s: tiff(undefined(700, leaks.plain_xmp(s))), "xmp"),
    "tiff-iptc": file("tif", lambda s: tiff(undefined(33723, leaks.iptc(s))), "iptc"),
    "tiff-photoshop": file("tif", lambda s: tiff(undefined(34377, leaks.resources(0x040C, leaks.photoshop_thumbnail(s)))), "photoshop", "thumbnail"),
    "tiff-exif": file("tif", lambda s: leaks.tiff_exif(text(0xA430, s)), "exif"),
    "tiff-gps": file("tif", leaks.tiff_gps, "exif-gps"),
    "tiff-private-tag": file("tif", lambda s: tiff(undefined(50001, s)), "private-tag"),
    "tiff-reduced-page": file("tif", lambda s: tiff(reduced=s), "sub-picture"),
    "tiff-picture-below": file("tif", lambda s: tiff(below=s), "sub-picture"),
    "tiff-between": file("tif", lambda s: tiff(gap=s), "gap-bytes"),
    "tiff-after-the-end": file("tif", lambda s: tiff(after=s), "trailing-bytes"),
    "tiff-after-the-strip": file("tif", lambda s: tiff(slack=s)),
    "tiff-under-transparency": file("tif", lambda s: pictures.encoded(leaks.with_hidden_colour(s), "TIFF"), searched=False,
                                    check=lambda out, _, s: no_hidden_colour(out, s)),
    # BMP.
    "bmp-gap": file("bmp", lambda s: leaks.bmp(gap=s), "gap-bytes"),
    "bmp-after-the-end": file("bmp", lambda s: leaks.bmp(after=s), "trailing-bytes"),
    "bmp-fourth-byte": file("bmp", lambda s: leaks.bmp(bits=32, fourth=s), searched=False,
                            check=lambda out, _, s: no_bytes(out, None, fourth=s)),
    "bmp-row-padding": file("bmp", lambda s: leaks.bmp(padding=s), searched=False, check=lambda out, _, s: no_bytes(out, s[:2], s[2:4])),
    "bmp-profile-path": file("bmp", lambda s: leaks.bmp(profile=b"C:\\" + s + b"\0"), "profile-path"),
    "bmp-unused-palette": file("bmp", leaks.bmp_palette, searched=False, check=lambda out, *_: no_bytes(out, palette=True)),
    # HEIC and AVIF.
    "heif-exif": heif("heic", described(b"Exif", prefix=b"\0\0\0\6Exif\0\0"), "exif"),
    "heif-xmp": heif("heic", described(b"mime", content=b"application/rdf+xml"), "xmp"),
    "heif-thumbnail": heif("heic", thumbnail, "thumbnail"),
    "heif-second-picture": heif("heic", second_pictures, "second-picture"),
    "heif-depth-map": heif("heic", auxiliary(b"urn:mpeg:hevc:2015:auxid:2"), "depth-map"),
    "heif-gain-map": heif("heic", auxiliary(b"urn:com:apple:photo:2020:aux:hdrgainmap"), "gain-map"),
    "heif-other-auxiliary": heif("heic", auxiliary(b"urn:com:apple:photo:2018:aux:portraiteffectsmatte"), "auxiliary-picture"),
    "heif-description": heif("heic", heif_property, "text"),
    "heif-item-name": heif("heic", heif_name),
    "heif-between": heif("heic", changed(gap=lambda s: s), "gap-bytes"),
    "heif-other-box": heif("heic", changed(more=lambda s: mp4_box(b"uuid", bytes(16) + s)), "unknown-box"),
    "heif-box-in-meta": heif("heic", changed(in_meta=lambda s: mp4_box(b"free", s)), "unknown-box"),
    "heif-motion-clip": heif("heic", changed(more=lambda s: mp4_box(b"mpvd", leaks.tiny_clip(s))), "motion-clip"),
    "heif-after-the-end": heif("heic", changed(after=lambda s: s), "trailing-bytes"),
    "heif-message": heif("heic", heif_message, "user-data"),
    "heif-beyond-the-grid": made("heic", lambda s, m: tiles_beyond(s, m, "heic"), searched=False, check=coded_anew),
    "heif-cropping": made("heic", cropped_still, "cropped-picture", searched=False, check=coded_anew),
    "heif-second-frame": heif("heic", second_slice, check=coded_anew),
    "avif-beyond-the-grid": made("avif", lambda s, m: tiles_beyond(s, m, "avif"), searched=False, check=coded_anew),
    "heif-after-the-slice": heif("heic", slice_surplus, check=coded_anew),
    "avif-after-the-tile": heif("avif", tile_surplus, check=coded_anew),
    "avif-second-frame": made("avif", second_frame, searched=False, check=coded_anew),
    "avif-thumbnail": heif("avif", thumbnail, "thumbnail"),
    "avif-gain-map": heif("avif", auxiliary(b"urn:com:apple:photo:2020:aux:hdrgainmap"), "gain-map"),
    "avif-exif": heif("avif", described(b"Exif", prefix=b"\0\0\0\0"), "exif"),
    "avif-metadata-unit": heif("avif", av1_unit, "user-data"),
    "heif-overlay": heif("heic", overlay, refused="put together from others"),
    "heif-sequence": made("avif", sequence, refused="sequence"),
    "icc-private-tag": j(lambda s: jpeg(icc_profile=leaks.profile_with(s)), check=profile_is_kept),
    # MP4 and QuickTime.
    "mp4-tags": made("mp4", lambda s, m: m.h264(".mp4", "-metadata", f"title={s.decode()}"), "metadata"),
    "mp4-place": mp4(lambda f, s: leaks.insert_boxes(f, (b"moov",), mp4_box(b"udta", mp4_box(b"\xa9xyz", struct.pack(">HH", 40, 0x15C7) + s))),
                     "metadata", "location"),
    "mp4-loci": mp4(lambda f, s: leaks.insert_boxes(f, (b"moov",), mp4_box(b"udta", full_box(b"loci", b"\x15\xc7" + s + b"\0\0" + bytes(14)))),
                    "metadata", "location"),
    "mp4-uuid": mp4(lambda f, s: f + mp4_box(b"uuid", bytes(range(16)) + s), "unknown-box"),
    "mp4-xmp": mp4(lambda f, s: f + mp4_box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + leaks.plain_xmp(s)), "xmp"),
    "mp4-free": mp4(lambda f, s: f + mp4_box(b"free", s), "gap-bytes"),
    "mp4-skip-in-moov": mp4(lambda f, s: leaks.insert_boxes(f, (b"moov",), mp4_box(b"skip", s)), "gap-bytes"),
    "mp4-other-box": mp4(lambda f, s: leaks.insert_boxes(f, TRAK, mp4_box(b"Ownr", s)), "unknown-box"),
    "mp4-track-tags": mp4(lambda f, s: leaks.insert_boxes(f, TRAK, mp4_box(b"udta", mp4_box(b"name", s))), "metadata"),
    "mp4-times": mp4(times, "date", searched=False, check=no_first_eight),
    "mp4-handler-name": mp4(handler, "metadata"),
    "mp4-compressor-name": mp4(compressor, "metadata", searched=False, check=no_first_31),
    "mp4-configuration-tail": mp4(configuration_tail, "stray-bytes"),
    "mp4-unreferenced-media": mp4(leaks.after_media, "gap-bytes"),
    "mp4-unreferenced-media-wide": made("mp4", wide_offsets, "gap-bytes"),
    "mp4-unreferenced-fragment": made("mp4", fragments, "gap-bytes"),
    "mp4-after-the-end": mp4(lambda f, s: f + s, "trailing-bytes"),
    "mp4-cover": made("mp4", cover("mp4"), "cover-picture", check=one_track_of_pictures),
    "mp4-chapters": made("mp4", chapters("mp4"), "chapters"),
    "mp4-subtitles": made("mp4", lambda s, m: m.clip(".mp4", *m.subtitled(s, "-c:s", "mov_text")), "subtitles"),
    "mp4-data-track": made("mp4", data_track, "data-track"),
    "mov-timecode": made("mov", timecode, "timecode", searched=False, check=lambda out, *_: only_pictures_and_sound(out)),
    "mp4-second-track": made("mp4", second_track, "user-data"),
    "mp4-hidden-frames": made("mp4", hidden_by_edits, "hidden-frames", searched=False, check=no_frames_beside_the_shown),
    "mp4-hidden-sound": made("mov", sound_hidden_by_edits, "hidden-sound", searched=False, check=short_sound),
    "mp4-before-the-first-key": made("mp4", before_the_first_key, "user-data"),
    "mp4-clean-aperture": mp4(aperture, refused="clean aperture"),
    "h264-cropping": made("mp4", cropped(False), "cropped-picture", searched=False, check=coded_as_shown),
    "hevc-cropping": made("mp4", cropped(True), "cropped-picture", searched=False, check=coded_as_shown),
    "h264-user-data": made("mp4", messages(".mp4"), "user-data", check=no_account_of_the_encoder),
    "hevc-user-data": made("mp4", messages(".mp4", hevc=True), "user-data"),
    "h264-captions": made("mp4", messages(".mp4", captions=True), "closed-captions"),
    "h264-filler": made("mp4", filler, "gap-bytes"),
    "mpeg2-user-data": made("ts", mpeg_user_data, "user-data"),
    "mjpeg-comment": made("avi", mjpeg_comments, "comment"),
    "av1-metadata": made("mp4", av1_metadata, "user-data"),
    # Matroska and WebM.
    "mkv-tags": made("mkv", lambda s, m: m.h264(".mkv", "-metadata", f"artist={s.decode()}"), "metadata"),
    "mkv-title": made("mkv", lambda s, m: m.h264(".mkv", "-metadata", f"title={s.decode()}"), "metadata"),
    "mkv-track-name": made("mkv", lambda s, m: m.h264(".mkv", "-metadata:s:a", f"title={s.decode()}"), "metadata"),
    "mkv-attachment": made("mkv", cover("mkv"), "attachment"),
    "mkv-chapters": made("mkv", chapters("mkv"), "chapters"),
    "mkv-subtitles": made("mkv", lambda s, m: m.clip(".mkv", *m.subtitled(s, "-c:s", "srt")), "subtitles"),
    "mkv-void": mkv("gap-bytes")(void),
    "mkv-other-element": mkv("unknown-element")(lambda f, s: leaks.matroska_append(f, ebml("1f0a0b0c", s))),
    "mkv-block-additions": made("mkv", block_additions, "user-data"),
    "mkv-after-the-end": mkv("trailing-bytes")(matroska_tail),
    "mkv-user-data": made("mkv", messages(".mkv"), "user-data"),
    "webm-tags": made("webm", lambda s, m: m.clip(".webm", *VIDEO, "-c:v", "libvpx", "-deadline", "realtime", "-metadata", f"artist={s.decode()}"),
                      "metadata"),
    "vorbis-comments": made("mkv", vorbis_comments, "metadata"),
    # AVI.
    "avi-info": made("avi", lambda s, m: m.clip(".avi", *VIDEO, "-c:v", "mpeg4", "-metadata", f"title={s.decode()}"), "metadata"),
    "avi-junk": avi(avi_junk, "gap-bytes"),
    "avi-time": avi(lambda f, s: leaks.riff_append(f, riff_chunk(b"IDIT", s)), "date"),
    "avi-stream-name": avi(avi_stream_name, "metadata"),
    "avi-other-chunk": avi(lambda f, s: leaks.riff_append(f, riff_chunk(b"OWNR", s)), "unknown-chunk"),
    "avi-beside-the-index": avi(avi_beside_the_index, "hidden-frames"),
    "avi-after-the-end": avi(lambda f, s: f + s, "trailing-bytes"),
    # MPEG transport streams.
    "ts-service-name": made("ts", lambda s, m: m.h264(".ts", "-metadata", f"service_name={s.decode()}"), "metadata"),
    "ts-unlisted-stream": ts(lambda f, s: leaks.ts_packets(f, 0x1ABC, [s, s]), "private-stream"),
    "ts-null-packets": ts(lambda f, s: leaks.ts_packets(f, 0x1FFF, [s, s]), "gap-bytes"),
    "ts-private-stream": made("ts", lambda s, m: private_stream(s, m), "data-track"),
    "ts-user-data": made("ts", messages(".ts"), "user-data"),
    "ts-after-the-end": ts(lambda f, s: f + s, "trailing-bytes"),
}


def photo_pair():
    return [leaks.photo(), leaks.photo().transpose(Image.FLIP_TOP_BOTTOM)]


def private_stream(secret, makers):
    """A stream of subtitles renamed in the table of the programme to one of private data."""
    stream = makers.h264(".ts")
    return with_pmt_entry(stream, 0x1BAD, leaks.ts_packets(stream, 0x1BAD, [b"\0\0\1\xbd\0\0\x80\0\0" + secret]))


def crc32_mpeg(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return struct.pack(">I", crc)


def with_pmt_entry(table_of, pid, stream):
    """The transport stream with one more stream of metadata (type 0x15) in every table of its programme."""
    made_stream = b""
    for at in range(0, len(stream), 188):
        packet = stream[at:at + 188]
        start = 5 + packet[4] if packet[1] & 0x40 and packet[3] & 0x30 == 0x10 else 188
        if start < 180 and packet[start] == 2 and packet[1] & 0x1F == 0x10 and packet[2] == 0:
            length = struct.unpack(">H", packet[start + 1:start + 3])[0] & 0xFFF
            section = packet[start:start + 3 + length - 4] + bytes([0x15]) + struct.pack(">HH", 0xE000 | pid, 0xF000)
            section = section[:1] + struct.pack(">H", 0xB000 | length + 5) + section[3:]
            packet = (packet[:start] + section + crc32_mpeg(section)).ljust(188, b"\xff")
        made_stream += packet
    return made_stream


def no_bytes(output, *secrets, fourth=None, palette=False):
    data = output.read_bytes()
    if palette:
        assert any(data[54:54 + 8]) and not any(data[54 + 8:54 + 1024])
    for secret in secrets:
        assert secret is None or secret not in data
    if fourth is not None:
        start = struct.unpack("<I", data[10:14])[0]
        assert not any(data[start + 3::4])


def no_hidden_colour(output, secret):
    assert not leaks.hidden_colour_found(output, secret)


def only_pictures_and_sound(output):
    assert {s["codec_type"] for s in probe(output)["streams"]} <= {"video", "audio"}


@dataclasses.dataclass
class Run:
    inputs: dict  # id -> path
    outputs: dict  # id -> path, where something was written
    lines: dict  # id -> JSON line


@pytest.fixture(scope="module")
def run(efface, tmp_path_factory):
    """All cases at once."""
    folder = tmp_path_factory.mktemp("hidden")
    makers = leaks.Makers(tmp_path_factory.mktemp("makers"))
    inputs = {}
    for name, case in CASES.items():
        inputs[name] = leaks.save(folder / f"{name}.{case.ending}", case.make(leaks.token(name), makers))
    out = tmp_path_factory.mktemp("out")
    told = efface("redact", folder, "-o", out, "--effort", "fast", "--preset", "ultrafast", "--json", code=None, timeout=600).by_name
    assert set(told) == {path.name for path in inputs.values()}
    outputs = {name: out / path.name for name, path in inputs.items() if (out / path.name).exists()}
    return Run(inputs, outputs, {name: told[path.name] for name, path in inputs.items()})


@pytest.mark.parametrize("name", CASES)
def test_it_is_gone(run, name):
    case, secret, line = CASES[name], leaks.token(name), run.lines[name]
    data = run.inputs[name].read_bytes()
    if case.searched and not case.refused:
        assert leaks.carries(data, secret), "the case does not hold its secret"
    if case.refused:
        check_sentence(line["error"])
        assert case.refused in line["error"] and name not in run.outputs
        return
    assert name in run.outputs, line.get("error")
    output = run.outputs[name]
    if case.searched:
        assert not leaks.carries(output.read_bytes(), secret)
        assert not leaks.carries((output.parent / f"{output.name}.efface.json").read_bytes(), secret)
    removed = {each["what"] for each in record_of(output)["removed"]}
    assert set(case.removed) <= removed, removed
    if case.check:
        case.check(output, run.inputs[name], secret)


# What exiftool may say of a clip: its structure.
CLIP_GROUPS = {"ItemList", "Keys", "XMP", "GPS", "UserData", "Chapter", "H264", "GoPro", "Timed"}


def test_exiftool_sees_nothing(run):
    done = subprocess.run(["exiftool", "-json", "-G1", "-a", "-U", "-ee", *run.outputs.values()], capture_output=True, check=False)
    found = []
    for told in json.loads(done.stdout):
        name = os.path.basename(told["SourceFile"])
        for key in told:
            group, _, tag = key.partition(":")
            if group.startswith(FORBIDDEN_GROUPS) or (group == "IFD0" and tag not in ALLOWED_EXIF) or group in CLIP_GROUPS:
                found.append((name, key))
            elif any(word in tag for word in ("Comment", "ThumbnailImage", "PreviewImage", "GPS", "Title", "Artist", "Author")):
                found.append((name, key))
    assert found == []


def test_ffprobe_sees_nothing(run):
    found = []
    names = [name for name in run.outputs if CASES[name].ending in ("mp4", "mov", "mkv", "webm", "avi", "ts")]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        all_told = dict(zip(names, pool.map(lambda name: probe(run.outputs[name]), names)))
    for name, told in all_told.items():
        found += [(name, s["codec_type"]) for s in told["streams"] if s["codec_type"] not in ("video", "audio")]
        found += [(name, "chapters")] if told["chapters"] else []
        allowed = {"major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id", "DURATION", "encoder", "ENCODER"}
        for tags in [told["format"].get("tags", {}), *(s.get("tags", {}) for s in told["streams"])]:
            found += [(name, tag, value) for tag, value in tags.items() if tag not in allowed]
            found += [(name, tag, value) for tag, value in tags.items() if tag.lower() == "encoder" and value not in ("Lavf", "")]
    assert found == []


# Rows that need more than one file and one look: the test that holds each.
OTHERS = {"sidecar-files": "test_sidecar_files", "file-attributes": "test_file_attributes",
          "file-name": "test_names_and_record", "record": "test_names_and_record", "sound-packets": "test_sound_packets"}


def test_sidecar_files(efface, tmp_path):
    secret = leaks.token("sidecar")
    leaks.save(tmp_path / "a.jpg", jpeg())
    for name in ("a.xmp", "a.aae", "a.mov"):
        leaks.save(tmp_path / name, leaks.plain_xmp(secret) if name != "a.mov" else leaks.tiny_clip(secret))
    efface("redact", tmp_path / "a.jpg", "-o", tmp_path / "out", "--effort", "fast")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.jpg", "a.jpg.efface.json"]
    assert {"sidecar-xmp", "sidecar-aae", "sidecar-clip"} <= {each["what"] for each in record_of(tmp_path / "out/a.jpg")["removed"]}


def test_file_attributes(efface, tmp_path):
    path = leaks.save(tmp_path / "a.jpg", jpeg())
    try:
        os.setxattr(path, "user.xdg.origin.url", leaks.token("attributes"))
    except OSError:
        pytest.skip("this file system has no extended attributes")
    os.utime(path, (10**9, 10**9))
    efface("redact", path, "-o", tmp_path / "out", "--effort", "fast")
    assert os.listxattr(tmp_path / "out/a.jpg") == []
    assert os.stat(tmp_path / "out/a.jpg").st_mtime > 10**9 + 1


def test_names_and_record(efface, tmp_path):
    """Names are the user's: the result has the original's. The record names it, and the result does not hold the record."""
    path = leaks.save(tmp_path / "SOMEBODY.jpg", jpeg())
    efface("redact", path, "-o", tmp_path / "out", "--effort", "fast")
    output = tmp_path / "out/SOMEBODY.jpg"
    record = record_of(output)
    assert record["input"]["file"] == "SOMEBODY.jpg"
    assert not leaks.carries(output.read_bytes(), b"SOMEBODY") and record["input"]["sha256"].encode() not in output.read_bytes()


def test_sound_packets(efface, tmp_path):
    """Sound is copied as it is, unless it is dropped; the record warns of it."""
    secret = leaks.token("sound")
    makers = leaks.Makers(tmp_path)
    movie = makers.clip(".mov", *VIDEO, *SOUND, *X264, "-c:a", "pcm_s16le")
    start = movie.index(leaks.box_of(movie, b"mdat")) + 12_000
    path = leaks.save(tmp_path / "a.mov", movie)
    at = next(at for at in range(start, len(movie), 2) if sounds_at(path, movie, at))
    leaks.save(path, movie[:at] + secret + movie[at + len(secret):])
    efface("redact", path, "-o", tmp_path / "out", "--effort", "fast")
    assert secret in (tmp_path / "out/a.mov").read_bytes()
    assert any("sound" in warning for warning in record_of(tmp_path / "out/a.mov")["warnings"])
    efface("redact", path, "-o", tmp_path / "mute", "--effort", "fast", "--audio", "drop")
    assert not leaks.carries((tmp_path / "mute/a.mov").read_bytes(), secret)


def sounds_at(path, movie, at):
    """Whether a packet of sound reaches 100 bytes on from there."""
    told = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "packet=pos,size", "-of", "csv=p=0", path],
                          capture_output=True, check=True, text=True).stdout
    spans = [tuple(map(int, line.strip(",").split(",")[:2])) for line in told.split()]
    return any(place <= at and at + 100 < place + size for size, place in spans)


def rows():
    """The ids that the table names."""
    return re.findall(r"^\| `([a-z0-9-]+)` \|", TABLE.read_text(), re.MULTILINE)


def test_the_table_and_the_cases_name_the_same():
    assert len(rows()) == len(set(rows()))
    assert sorted(rows()) == sorted([*CASES, *OTHERS])
    assert all(callable(globals().get(test)) for test in OTHERS.values())


@pytest.fixture(scope="module")
def verified(efface, run):
    """What `efface verify` says, {id: {check: line}}: of the files as they were, and of what was written against them."""
    def told(*arguments):
        lines = efface("verify", *arguments, "--effort", "fast", "--json", code=None, timeout=600).lines
        return {os.path.splitext(os.path.basename(line["output"]))[0]: line for line in lines}
    return told(*run.inputs.values()), told(*run.outputs.values(), "--against", next(iter(run.inputs.values())).parent)


@pytest.mark.parametrize("name", CASES)
def test_verify_tells_them_apart(run, verified, name):
    """The file that carries the secret fails for what it carries, if only its record names it; the redacted one holds."""
    case, (before, after) = CASES[name], (each.get(name) for each in verified)
    if case.removed and not case.refused:
        failed = {check["check"]: check["sentence"] for check in before["checks"] if check["result"] == "fail"}
        assert "hidden-copies" in failed, before
        assert all(f"{what} (" in failed["hidden-copies"] for what in case.removed)
    if name in run.outputs:
        assert [check for check in after["checks"] if check["result"] == "fail"] == []
        assert after["result"] == "pass" and {check["check"] for check in after["checks"] if check["result"] == "skipped"} <= {"signature"}
