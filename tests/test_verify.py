"""`efface verify`: results of every format hold; files that were made bad on purpose fail, and the right check names it."""
import json
import os
import shutil
import signal
import subprocess
import time

import numpy
import pytest
from PIL import Image

import clips
import pictures
from command import CANNOT_START, DONE, SOME_FAILED, USAGE, check_sentence, error_lines, record_of

clips.need_ffmpeg()
for _tool in ("exiftool", "heif-enc", "avifenc"):
    if not shutil.which(_tool):
        pytest.skip(f"needs {_tool}", allow_module_level=True)

CHECKS = ["record", "signature", "picture", "masks", "outside", "faces", "hidden-copies", "input-bytes"]
CLIP_CHECKS = ["record", "signature", "picture", "masks", "outside", "timing", "sound", "faces", "hidden-copies", "input-bytes"]
FACE = pictures.core()


def verify(efface, output, *arguments, code=None):
    """The checks that fail: {name: the check}; and the whole JSON line."""
    (line,) = efface("verify", output, *arguments, "--json", "--effort", "fast", code=code).lines
    failed = {check["check"]: check for check in line["checks"] if check["result"] == "fail"}
    assert line["result"] == ("fail" if failed else "pass")
    for check in line["checks"]:
        check_sentence(check["sentence"])
    return failed, line


def fails(efface, output, *arguments):
    return set(verify(efface, output, *arguments, code=SOME_FAILED)[0])


def overlaps(place, box):
    left, top, right, bottom = box
    return place["x"] < right and place["x"] + place["width"] > left and place["y"] < bottom and place["y"] + place["height"] > top


def save_all(folder):
    """The scene in every format of photos, with transparency and loss where the format has them."""
    scene = pictures.scene()
    clear = scene.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(scene.size))
    made = {"jpg": dict(quality=90), "progressive.jpg": dict(quality=60, progressive=True), "444.jpg": dict(quality=90, subsampling=0),
            "png": {}, "bmp": {}, "gif": {}, "tif": dict(compression="tiff_lzw"), "webp": dict(quality=80), "lossless.webp": dict(lossless=True)}
    for ending, options in made.items():
        picture = scene.quantize(256) if ending == "gif" else scene
        picture.save(folder / f"scene.{ending}", **options)
    clear.save(folder / "clear.png")
    # With a picture under what is fully transparent, which is not kept.
    clear.putalpha(Image.linear_gradient("L").resize(scene.size).point(lambda value: 0 if value > 200 else 255))
    clear.save(folder / "erased.png")
    clear.save(folder / "erased.webp", quality=80, exact=True)
    clear.save(folder / "erased.tif")
    clear.save(folder / "clear.webp", quality=80)
    scene.convert("L").save(folder / "grey.jpg")
    scene.convert("CMYK").save(folder / "inks.jpg")
    scene.save(folder / "pages.tif", save_all=True, append_images=[scene.transpose(Image.FLIP_LEFT_RIGHT)])
    exif = Image.Exif()
    exif[0x0112] = 6
    scene.transpose(Image.ROTATE_90).save(folder / "turned.jpg", exif=exif)
    subprocess.run(["heif-enc", "-q", "60", folder / "scene.png", "-o", folder / "scene.heic"], check=True, capture_output=True)
    subprocess.run(["avifenc", "-s", "9", folder / "scene.png", folder / "scene.avif"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def photos(efface, tmp_path_factory):
    """Originals, and where their results lie."""
    folder = save_all(tmp_path_factory.mktemp("photos"))
    out = tmp_path_factory.mktemp("public")
    efface("redact", folder, "-o", out, "--effort", "fast")
    return folder, out


def results(out):
    return sorted(path for path in out.iterdir() if not path.name.endswith(".json"))


def test_every_kind_of_photo_holds(efface, photos):
    folder, out = photos
    ran = efface("verify", *results(out), "--against", folder, "--json", "--effort", "fast")
    assert len(ran.lines) == len(list(folder.iterdir())) > 15
    for line in ran.lines:
        assert [check["check"] for check in line["checks"]] == CHECKS
        assert {check["check"]: check["result"] for check in line["checks"]} == {
            name: "skipped" if name == "signature" else "pass" for name in CHECKS}, line
        assert "all" in line["checks"][3]["sentence"] or "one mask" in line["checks"][3]["sentence"]


@pytest.mark.parametrize("fill", ["solid", "pixelate", "blur"])
def test_every_fill_holds(efface, photos, tmp_path, fill):
    names = ["scene.jpg", "scene.webp", "scene.gif"]
    efface("redact", *(photos[0] / name for name in names), "-o", tmp_path, "--fill", fill, "--effort", "fast")
    told = efface("verify", *(tmp_path / name for name in names), "--against", photos[0], "--effort", "fast").out
    assert told.count("but for the traces that the fill keeps") == (0 if fill == "solid" else 3)


def test_low_quality_holds(efface, photos, tmp_path):
    names = ["scene.webp", "scene.heic", "scene.avif"]
    efface("redact", *(photos[0] / name for name in names), "-o", tmp_path, "--quality", "10", "--effort", "fast")
    efface("verify", *(tmp_path / name for name in names), "--against", photos[0], "--effort", "fast")


def test_the_text_says_it_all(efface, photos):
    folder, out = photos
    ran = efface("verify", out / "scene.png", "--against", folder / "scene.png", "--effort", "fast")
    assert all(name in ran.out for name in CHECKS) and "\nVerified: 7 checks hold, 0 failed, 1 skipped" in ran.out
    ran = efface("verify", folder / "scene.png", "--against", folder / "scene.png", "--record", out / "scene.png.efface.json", code=SOME_FAILED)
    assert "FAILED  masks" in ran.out and "page 1  at " in ran.out and "NOT VERIFIED" in ran.out


def test_without_original_and_without_record(efface, photos, tmp_path):
    folder, out = photos
    failed, line = verify(efface, out / "scene.png", code=DONE)
    skipped = {check["check"] for check in line["checks"] if check["result"] == "skipped"}
    assert failed == {} and skipped == {"signature", "masks", "outside", "input-bytes"}
    shutil.copy(out / "scene.png", tmp_path / "alone.png")
    failed, line = verify(efface, tmp_path / "alone.png", "--against", folder / "scene.png", code=DONE)
    skipped = {check["check"] for check in line["checks"] if check["result"] == "skipped"}
    assert failed == {} and skipped == {"record", "signature", "masks", "outside"} and line["record"] is None


@pytest.fixture
def bad(photos, tmp_path):
    """A copy of a result, to be made bad: bad(name) is (output, the arguments that verify it)."""
    folder, out = photos

    def copy(name, whole=True):
        shutil.copy(out / name, tmp_path / name)
        return tmp_path / name, ("--against", folder / name, "--record", out / f"{name}.efface.json")
    return copy


def test_a_thumbnail_put_back(efface, photos, bad, tmp_path):
    """Into EXIF, by exiftool; and the bytes of the original's own one are found."""
    original = photos[0] / "scene.jpg"
    small = Image.open(original).resize((96, 80))
    small.save(tmp_path / "small.jpg", quality=40)
    holder = tmp_path / "holder.jpg"
    shutil.copy(original, holder)
    subprocess.run(["exiftool", "-q", "-overwrite_original", f"-ThumbnailImage<={tmp_path / 'small.jpg'}", holder], check=True)
    output, arguments = bad("scene.jpg")
    subprocess.run(["exiftool", "-q", "-overwrite_original", f"-ThumbnailImage<={tmp_path / 'small.jpg'}", output], check=True)
    failed, line = verify(efface, output, *arguments, code=SOME_FAILED)
    assert set(failed) == {"record", "hidden-copies"} and "exif-thumbnail" in failed["hidden-copies"]["sentence"]
    assert fails(efface, output, "--against", holder) == {"hidden-copies", "input-bytes"}


def test_bytes_after_the_end(efface, bad):
    for name in ("scene.jpg", "scene.png", "scene.webp", "scene.heic", "scene.gif", "scene.bmp", "scene.tif"):
        output, arguments = bad(name)
        with open(output, "ab") as file:
            file.write(b"what was left of a larger file" * 10)
        assert fails(efface, output, *arguments) == {"record", "hidden-copies"}, name


def test_the_face_pasted_back(efface, photos, bad):
    folder, out = photos
    for name, options in (("scene.png", {}), ("scene.jpg", dict(quality=90)), ("scene.webp", dict(quality=80)), ("scene.bmp", {})):
        output, arguments = bad(name)
        with Image.open(output) as result, Image.open(folder / name) as original:
            result = result.convert("RGB")
            result.paste(original.convert("RGB").crop(FACE), FACE[:2])
        result.save(output, **options)
        failed, _ = verify(efface, output, *arguments, code=SOME_FAILED)
        assert {"record", "masks"} <= set(failed), name
        assert any(overlaps(place, FACE) for place in failed["masks"]["places"])


def test_one_mask_of_two_left_out(efface, tmp_path):
    """Obeys a record in which one face is visible, and is verified with one in which it is not."""
    pictures.scene((900, 420), ((20, 40, 320), (480, 40, 320))).save(tmp_path / "two.png")
    efface("redact", tmp_path / "two.png", "-o", tmp_path / "right", "--effort", "fast")
    plan = record_of(tmp_path / "right/two.png")
    faces = [face for face in plan["faces"] if face["masks"][0][1] > 450]
    assert 0 < len(faces) < len(plan["faces"])
    for face in faces:
        face["redact"] = False
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    efface("redact", tmp_path / "two.png", "-o", tmp_path / "wrong", "--record", tmp_path / "plan.json")
    failed, _ = verify(efface, tmp_path / "wrong/two.png", "--against", tmp_path / "two.png", "--record",
                       tmp_path / "right/two.png.efface.json", code=SOME_FAILED)
    assert set(failed) == {"record", "masks", "faces"}
    assert all(place["x"] > 450 for name in ("masks", "faces") for place in failed[name]["places"])
    # With its own record it holds: the face is left visible on purpose.
    failed, line = verify(efface, tmp_path / "wrong/two.png", "--against", tmp_path / "two.png", code=DONE)
    assert "on purpose" in next(check["sentence"] for check in line["checks"] if check["check"] == "faces")


def test_pixels_changed_outside(efface, photos, bad):
    for name, options in (("scene.png", {}), ("scene.jpg", dict(quality=95)), ("scene.webp", dict(quality=80)), ("lossless.webp", None)):
        name, options = ("scene.lossless.webp", dict(lossless=True)) if options is None else (name, options)
        output, arguments = bad(name)
        with Image.open(output) as result:
            result = result.convert("RGB")
        result.paste((255, 0, 0), (430, 350, 462, 382))
        result.save(output, **options)
        failed, _ = verify(efface, output, *arguments, code=SOME_FAILED)
        assert {"record", "outside"} <= set(failed) and "masks" not in failed, name
        assert overlaps(failed["outside"]["places"][0], (430, 350, 462, 382))


def test_places_are_told_upright(efface, photos, bad):
    """In a photo that is stored on its side."""
    output, arguments = bad("turned.jpg")
    with Image.open(output) as result:
        exif, result = result.info["exif"], result.convert("RGB")
    result.paste((255, 0, 0), (0, 0, 32, 32))  # shown at the top right
    result.save(output, quality=95, exif=exif)
    failed, _ = verify(efface, output, *arguments, code=SOME_FAILED)
    width = Image.open(photos[0] / "scene.png").width
    assert any(overlaps(place, (width - 32, 0, width, 32)) for place in failed["outside"]["places"])


def test_another_size_and_another_turn(efface, photos, bad):
    output, arguments = bad("scene.png")
    Image.open(output).resize((240, 200)).save(output)
    failed, line = verify(efface, output, *arguments, code=SOME_FAILED)
    assert set(failed) == {"record", "picture"} and "240 x 200" in failed["picture"]["sentence"]
    output, arguments = bad("turned.jpg")
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-n", "-Orientation=8", output], check=True)
    assert "picture" in fails(efface, output, *arguments)
    output, arguments = bad("pages.tif")
    Image.open(output).save(output, compression="tiff_lzw")
    assert "picture" in fails(efface, output, *arguments)


def test_a_byte_changed_and_a_file_cut_off(efface, bad):
    output, arguments = bad("scene.png")
    data = bytearray(output.read_bytes())
    data[len(data) // 2] ^= 1
    output.write_bytes(data)
    assert {"record", "picture"} <= fails(efface, output, *arguments)
    output.write_bytes(data[:len(data) // 2])
    assert {"record", "picture"} <= fails(efface, output, *arguments)


def test_the_wrong_record_and_the_wrong_original(efface, photos, tmp_path):
    folder, out = photos
    failed, _ = verify(efface, out / "scene.png", "--record", out / "scene.jpg.efface.json", code=SOME_FAILED)
    assert set(failed) == {"record"} and "changed" in failed["record"]["sentence"]
    Image.open(folder / "scene.png").save(tmp_path / "again.png", compress_level=1)
    failed, _ = verify(efface, out / "scene.png", "--against", tmp_path / "again.png", code=SOME_FAILED)
    assert set(failed) == {"record"} and "original" in failed["record"]["sentence"]
    (tmp_path / "none.json").write_text("{}")
    assert fails(efface, out / "scene.png", "--record", tmp_path / "none.json") == {"record"}
    (tmp_path / "page.json").write_text((out / "pages.tif.efface.json").read_text().replace('"frames": 2', '"frames": 9').replace("[[1,", "[[7,"))
    failed, _ = verify(efface, out / "pages.tif", "--against", folder / "pages.tif", "--record", tmp_path / "page.json", code=SOME_FAILED)
    assert "page 8" in failed["masks"]["sentence"]


def test_signatures(efface, photos, tmp_path):
    folder = photos[0]
    for name in ("office", "other"):
        efface("keys", "new", tmp_path / name)
    efface("redact", folder / "scene.jpg", "-o", tmp_path, "--effort", "fast", "--sign", tmp_path / "office")
    output, record = tmp_path / "scene.jpg", tmp_path / "scene.jpg.efface.json"
    failed, line = verify(efface, output, "--against", folder / "scene.jpg", "--key", tmp_path / "office.pub", code=DONE)
    assert line["public_key"] == efface("keys", "show", tmp_path / "office.pub").out.strip()
    assert line["public_key"] in line["checks"][1]["sentence"]
    assert fails(efface, output, "--key", tmp_path / "other.pub") == {"signature"}
    record.write_text(record.read_text().replace('"redact": true', '"redact":  true'))
    failed, line = verify(efface, output, code=SOME_FAILED)
    assert set(failed) == {"signature"} and line["public_key"] is None
    assert fails(efface, photos[1] / "scene.jpg", "--key", tmp_path / "office.pub") == {"signature"}


def test_usage_and_files_that_are_not_there(efface, photos, tmp_path):
    folder, out = photos
    (tmp_path / "notes.txt").write_text("no picture\n")
    assert error_lines(efface("verify", code=USAGE))
    for arguments, code in [((tmp_path / "none.png",), SOME_FAILED), ((tmp_path / "notes.txt",), SOME_FAILED), ((tmp_path,), SOME_FAILED),
                            ((out / "scene.png", "--against", tmp_path / "none.png"), SOME_FAILED),
                            ((out / "scene.png", "--record", tmp_path / "none.json"), SOME_FAILED),
                            ((out / "scene.png", "--key", tmp_path / "none.pub"), USAGE), ((out / "scene.png", "--against", ""), USAGE),
                            ((out / "scene.png", out / "scene.jpg", "--against", folder / "scene.png"), USAGE)]:
        (line,) = error_lines(efface("verify", *arguments, code=code))
        check_sentence(line.removeprefix("efface: "))
    # One that can't be read doesn't keep the others from being verified.
    ran = efface("verify", tmp_path / "none.png", out / "scene.png", "--json", "--effort", "fast", code=SOME_FAILED)
    assert [line["result"] for line in ran.lines] == ["error", "pass"]
    assert efface("verify", out / "scene.png", env={"EFFACE_MODEL": str(tmp_path / "none.xml")}, code=CANNOT_START).err


def test_nothing_is_written(efface, photos):
    folder, out = photos
    before = {path: path.stat().st_mtime_ns for where in (folder, out) for path in where.iterdir()}
    efface("verify", *results(out), "--against", folder, "--effort", "fast")
    assert before == {path: path.stat().st_mtime_ns for where in (folder, out) for path in where.iterdir()}


def test_crowds(efface, data, tmp_path):
    """Real photos with small and large faces: every mask holds, and every mask over a bare face is told."""
    photos = sorted((data / "wider/images").iterdir())[::30]
    efface("redact", *photos, "-o", tmp_path / "right", "--effort", "fast")
    efface("verify", *results(tmp_path / "right"), "--against", photos[0].parent, "--effort", "fast")
    seen = 0
    for photo in photos[:4]:
        plan = record_of(tmp_path / "right" / photo.name)
        for face in plan["faces"]:
            face["redact"] = False
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        efface("redact", photo, "-o", tmp_path / "bare", "--record", tmp_path / "plan.json")
        failed, _ = verify(efface, tmp_path / "bare" / photo.name, "--against", photo, "--record",
                           tmp_path / "right" / f"{photo.name}.efface.json", code=SOME_FAILED if plan["faces"] else DONE)
        assert failed.get("masks", {"all_places": 0})["all_places"] == len(plan["faces"])
        seen += len(plan["faces"])
    assert seen > 10


# Clips.

@pytest.fixture(scope="module")
def films(efface, tmp_path_factory):
    folder, out = tmp_path_factory.mktemp("films"), tmp_path_factory.mktemp("shown")
    clips.film(folder / "a.mp4")
    clips.film(folder / "b.mkv", "-vf", "setpts=PTS+if(gt(N\\,7)\\,0.3/TB\\,0)", "-vsync", "vfr")
    clips.film(folder / "turned.mov", "-metadata:s:v", "rotate=90", sound=("-c:a", "pcm_s16le"))
    clips.film(folder / "full.avi", video=("-c:v", "mjpeg", "-q:v", "2"), sound=("-c:a", "pcm_s16le"))
    clips.film(folder / "c.ts", sound=("-c:a", "mp2"))
    frames = [Image.fromarray(frame) for frame in clips.moving(8)]
    frames[0].save(folder / "d.gif", save_all=True, append_images=frames[1:], duration=80)
    frames[0].save(folder / "e.png", save_all=True, append_images=frames[1:], duration=80)
    frames[0].save(folder / "f.webp", save_all=True, append_images=frames[1:], duration=80, quality=80)
    efface("redact", folder, "-o", out, "--effort", "fast", "--preset", "ultrafast")
    return folder, out


def test_every_kind_of_clip_holds(efface, films):
    folder, out = films
    ran = efface("verify", *results(out), "--against", folder, "--json", "--effort", "fast")
    assert len(ran.lines) == len(list(folder.iterdir())) == 8
    for line in ran.lines:
        assert [check["check"] for check in line["checks"]] == CLIP_CHECKS
        assert {check["check"] for check in line["checks"] if check["result"] != "pass"} == {"signature"}, line
        checks = {check["check"]: check["sentence"] for check in line["checks"]}
        assert "masks of all frames" in checks["masks"]
        assert ("packets of sound" in checks["sound"]) == (line["output"].rpartition(".")[2] not in ("gif", "png", "webp"))


def test_a_folder_with_all_below_it(efface, films, tmp_path):
    folder, out = films
    for where, source in (("in", folder), ("out", out)):
        (tmp_path / where / "below").mkdir(parents=True)
        for name in ("d.gif", "e.png"):
            for each in source.glob(f"{name}*"):
                shutil.copy(each, tmp_path / where / ("below" if name == "e.png" else "."))
    ran = efface("verify", tmp_path / "out", "--against", tmp_path / "in", "--json", "--effort", "fast")
    assert [os.path.relpath(line["output"], tmp_path / "out") for line in ran.lines] == ["below/e.png", "d.gif"]
    assert all(line["result"] == "pass" and line["against"] for line in ran.lines)
    (tmp_path / "empty").mkdir()
    (line,) = error_lines(efface("verify", tmp_path / "empty", code=SOME_FAILED))
    check_sentence(line.removeprefix("efface: "))


def test_another_codec_and_range_hold(efface, films, tmp_path):
    clips.film(tmp_path / "full.mp4", "-color_range", "pc", "-pix_fmt", "yuvj420p")
    efface("redact", tmp_path / "full.mp4", "-o", tmp_path / "out", "--effort", "fast", "--codec", "mpeg4")
    assert any("studio range" in warning for warning in record_of(tmp_path / "out/full.mp4")["warnings"])
    verify(efface, tmp_path / "out/full.mp4", "--against", tmp_path / "full.mp4", code=DONE)


def test_silence_holds_where_the_record_says_so(efface, films, tmp_path):
    folder = films[0]
    for name, options in (("mute", ("--mute", "0.2-0.5")), ("drop", ("--audio", "drop"))):
        efface("redact", folder / "a.mp4", "-o", tmp_path / name, "--effort", "fast", "--preset", "ultrafast", *options)
        verify(efface, tmp_path / name / "a.mp4", "--against", folder / "a.mp4", code=DONE)
        # The sound as it was, under the same record.
        failed = fails(efface, films[1] / "a.mp4", "--against", folder / "a.mp4", "--record", tmp_path / name / "a.mp4.efface.json")
        assert failed == {"record", "sound"}
        failed = fails(efface, tmp_path / name / "a.mp4", "--against", folder / "a.mp4", "--record", films[1] / "a.mp4.efface.json")
        assert failed == {"record", "sound"}


def remade(films, tmp_path, *options, frames=None, name="a.mp4", sound=("-c:a", "copy")):
    """The result encoded once more, with other frames or options; and what verifies it."""
    folder, out = films
    made = clips.pixels(out / name) if frames is None else frames
    path = tmp_path / name
    count, height, width, _ = made.shape
    clips.ffmpeg("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", 25, "-i", "-", *(("-i", out / name) if sound else ()),
                 "-map", "0:v", *(("-map", "1:a", *sound) if sound else ()), "-c:v", "libx264", "-preset", "ultrafast", "-crf", 12,
                 "-pix_fmt", "yuv420p", *options, path, input=numpy.ascontiguousarray(made).tobytes())
    return path, ("--against", folder / name, "--record", out / f"{name}.efface.json")


def test_one_frame_of_a_clip_bare(efface, films, tmp_path):
    folder, out = films
    frames = clips.pixels(out / "a.mp4").copy()
    frames[13] = clips.pixels(folder / "a.mp4")[13]
    failed, _ = verify(efface, *remade_with(films, tmp_path, frames), code=SOME_FAILED)
    assert "masks" in failed and {place["frame"] for place in failed["masks"]["places"]} == {13}
    assert failed["masks"]["places"][0]["seconds"] == pytest.approx(13 / 25, abs=0.002)
    assert any(overlaps(place, clips.core(13)) for place in failed["masks"]["places"])


def remade_with(films, tmp_path, frames):
    path, arguments = remade(films, tmp_path, frames=frames)
    return path, *arguments


def test_a_frame_dropped_and_one_too_many(efface, films, tmp_path):
    frames = clips.pixels(films[1] / "a.mp4")
    for changed, word in ((frames[:-1], "fewer"), (numpy.concatenate([frames, frames[-1:]]), "more")):
        failed, _ = verify(efface, *remade_with(films, tmp_path, changed), code=SOME_FAILED)
        assert "timing" in failed and word in failed["timing"]["sentence"]


def test_frames_shown_at_other_times(efface, films, tmp_path):
    path, arguments = remade(films, tmp_path, "-vf", "setpts=PTS+if(gt(N\\,7)\\,0.04/TB\\,0)", "-vsync", "vfr")
    failed, _ = verify(efface, path, *arguments, code=SOME_FAILED)
    assert "timing" in failed and failed["timing"]["places"][0]["frame"] == 8


def test_sound_shifted_changed_and_gone(efface, films, tmp_path):
    folder, out = films
    arguments = ("--against", folder / "a.mp4", "--record", out / "a.mp4.efface.json")
    shifted = tmp_path / "shifted.mp4"
    clips.ffmpeg("-i", out / "a.mp4", "-itsoffset", 0.1, "-i", out / "a.mp4", "-map", "0:v", "-map", "1:a", "-c", "copy", shifted)
    assert "sound" in fails(efface, shifted, *arguments)
    changed = tmp_path / "changed.mp4"
    clips.ffmpeg("-i", out / "a.mp4", "-c:v", "copy", "-c:a", "aac", "-b:a", "32k", changed)
    assert "sound" in fails(efface, changed, *arguments)
    silent = tmp_path / "silent.mp4"
    clips.ffmpeg("-i", out / "a.mp4", "-c", "copy", "-an", silent)
    assert "sound" in fails(efface, silent, *arguments)
    assert "sound" in fails(efface, silent, "--against", folder / "a.mp4")


def test_pixels_of_a_clip_changed_outside(efface, films, tmp_path):
    frames = clips.pixels(films[1] / "a.mp4").copy()
    frames[5, 200:248, 4:28] = 255 - frames[5, 200:248, 4:28]
    failed, _ = verify(efface, *remade_with(films, tmp_path, frames), code=SOME_FAILED)
    assert "outside" in failed and {place["frame"] for place in failed["outside"]["places"]} == {5}
    assert any(overlaps(place, (4, 200, 28, 248)) for place in failed["outside"]["places"])
    # A lossless animation must be exact.
    folder, out = films
    with Image.open(out / "e.png") as animation:
        made = []
        for i in range(animation.n_frames):
            animation.seek(i)
            made.append(animation.convert("RGB"))
    made[3].putpixel((310, 250), tuple(value ^ 1 for value in made[3].getpixel((310, 250))))
    made[0].save(tmp_path / "e.png", save_all=True, append_images=made[1:], duration=80)
    failed, _ = verify(efface, tmp_path / "e.png", "--against", folder / "e.png", "--record", out / "e.png.efface.json", code=SOME_FAILED)
    assert {"record", "outside"} == set(failed) and failed["outside"]["places"][0]["frame"] == 3


def test_what_a_clip_carries_beside_its_picture(efface, films, tmp_path):
    folder, out = films
    path = tmp_path / "a.mp4"
    clips.ffmpeg("-i", out / "a.mp4", "-c", "copy", "-metadata", "title=SOMEBODY at the door", path)
    assert "hidden-copies" in fails(efface, path, "--against", folder / "a.mp4")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes((out / "a.mp4").read_bytes()[:4000])
    assert {"record", "picture"} <= fails(efface, cut, "--against", folder / "a.mp4", "--record", out / "a.mp4.efface.json")


def test_ctrl_c_ends_it(efface, films):
    running = efface.start("verify", *[films[1] / "a.mp4"] * 200, "--against", films[0])
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=20)
    assert running.returncode == -signal.SIGINT
