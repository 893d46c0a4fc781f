"""What is hidden in a clip: faces in every frame, regions, blank spans; what is spared; that fills are stable in time, and that
nothing of what lies under a mask reaches the output."""
import json

import numpy
import pytest

import clips
import pictures
from clips import SIZE, core, film, is_plain, moving, pixels, raw_film, shown
from command import record_of
from pictures import difference
from test_record import schema_errors

clips.need_ffmpeg()
FAST = ("--effort", "fast")
FRAMES, RATE = 50, 25
STEP = (1, 0)
GOOD = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "10")


@pytest.fixture(scope="module")
def scene():
    return moving(FRAMES, step=STEP)


@pytest.fixture(scope="module")
def path(scene, tmp_path_factory):
    return film(tmp_path_factory.mktemp("hidden") / "a.mp4", frames=scene, video=GOOD, sound=())


def middle(i):
    return core(i, step=STEP)


def bare(before, after, frames=None, area=middle):
    return [i for i in (range(len(before)) if frames is None else frames)
            if difference(before[i].astype(int), after[i].astype(int), area(i)) <= 8]


def mask_at(record, i, origin="detected"):
    return [row for face in record["faces"] if face["origin"] == origin and face["redact"] for row in face["masks"] if row[0] == i]


@pytest.mark.parametrize("effort", ["fast", "balanced", "thorough"])
def test_no_frame_is_bare(efface, path, scene, tmp_path, effort):
    efface("redact", path, "-o", tmp_path, "--effort", effort)
    assert bare(scene, pixels(tmp_path / "a.mp4")) == []
    record = record_of(tmp_path / "a.mp4")
    assert schema_errors(record) == []
    for i in range(FRAMES):
        left, top, right, bottom = middle(i)
        assert any(x < left and y < top and x + w > right and y + h > bottom for _, x, y, w, h, *_ in mask_at(record, i)), f"frame {i}"


def test_a_face_that_turns_away_and_comes_back(efface, scene, tmp_path):
    """A bar passes before it for a fifth of a second: the track goes on, and masks do not flicker."""
    frames = scene.copy()
    left, top, right, bottom = middle(22)
    frames[20:25, top - 30:bottom + 50, left - 40:right + 40] = 90
    film(tmp_path / "a.mp4", frames=frames, video=GOOD, sound=())
    efface("redact", tmp_path / "a.mp4", "-o", tmp_path / "out", *FAST)
    record = record_of(tmp_path / "out/a.mp4")
    assert all(mask_at(record, i) for i in range(FRAMES))
    longest = max(record["faces"], key=lambda face: len(face["masks"]))
    assert len({row[0] for row in longest["masks"]}) == FRAMES, "one face, one track"
    assert {row[6] for row in longest["masks"]} <= {"detected", "followed", "filled"} and len({row[6] for row in longest["masks"]}) > 1
    rows = numpy.array([row[1:5] for row in sorted(longest["masks"])])
    middles = rows[:, :2] + rows[:, 2:] / 2
    assert numpy.abs(numpy.diff(middles, axis=0) - STEP).max() < 12 and numpy.abs(numpy.diff(rows[:, 2:], axis=0)).max() < 25


def test_masks_hold_for_a_second_after_a_face_is_lost(efface, scene, tmp_path):
    """The face is wiped out where it was: it may have turned away, so its place stays hidden."""
    frames = moving(75, step=(0, 0))
    left, top, right, bottom = core(0, step=(0, 0))
    frames[30:, top - 25:bottom + 25, left - 25:right + 25] = frames[0, 5, 5]
    film(tmp_path / "a.mp4", frames=frames, video=GOOD, sound=())
    efface("redact", tmp_path / "a.mp4", "-o", tmp_path / "out", *FAST)
    record = record_of(tmp_path / "out/a.mp4")
    for i in range(30 + RATE - 1):
        assert any(x < (left + right) / 2 < x + w and y < (top + bottom) / 2 < y + h for _, x, y, w, h, *_ in mask_at(record, i)), i


def test_a_shot_cut_ends_a_track(efface, tmp_path):
    """After a cut to an empty room nothing is hidden, and before a cut from one neither."""
    empty = numpy.repeat(numpy.asarray(pictures.background(*SIZE))[None] // 2, 30, axis=0)
    frames = numpy.concatenate([empty, moving(30, step=(0, 0)), empty])
    film(tmp_path / "a.mp4", frames=frames, video=GOOD, sound=())
    efface("redact", tmp_path / "a.mp4", "-o", tmp_path / "out", *FAST)
    record = record_of(tmp_path / "out/a.mp4")
    hidden = sorted({row[0] for face in record["faces"] for row in face["masks"]})
    assert hidden == list(range(30, 60))


def test_cover_head_hides_more(efface, path, tmp_path):
    areas = {}
    for cover in ("face", "head"):
        efface("inspect", path, "--record", tmp_path / f"{cover}.json", "--cover", cover, *FAST)
        record = json.loads((tmp_path / f"{cover}.json").read_text())
        areas[cover] = [max(w * h for _, x, y, w, h, *_ in mask_at(record, i)) for i in range(FRAMES)]
    assert all(b > 1.3 * a for a, b in zip(areas["face"], areas["head"]))


@pytest.mark.parametrize("effort", ["fast", "balanced", "thorough"])
def test_a_small_face_in_a_large_frame(efface, tmp_path, effort):
    """Too small for the looks at the whole frame, which only say where to look closer."""
    small = dict(size=(1920, 1080), side=72, start=(1204, 506), step=(1, 0))
    film(tmp_path / "a.mp4", frames=moving(4, **small), video=GOOD, sound=())
    efface("inspect", tmp_path / "a.mp4", "--record", tmp_path / "r.json", "--effort", effort)
    record = json.loads((tmp_path / "r.json").read_text())
    del small["size"]
    for i in range(4):
        left, top, right, bottom = core(i, **small)
        assert bottom - top < 30
        assert any(x < left and y < top and x + w > right and y + h > bottom for _, x, y, w, h, *_ in mask_at(record, i)), i


@pytest.mark.parametrize("fill", ["membrane", "solid", "pixelate", "blur"])
def test_every_fill(efface, path, scene, tmp_path, fill):
    efface("redact", path, "-o", tmp_path, "--fill", fill, "--region", "5,200,60,40@0-9", *FAST)
    after = pixels(tmp_path / "a.mp4")
    if fill == "solid":
        assert after[:, 210:230, 15:55].max() < 25, "black"
    if fill in ("membrane", "solid"):
        assert bare(scene, after) == []


@pytest.mark.parametrize("fill", ["membrane", "solid"])
def test_a_static_scene_gives_a_static_fill(efface, tmp_path, fill):
    film(tmp_path / "a.mp4", frames=moving(30, step=(0, 0)), video=GOOD, sound=())
    efface("redact", tmp_path / "a.mp4", "-o", tmp_path / "out", "--fill", fill, "--quality", "100", *FAST)
    left, top, right, bottom = core(0, step=(0, 0))
    after = pixels(tmp_path / "out/a.mp4")[3:, top:bottom, left:right].astype(int)
    assert numpy.abs(numpy.diff(after, axis=0)).mean(axis=(1, 2, 3)).max() < 1.5


# Regions, exceptions, blank spans.

def changed(before, after, box):
    x, y, w, h = box
    return [difference(before[i].astype(int), after[i].astype(int), (x, y, x + w, y + h)) > 6 for i in range(len(before))]


BOX = (4, 196, 60, 50)


@pytest.mark.parametrize("span, frames", [("0.4-1.2", range(10, 31)), ("00:00:00.4-00:00:01.2", range(10, 31)), ("0-9", range(FRAMES)),
                                          ("1.2-99:00:00", range(30, FRAMES)), ("1-1.04", range(25, 27))])
def test_a_region_for_a_time(efface, path, tmp_path, span, frames):
    """A frame that is shown at either end of the span belongs to it."""
    efface("redact", path, "-o", tmp_path, "--region", f"{','.join(map(str, BOX))}@{span}", "--fill", "solid", *FAST)
    found = changed(pixels(path), pixels(tmp_path / "a.mp4"), BOX)
    assert [i for i, there in enumerate(found) if there] == list(frames)
    drawn = [face for face in record_of(tmp_path / "a.mp4")["faces"] if face["origin"] == "drawn"]
    assert len(drawn) == 1 and [row[0] for row in drawn[0]["masks"]] == list(frames)
    assert all(row[1:5] == list(BOX) and row[6] == "drawn" for row in drawn[0]["masks"])


def test_a_region_without_a_time_is_for_the_whole_clip(efface, path, tmp_path):
    efface("redact", path, "-o", tmp_path, "--region", ",".join(map(str, BOX)), "--fill", "solid", *FAST)
    assert all(changed(pixels(path), pixels(tmp_path / "a.mp4"), BOX))


def test_a_region_that_follows(efface, tmp_path):
    """The camera pans over a wide picture: the region stays on what it was drawn on."""
    wide = numpy.asarray(pictures.scene((520, 256), ((260, 4, 240),)))
    texture = numpy.random.default_rng(5).integers(0, 255, (32, 65, 3)).repeat(8, axis=0).repeat(8, axis=1)
    wide = (wide * 0.5 + texture[:256, :520] * 0.5).astype(numpy.uint8)
    frames = numpy.stack([wide[:, 2 * i:2 * i + 320] for i in range(40)])
    film(tmp_path / "a.mp4", frames=frames, video=GOOD, sound=())
    efface("redact", tmp_path / "a.mp4", "-o", tmp_path / "out", "--region", "200,120,60,50@0.4-1.6,follow", "--fill", "solid", *FAST)
    drawn = [face for face in record_of(tmp_path / "out/a.mp4")["faces"] if face["origin"] == "drawn"]
    assert len(drawn) == 1
    rows = {row[0]: row for row in drawn[0]["masks"]}
    assert sorted(rows) == list(range(10, 40))  # to the end: 1.6 s is past the last frame
    for i, row in rows.items():
        x = 200 - 2 * (i - 10)
        assert row[1] <= x + 6 and row[1] + row[3] >= x + 60 - 6, f"frame {i} lost it"
        assert abs(row[1] + row[3] / 2 - x - 30) < 15


def test_except_spares_a_face_for_a_time(efface, path, scene, tmp_path):
    left, top, right, bottom = middle(30)
    efface("redact", path, "-o", tmp_path, "--except", f"{left - 20},{top - 20},{right - left + 40},{bottom - top + 40}@0.8-1.2", *FAST)
    after = pixels(tmp_path / "a.mp4")
    spared = [i for i in range(FRAMES) if difference(scene[i].astype(int), after[i].astype(int), middle(i)) <= 8]
    assert set(range(21, 29)) <= set(spared), "it should be seen"
    assert set(spared) <= set(range(19, 31)), "and only then"


def test_blank_spans(efface, path, scene, tmp_path):
    efface("redact", path, "-o", tmp_path, "--blank", "0.4-0.8", "--blank", "00:00:01.6-9", *FAST)
    after, times = pixels(tmp_path / "a.mp4"), shown(tmp_path / "a.mp4").times
    blank = [i for i in range(FRAMES) if is_plain(after[i])]
    assert blank == [i for i, t in enumerate(times) if 0.4 - 1e-6 <= t <= 0.8 + 1e-6 or t > 1.6 - 1e-6]
    assert bare(scene, after, [i for i in range(FRAMES) if i not in blank]) == []
    assert "blank" in json.dumps(record_of(tmp_path / "a.mp4")).lower()


def test_where_to_look(efface, tmp_path):
    """A face that is seen for a moment only is one to look at: the record and the summary say when."""
    frames = numpy.repeat(numpy.asarray(pictures.background(*SIZE))[None], 60, axis=0)
    frames[30:33] = moving(3, step=(0, 0))
    film(tmp_path / "a.mp4", frames=frames, video=GOOD, sound=())
    run = efface("redact", tmp_path / "a.mp4", "-o", tmp_path / "out")
    record = record_of(tmp_path / "out/a.mp4")
    assert schema_errors(record) == []
    assert "look at" in run.out + run.err
    moments = record["doubtful"]
    assert moments and [m["from"] for m in moments] == sorted(m["from"] for m in moments), "a list by time"
    assert any(m["from"] <= 1.3 and m["to"] >= 1.2 and m["why"] for m in moments), moments


# Nothing of what lies under a mask can reach the output. Inputs are coded without loss, so the program decodes just these samples.

LOSSLESS = {
    "h264.mp4": ("yuv420p", ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-g", "1")),
    "hevc.mkv": ("yuv420p10le", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:lossless=1:keyint=1")),
    "h264-444.mp4": ("yuv444p", ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-g", "5")),
}


def planes_of(frames, pix_fmt):
    """The planes of each frame in that pixel format: [[y, u, v]]."""
    count, height, width, _ = frames.shape
    data = clips.ffmpeg("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-i", "-", "-f", "rawvideo", "-pix_fmt", pix_fmt,
                        "-", input=numpy.ascontiguousarray(frames).tobytes())
    kind = numpy.uint16 if pix_fmt.endswith("10le") else numpy.uint8
    small = (height, width) if "444" in pix_fmt else (height // 2, width // 2)
    sizes = [height * width, small[0] * small[1], small[0] * small[1]]
    samples = numpy.frombuffer(data, kind).reshape(count, -1)
    starts = numpy.cumsum([0, *sizes])
    return [[samples[i, a:b].reshape(shape) for a, b, shape in zip(starts, starts[1:], [(height, width), small, small])]
            for i in range(count)]


def disturbed(planes, record, seed):
    """Other samples in every plane under the masks, where a sample belongs to hidden pixels only."""
    random = numpy.random.default_rng(seed)
    result = []
    for i, frame in enumerate(planes):
        area = pictures.inside(record, SIZE, i)
        assert area.any()
        changed_planes = []
        for plane in frame:
            step = area.shape[0] // plane.shape[0]
            hidden = area.reshape(plane.shape[0], step, plane.shape[1], step).all(axis=(1, 3))
            top = 940 if plane.dtype == numpy.uint16 else 235
            changed_planes.append(numpy.where(hidden, random.integers(top // 15, top, plane.shape), plane).astype(plane.dtype))
        result.append(changed_planes)
    return result


@pytest.mark.parametrize("name", LOSSLESS)
def test_the_output_does_not_depend_on_what_is_hidden(efface, tmp_path, name):
    pix_fmt, options = LOSSLESS[name]
    planes = planes_of(moving(8), pix_fmt)
    path = tmp_path / "in" / name
    path.parent.mkdir()
    write = lambda p, file: raw_film(file, [plane.tobytes() for frame in p for plane in frame], SIZE, pix_fmt, *options)  # noqa: E731
    write(planes, path)
    efface("inspect", path, "--record", tmp_path / "r.json", "--region", "-9,200.5,60,50@0-9", *FAST)
    record = json.loads((tmp_path / "r.json").read_text())
    nothing = tmp_path / "nothing.json"
    nothing.write_text(json.dumps({**record, "faces": []}))
    for fill in ("membrane", "solid"):
        outputs, shown_bare = set(), set()
        for seed in (0, 1, 2):
            other = tmp_path / f"{seed}" / name
            other.parent.mkdir(exist_ok=True)
            write(disturbed(planes, record, seed) if seed else planes, other)
            efface("redact", other, "-o", tmp_path / f"out-{fill}-{seed}", "--record", tmp_path / "r.json", "--record-any-input", "--fill", fill)
            outputs.add((tmp_path / f"out-{fill}-{seed}" / name).read_bytes())
            if fill == "solid":
                efface("redact", other, "-o", tmp_path / f"bare-{seed}", "--record", nothing, "--record-any-input")
                shown_bare.add((tmp_path / f"bare-{seed}" / name).read_bytes())
        assert len(outputs) == 1, f"{fill}: the output depends on what is hidden"
        assert fill != "solid" or len(shown_bare) == 3, "without the masks the difference should show"


def test_blank_frames_do_not_depend_on_what_they_were(efface, tmp_path):
    """Also not on each other: the encoder sees one colour."""
    for name, frames in (("a", moving(10)), ("b", moving(10)[::-1])):
        (tmp_path / name).mkdir()
        film(tmp_path / name / "x.mp4", frames=frames, video=GOOD, sound=())
        efface("redact", tmp_path / name / "x.mp4", "-o", tmp_path / f"{name}-out", "--blank", "0-9", *FAST)
    assert (tmp_path / "a-out/x.mp4").read_bytes() == (tmp_path / "b-out/x.mp4").read_bytes()


def test_an_unusable_region_is_told(efface, path, tmp_path):
    run = efface("redact", path, "-o", tmp_path, "--region", "5000,5000,10,10@0-1", "--blank", "900-901", *FAST)
    assert "outside" in run.err and "900-901" in run.err
