"""Memory stays bounded, whatever sizes come."""
import numpy
import pytest
from PIL import Image

import pictures
from command import record_of
from pictures import core, difference, scene

MEGABYTE = 1_000_000


@pytest.mark.parametrize("name, kind, options", [
    ("progressive.jpg", "JPEG", {"quality": 75, "subsampling": 2, "progressive": True}),
    ("a.png", "PNG", {"compress_level": 1}),
    ("a.tif", "TIFF", {"compression": "packbits"}),
])
def test_100_megapixels_within_1500_megabytes(efface, tmp_path, name, kind, options):
    place = (5000, 3000, 400)
    large = Image.new("RGB", (12_500, 8000), (90, 120, 150))
    large.paste(scene((800, 600), ((90, 40, 400),)), (place[0] - 90, place[1] - 40))
    box = core(*place)
    before = pictures.samples(large.crop((4900, 2900, 5500, 3500)))
    large.save(tmp_path / name, kind, **options)
    del large
    run = efface.measured("redact", tmp_path / name, "-o", tmp_path / "out", "--effort", "fast")
    assert run.peak < 1500 * MEGABYTE
    assert len(record_of(tmp_path / "out" / name)["faces"]) >= 1
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(tmp_path / "out" / name) as picture:
            assert picture.size == (12_500, 8000)
            after = pictures.samples(picture.crop((4900, 2900, 5500, 3500)))
    finally:
        Image.MAX_IMAGE_PIXELS = limit
    assert difference(before, after, (box[0] - 4900, box[1] - 2900, box[2] - 4900, box[3] - 2900)) > 8


def test_many_sizes_do_not_add_up(efface, tmp_path):
    """The detector works on a few fixed canvases: once all were used, more sizes take no more memory."""
    random = numpy.random.default_rng(6)
    base = scene((1600, 1600), ((200, 200, 500), (900, 900, 300)))
    peaks = {}
    for name, count in (("some", 20), ("many", 60)):
        (tmp_path / name).mkdir()
        for i in range(count):
            width, height = (int(value) for value in random.integers(300, 1600, 2))
            base.resize((width, height)).save(tmp_path / name / f"{i}.jpg", quality=80)
        peaks[name] = efface.measured("redact", tmp_path / name, "-o", tmp_path / f"out-{name}").peak
    assert peaks["many"] < 1200 * MEGABYTE and peaks["many"] < peaks["some"] + 150 * MEGABYTE, peaks
