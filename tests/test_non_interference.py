"""What lies under a mask can't reach the output: with the record held fixed, photos that differ only there give output files
that are byte for byte the same."""
import json

import numpy
import pytest
from PIL import Image

import pictures
from pictures import encoded, inside, samples, scene, touched

SIZE = (480, 400)
FILLS = ("membrane", "solid")


@pytest.fixture(scope="module")
def record(efface, tmp_path_factory):
    """Of the scene: its face, and an area drawn over part of it and across the border."""
    folder = tmp_path_factory.mktemp("record")
    scene(SIZE).save(folder / "a.png")
    efface("inspect", folder / "a.png", "--record", folder / "r.json", "--region", "180,90,70,40", "--region", "-9,350.5,40,90")
    assert len(json.loads((folder / "r.json").read_text())["faces"]) == 3
    return folder / "r.json"


def disturbed(array, area, seed):
    """The array with every sample in the area replaced."""
    noise = numpy.random.default_rng(seed).integers(0, int(array.max()) + 1, array.shape).astype(array.dtype)
    changed = array.copy()
    changed[area] = noise[area]
    assert (changed[area] != array[area]).mean() > 0.6 and (changed[~area] == array[~area]).all()
    return changed


def check_same_output(efface, record, folder, files, kind, fills=FILLS):
    """Redacts each of the files (contents) with the record; all outputs must be equal, and unlike with another record."""
    assert len(set(files)) == len(files), "the inputs should differ"
    everything = json.loads(record.read_text())
    nothing = folder / "nothing.json"
    nothing.write_text(json.dumps({**everything, "faces": []}))
    for fill in fills:
        outputs, bare = set(), set()
        for i, content in enumerate(files):
            path = folder / f"{i}.{kind}"
            path.write_bytes(content)
            efface("redact", path, "-o", folder / f"out-{fill}-{i}", "--record", record, "--record-any-input", "--fill", fill)
            outputs.add((folder / f"out-{fill}-{i}" / path.name).read_bytes())
            if fill == fills[0]:
                efface("redact", path, "-o", folder / f"bare-{i}", "--record", nothing, "--record-any-input")
                bare.add((folder / f"bare-{i}" / path.name).read_bytes())
        assert len(outputs) == 1, f"{fill}: the output depends on what is hidden"
        assert fill != fills[0] or len(bare) == len(files), "without the masks the difference should show"


def lossless(picture, kind, options, record, reading=lambda array: array):
    """The picture, and two with other samples under the masks, encoded."""
    area = inside(json.loads(record.read_text()), SIZE)
    array = numpy.asarray(picture)
    versions = [array, disturbed(array, area, 1), disturbed(array, area, 2)]
    result = []
    for version in versions:
        changed = Image.fromarray(version, picture.mode) if picture.mode != "I;16" else Image.fromarray(version)
        if picture.mode == "P":
            changed.putpalette(picture.getpalette())
        result.append(encoded(changed, kind, **options))
    return result


def grey16(picture):
    return Image.fromarray((samples(picture.convert("L")) * 257).astype(numpy.uint16))


@pytest.mark.parametrize("name, kind, change, options", [
    ("rgb.png", "PNG", lambda p: p, {}),
    ("rgba.png", "PNG", lambda p: p.convert("RGBA"), {}),
    ("grey.png", "PNG", lambda p: p.convert("L"), {}),
    ("grey16.png", "PNG", grey16, {}),
    ("palette.png", "PNG", lambda p: p.quantize(200, dither=0), {}),
    ("rgb.tif", "TIFF", lambda p: p, {}),
    ("lzw.tif", "TIFF", lambda p: p, {"compression": "tiff_lzw"}),
    ("grey16.tif", "TIFF", grey16, {}),
    ("cmyk.tif", "TIFF", lambda p: p.convert("CMYK"), {}),
    ("rgb.bmp", "BMP", lambda p: p, {}),
    ("palette.gif", "GIF", lambda p: p.quantize(200, dither=0), {"optimize": False}),
    ("rgb.webp", "WEBP", lambda p: p, {"lossless": True}),
], ids=lambda value: value if isinstance(value, str) and "." in value else "")
def test_lossless_formats(efface, record, tmp_path, name, kind, change, options):
    files = lossless(change(scene(SIZE)), kind, options, record)
    check_same_output(efface, record, tmp_path, files, name.split(".")[1])


def test_every_page_of_a_tiff(efface, tmp_path):
    """Two pages whose masks lie in different places: each is disturbed under its own."""
    first, second = scene(SIZE), scene(SIZE, ((60, 20, 300),))
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    efface("inspect", tmp_path / "a.tif", "--record", tmp_path / "r.json")
    record = json.loads((tmp_path / "r.json").read_text())
    files = []
    for seed in (None, 1, 2):
        pages = [samples(page).astype(numpy.uint8) for page in (first, second)]
        if seed:
            pages = [disturbed(page, inside(record, SIZE, number), seed) for number, page in enumerate(pages)]
        files.append(encoded(Image.fromarray(pages[0]), "TIFF", save_all=True, append_images=[Image.fromarray(pages[1])]))
    check_same_output(efface, tmp_path / "r.json", tmp_path, files, "tif")


@pytest.mark.parametrize("name, change, options", [
    ("444", lambda p: p, {"subsampling": 0, "quality": 90}),
    ("422", lambda p: p, {"subsampling": 1, "quality": 85}),
    ("420", lambda p: p, {"subsampling": 2, "quality": 75}),
    ("progressive", lambda p: p, {"subsampling": 2, "quality": 90, "progressive": True}),
    ("grey", lambda p: p.convert("L"), {"quality": 90}),
    ("cmyk", lambda p: p.convert("CMYK"), {"quality": 90}),
    ("optimised", lambda p: p, {"subsampling": 2, "quality": 90, "optimize": True}),
], ids=lambda value: value if isinstance(value, str) else "")
def test_jpeg(efface, record, tmp_path, name, change, options):
    """Every luma block that a mask touches is replaced as a whole. An encoder codes each block for itself and averages chroma
    within its own block, and a chroma block reaches as far as the luma blocks that share it: so all that changes in the file
    are coefficients of hidden blocks."""
    picture = change(scene(SIZE))
    area = touched(json.loads(record.read_text()), SIZE, 8, slack=-0.01)
    array = numpy.asarray(picture)
    files = [encoded(Image.fromarray(version, picture.mode), "JPEG", **options)
             for version in (array, disturbed(array, area, 1), disturbed(array, area, 2), numpy.where(
                 area if array.ndim == 2 else area[..., None], 255, array).astype(numpy.uint8))]
    check_same_output(efface, record, tmp_path, files, "jpg")


def test_an_exif_turn_does_not_open_a_gap(efface, tmp_path):
    """The mask is told in upright pixels, the picture lies on its side."""
    exif = Image.Exif()
    exif[274] = 6
    stored = scene(SIZE).transpose(Image.ROTATE_90)
    (tmp_path / "a.png").write_bytes(encoded(stored, "PNG", exif=exif))
    efface("inspect", tmp_path / "a.png", "--record", tmp_path / "r.json")
    upright = inside(json.loads((tmp_path / "r.json").read_text()), SIZE)
    area = numpy.rot90(upright)  # as ROTATE_90: counter-clockwise
    files = [encoded(Image.fromarray(version), "PNG", exif=exif)
             for version in (numpy.asarray(stored), disturbed(numpy.asarray(stored), area, 1))]
    check_same_output(efface, tmp_path / "r.json", tmp_path, files, "png")


def test_the_weak_fills_do_keep_traces(efface, record, tmp_path):
    """The reason why they are called weak; and proof that the comparison above can see."""
    files = lossless(scene(SIZE), "PNG", {}, record)
    with pytest.raises(AssertionError, match="depends on what is hidden"):
        check_same_output(efface, record, tmp_path, files, "png", ("blur",))
