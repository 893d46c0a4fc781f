"""What the options change: how faces are found, what hides them, threads and memory."""
import json

import numpy
import pytest

import pictures
from command import SOME_FAILED, check_sentence, error_lines, files_below, record_of
from pictures import core, difference, inside, pixels, scene, touched

SIZE = (480, 400)
# x, y, side
CROWD = ((10, 30, 320), (340, 30, 160), (510, 30, 96), (620, 30, 64), (700, 30, 48), (760, 30, 40), (810, 30, 34),
         (860, 30, 29), (900, 30, 25))
FILLS = ("membrane", "solid", "pixelate", "blur")


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photo") / "face.png"
    scene(SIZE).save(path)
    return path


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """The portrait at sizes from 320 pixels down: the faces are 75 to 6 pixels high."""
    path = tmp_path_factory.mktemp("crowd") / "crowd.png"
    scene((1000, 360), CROWD).save(path)
    return path


def faces_found(record):
    """How many of the crowd have a mask on the middle of their face."""
    found = 0
    for place in CROWD:
        left, top, right, bottom = core(*place)
        x, y = (left + right) / 2, (top + bottom) / 2
        found += any(mask[1] < x < mask[1] + mask[3] and mask[2] < y < mask[2] + mask[4]
                     for face in record["faces"] for mask in face["masks"])
    return found


def inspect(efface, path, *options):
    """The record of what would be hidden."""
    return efface("inspect", path, "--json", *options).lines[0]["record"]


def heights(record):
    return [face["masks"][0][4] for face in record["faces"]]


# Fills.

@pytest.fixture(scope="module")
def filled(efface, photo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled")
    for fill in FILLS:
        efface("redact", photo, "-o", folder / fill, "--fill", fill)
    return {fill: folder / fill / photo.name for fill in FILLS}


def test_each_fill_is_noted_and_hides_the_same_area(photo, filled):
    before = pixels(photo)
    masks = {fill: [face["masks"] for face in record_of(path)["faces"]] for fill, path in filled.items()}
    assert all(masks[fill] == masks["membrane"] for fill in FILLS)
    for fill, path in filled.items():
        record, after = record_of(path), pixels(path)
        assert record["settings"]["fill"] == fill
        area = touched(record, SIZE)
        assert (before[~area] == after[~area]).all()
        assert difference(before, after, core()) > 8
    assert len({path.read_bytes() for path in filled.values()}) == len(FILLS)


def test_only_the_weak_fills_are_warned_of(filled):
    for fill, path in filled.items():
        warned = any("traces" in warning for warning in record_of(path)["warnings"])
        assert warned == (fill in ("pixelate", "blur"))


def test_the_membrane_is_smooth_and_meets_its_edge(photo, filled):
    record, before, after = record_of(filled["membrane"]), pixels(photo), pixels(filled["membrane"])
    within = inside(record, SIZE)
    steps = numpy.abs(numpy.diff(after, axis=1)).max(axis=-1)
    within_pairs = within[:, 1:] & within[:, :-1]
    assert steps[within_pairs].max() <= 24, "a smooth surface has no edges"
    # Nothing brighter or darker than what surrounds it (the maximum principle of harmonic functions).
    around = pictures.grown(touched(record, SIZE), 2) & ~touched(record, SIZE)
    for channel in range(3):
        low, high = before[..., channel][around].min(), before[..., channel][around].max()
        assert low - 1 <= after[..., channel][within].min() and after[..., channel][within].max() <= high + 1


def test_pixelate_and_blur_are_strong(photo, filled):
    """Cells of a quarter of the mask; a blur that leaves no detail. Detail: the mean step from pixel to pixel."""
    before = pixels(photo)
    left, top, right, bottom = core()
    detail = {}
    for fill in FILLS:
        part = pixels(filled[fill])[top:bottom, left:right]
        detail[fill] = numpy.abs(numpy.diff(part, axis=1)).mean()
    original = numpy.abs(numpy.diff(before[top:bottom, left:right], axis=1)).mean()
    assert detail["blur"] < original / 4 and detail["pixelate"] < original / 2
    width = record_of(filled["pixelate"])["faces"][0]["masks"][0][3]
    colours = numpy.unique(pixels(filled["pixelate"])[top:bottom, left:right].reshape(-1, 3), axis=0)
    assert len(colours) <= ((right - left) / (width / 4) + 2) * ((bottom - top) / (width / 4) + 2)


def test_solid_takes_its_colour(efface, photo, tmp_path):
    expected = {"#0a1B2c": (10, 27, 44), "white": (255, 255, 255), "black": (0, 0, 0)}
    for i, (colour, values) in enumerate(expected.items()):
        efface("redact", photo, "-o", tmp_path / str(i), "--fill", "solid", "--color", colour)
        record, after = record_of(tmp_path / str(i) / photo.name), pixels(tmp_path / str(i) / photo.name)
        assert (after[inside(record, SIZE)] == values).all()


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
@pytest.mark.parametrize("fill", FILLS)
def test_masks_at_the_border_over_each_other_and_over_all(efface, tmp_path, fill, kind):
    """Overlapping masks, masks across corners and edges, one that covers the whole picture, pictures of a few pixels."""
    regions = {"overlap": ["100,100,80,80", "150,120,90,40", "160,90,10,200"], "corners": ["-20,-20,50,50", "470,390,50,50"],
               "edges": ["0,0,480,9", "-5,100,20,900"], "all": ["-50,-50,900,900"], "sliver": ["240.2,200.2,0.3,0.3"]}
    scene(SIZE).save(tmp_path / f"p.{kind}", quality=90)
    for name, boxes in regions.items():
        options = [option for box in boxes for option in ("--region", box)]
        efface("redact", tmp_path / f"p.{kind}", "-o", tmp_path / name, "--fill", fill, "--effort", "fast", *options)
        after = pixels(tmp_path / name / f"p.{kind}")
        assert after.shape == (400, 480, 3)
        if name == "all" and fill in ("membrane", "solid"):
            assert after.std(axis=(0, 1)).max() < 3, "nothing of the picture may be left"
    for side in ((1, 1), (2, 3), (9, 1)):
        pictures.background(*side).save(tmp_path / f"tiny.{kind}")
        efface("redact", tmp_path / f"tiny.{kind}", "-o", tmp_path / f"tiny{side[0]}", "--fill", fill, "--region", "0,0,1,1")
        assert pixels(tmp_path / f"tiny{side[0]}" / f"tiny.{kind}").shape == (side[1], side[0], 3)


def test_a_face_that_fills_the_picture(efface, tmp_path):
    face = scene((1000, 1000), ((-840, -300, 2400),)).crop((0, 0, 480, 520))
    face.save(tmp_path / "close.jpg", quality=92)
    efface("redact", tmp_path / "close.jpg", "-o", tmp_path / "out", "--mask-margin", "3")
    record = record_of(tmp_path / "out/close.jpg")
    assert len(record["faces"]) >= 1
    area = inside(record, (480, 520))
    assert area.mean() > 0.8
    assert difference(pixels(tmp_path / "close.jpg"), pixels(tmp_path / "out/close.jpg"), (150, 150, 330, 370)) > 8


# Finding.

def test_effort(efface, crowd):
    """Each finds all faces that are well seen; the most effort finds smaller ones than the least."""
    found = {effort: inspect(efface, crowd, "--effort", effort) for effort in ("fast", "balanced", "thorough")}
    for effort, record in found.items():
        assert record["settings"]["effort"] == effort
        assert faces_found(record) >= 5, effort
    assert faces_found(found["fast"]) < faces_found(found["thorough"])


def test_threshold(efface, crowd):
    low, high, highest = (inspect(efface, crowd, "--threshold", value) for value in ("0.05", "0.6", "1"))
    assert len(low["faces"]) > len(high["faces"]) > len(highest["faces"]) == 0
    assert min(face["masks"][0][5] for face in high["faces"]) >= 0.6
    assert high["settings"]["threshold"] == 0.6


def test_min_face(efface, crowd):
    every, large = inspect(efface, crowd), inspect(efface, crowd, "--min-face", "30")
    assert 0 < len(large["faces"]) < len(every["faces"])
    # The mask is 1.3 times the face, and 5 pixels more.
    assert min(heights(large)) >= 1.3 * 30
    assert large["settings"]["min_face"] == 30
    assert inspect(efface, crowd, "--min-face", "500")["faces"] == []


def test_mask_margin(efface, photo):
    usual, wide = inspect(efface, photo), inspect(efface, photo, "--mask-margin", "2.6")
    (_, x, y, w, h, _, _), (_, x2, y2, w2, h2, _, _) = (record["faces"][0]["masks"][0] for record in (usual, wide))
    assert usual["settings"]["mask_margin"] == 1.3 and wide["settings"]["mask_margin"] == 2.6
    assert 1.8 < w2 / w < 2.05 and 1.8 < h2 / h < 2.05
    assert x + w / 2 == pytest.approx(x2 + w2 / 2, abs=0.1) and y + h / 2 == pytest.approx(y2 + h2 / 2, abs=0.1)


def test_cover_head_takes_in_the_hair(efface, photo):
    face, head = inspect(efface, photo), inspect(efface, photo, "--cover", "head")
    small, large = touched(face, SIZE), touched(head, SIZE)
    assert (large | small == large).all(), "the head holds the face"
    assert large.sum() > 1.4 * small.sum()
    left, top, right, bottom = core()
    hair = (top - (bottom - top) // 2, (left + right) // 2)  # well above the brow
    assert large[hair] and head["faces"][0]["masks"][0][2] < face["faces"][0]["masks"][0][2]


def test_precision(efface, photo):
    assert inspect(efface, photo, "--precision", "f32")["settings"]["precision"] == "f32"
    assert len(inspect(efface, photo, "--precision", "f32")["faces"]) == 1


# Running.

def test_threads_do_not_change_the_result(efface, crowd, tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(4):
        scene((300 + 170 * i, 360 + 90 * i), ((20 * i, 10, 240 + 20 * i),)).save(tmp_path / f"in/{i}.jpg", quality=90)
    (tmp_path / "in/crowd.png").write_bytes(crowd.read_bytes())
    for threads in ("1", "2", "5"):
        efface("redact", tmp_path / "in", "-o", tmp_path / threads, "--threads", threads)
    names = files_below(tmp_path / "1")
    assert len(names) == 10
    for threads in ("2", "5"):
        assert files_below(tmp_path / threads) == names
        different = [name for name in names if (tmp_path / "1" / name).read_bytes() != (tmp_path / threads / name).read_bytes()]
        assert different == [], f"--threads {threads}"


def test_a_photo_that_needs_more_memory_than_allowed(efface, photo, tmp_path):
    large = pictures.background(64, 64).resize((6000, 5000))
    large.save(tmp_path / "large.png", compress_level=1)
    run = efface("redact", tmp_path / "large.png", photo, "-o", tmp_path / "out", "--memory", "400", "--json", code=SOME_FAILED)
    assert {name: line["status"] for name, line in run.by_name.items()} == {"large.png": "failed", "face.png": "ok"}
    check_sentence(run.by_name["large.png"]["error"])
    assert "memory" in run.by_name["large.png"]["error"]
    assert files_below(tmp_path / "out") == ["face.png", "face.png.efface.json"]
