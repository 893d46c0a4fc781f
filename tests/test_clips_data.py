"""Real clips of the evaluation data: the same shown frames, time stamps, duration and sound, as ffprobe sees them."""
import re

import numpy
import pytest

import clips
from clips import check_sound, check_timing, pixels, shown, streams, tags
from command import DATA, files_below, record_of
from test_record import schema_errors

clips.need_ffmpeg()
FOLDER = DATA / "video"
NAMES = sorted(path.name for path in FOLDER.iterdir()) if FOLDER.is_dir() else []
if not NAMES:
    pytest.skip(f"no clips at {FOLDER}: name the folder of the evaluation data in EFFACE_TEST_DATA", allow_module_level=True)
MINUTES = 20


@pytest.fixture(scope="module")
def done(efface, tmp_path_factory):
    """The folder with all clips redacted in one run, and the JSON line of each."""
    folder = tmp_path_factory.mktemp("video")
    run = efface("redact", FOLDER, "-o", folder, "--json", "--effort", "fast", timeout=60 * MINUTES)
    return folder, run


def test_every_clip_comes_out(done):
    folder, run = done
    assert {name: line["error"] for name, line in run.by_name.items() if line["status"] != "ok"} == {}
    assert sorted(run.by_name) == NAMES
    assert files_below(folder) == sorted([*NAMES, *(f"{name}.efface.json" for name in NAMES)])


@pytest.mark.parametrize("name", NAMES)
def test_frames_times_and_duration(done, name):
    check_timing(FOLDER / name, done[0] / name)


@pytest.mark.parametrize("name", NAMES)
def test_sound_is_copied_bit_for_bit_and_in_step(done, name):
    before = streams(FOLDER / name, "audio")
    after = streams(done[0] / name, "audio")
    assert [s["codec_name"] for s in after] == [s["codec_name"] for s in before]
    for track in range(len(before)):
        check_sound(FOLDER / name, done[0] / name, track)
    if before:
        assert any("sound" in warning and "review" in warning for warning in record_of(done[0] / name)["warnings"])


@pytest.mark.parametrize("name", NAMES)
def test_the_kind_of_picture_stays(done, name):
    before, after = streams(FOLDER / name, "video"), streams(done[0] / name, "video")
    assert len(after) == len(before)
    for mine, other in zip(before, after):
        for field in ("codec_name", "width", "height", "pix_fmt", "color_range", "color_space", "color_transfer", "color_primaries"):
            assert other.get(field) == mine.get(field), field
        assert mine.get("sample_aspect_ratio", "1:1") == other.get("sample_aspect_ratio", "1:1")


@pytest.mark.parametrize("name", NAMES)
def test_the_record_is_valid_and_true(done, name):
    record = record_of(done[0] / name)
    assert schema_errors(record) == []
    assert record["input"]["kind"] == "clip" and record["input"]["file"] == name
    assert record["output"]["bytes"] == (done[0] / name).stat().st_size
    assert record["input"]["frames"] >= len(shown(FOLDER / name).times)
    assert all(0 <= row[0] < record["input"]["frames"] for face in record["faces"] for row in face["masks"])


def test_faces_are_hidden_in_every_frame_that_the_record_names(done):
    """Within each large mask the picture changes, and far from all masks it does not."""
    name = "interview_h264.mp4"
    before, after = pixels(FOLDER / name), pixels(done[0] / name)
    record = record_of(done[0] / name)
    rows = [row for face in record["faces"] if face["redact"] for row in face["masks"] if row[3] > 30 and row[4] > 30]
    assert len(rows) > 100
    height, width = before.shape[1:3]
    bare, checked = 0, 0
    for frame, x, y, w, h, *_ in rows[::7]:
        left, top = max(0, round(x + w / 4)), max(0, round(y + h / 4))
        right, bottom = min(width, round(x + 3 * w / 4)), min(height, round(y + 3 * h / 4))
        if right - left < 8 or bottom - top < 8:
            continue
        checked += 1
        bare += abs(before[frame, top:bottom, left:right].astype(int) - after[frame, top:bottom, left:right]).mean() < 3
    assert checked > 20 and bare <= checked // 20, "masks that hid nothing"


def test_verify_holds(efface, done):
    """Of those with something odd, and the shorter ones: the others take long."""
    names = ["rotated_gps.mov", "two_video_tracks.mp4", "variable_frame_rate_1280x720.mp4", "two_heads_turning.gif", "carphone_176x144.mp4",
             "signing_640x480.mkv"]
    told = efface("verify", *(done[0] / name for name in names), "--against", FOLDER, "--effort", "fast", "--json", timeout=60 * MINUTES).lines
    assert len(told) == len(names)
    for line in told:
        assert {check["check"] for check in line["checks"] if check["result"] != "pass"} == {"signature"}, line


# Clips with something odd, each in a test of its own.

def test_two_video_tracks(efface, tmp_path):
    """Both are redacted, neither copied; the captions of both are gone, and both sounds are kept."""
    name = "two_video_tracks.mp4"
    efface("redact", FOLDER / name, "-o", tmp_path, "--effort", "fast", "--blank", "2-4")
    output = tmp_path / name
    assert [(s["width"], s["height"]) for s in streams(output, "video")] == [(320, 180), (480, 270)]
    assert len(streams(output, "audio")) == 2 and streams(output, "subtitle") == [] and streams(output, "data") == []
    for track in (0, 1):
        check_timing(FOLDER / name, output, track)
        check_sound(FOLDER / name, output, track)
        times, before, after = shown(output, track).times, pixels(FOLDER / name, track), pixels(output, track)
        assert len(after) == len(times) > 300
        for i in range(0, len(times), 5):
            if 2 <= times[i] < 4:
                assert clips.is_plain(after[i]), f"track {track} shows its picture at {times[i]} s"
            elif not 1.9 < times[i] < 4.1:
                assert numpy.abs(before[i].astype(int) - after[i]).mean() < 12, f"track {track} is not itself at {times[i]} s"
    removed = {entry["what"] for entry in record_of(output)["removed"]}
    assert any(re.search("text|caption|subtitle", what) for what in removed), removed


def test_rotated_with_places(efface, tmp_path):
    """A phone's clip that is stored on its side, with the path of the walk in data tracks and the place in its tags."""
    name = "rotated_gps.mov"
    (box,) = [s for s in streams(FOLDER / name, "video")]
    turn = [d["rotation"] for d in box["side_data_list"] if "rotation" in d]
    efface("redact", FOLDER / name, "-o", tmp_path, "--effort", "fast", "--region", "10,20,100,60@0-9")
    output = tmp_path / name
    (after,) = streams(output, "video")
    assert [d["rotation"] for d in after["side_data_list"] if "rotation" in d] == turn
    assert streams(output, "data") == [] and len(streams(output, "audio")) == 1
    check_timing(FOLDER / name, output)
    check_sound(FOLDER / name, output)
    content = output.read_bytes()
    for trace in (b"ISO6709", b"\xa9xyz", b"com.apple.quicktime", b"gpmd", b"Apple"):
        assert trace not in content, trace
    assert not re.search("location|creation_time|make|model", tags(output), re.IGNORECASE)
    record = record_of(output)
    width, height = box["width"], box["height"]
    assert [record["input"]["width"], record["input"]["height"]] == ([height, width] if turn[0] % 180 else [width, height]), "upright"
    assert record["removed"], "what was dropped is told"
    upright_before, upright_after = pixels(FOLDER / name), pixels(output)
    changed = numpy.abs(upright_before.astype(int) - upright_after).mean(axis=(0, 3))
    inside, outside = changed[25:75, 15:105].mean(), numpy.median(changed)
    assert inside > 3 * outside, "the region is told in the picture as it is shown"


def test_variable_frame_rate(efface, tmp_path):
    name = "variable_frame_rate_1280x720.mp4"
    efface("redact", FOLDER / name, "-o", tmp_path, "--effort", "fast")
    before, after = shown(FOLDER / name), shown(tmp_path / name)
    steps = numpy.diff(before.times)
    assert steps.max() > 1.3 * steps.min(), "the sample should have steps of several lengths"
    assert numpy.diff(after.times) == pytest.approx(steps, abs=clips.TICK)
    check_timing(FOLDER / name, tmp_path / name)
    check_sound(FOLDER / name, tmp_path / name)


def test_another_effort_has_the_same_frames(efface, tmp_path):
    name = "stage_faces.mp4"
    efface("redact", FOLDER / name, "-o", tmp_path)
    check_timing(FOLDER / name, tmp_path / name)
    check_sound(FOLDER / name, tmp_path / name)
