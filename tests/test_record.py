"""The record: valid by its schema, true to the files, obeyed when given, and where it goes."""
import hashlib
import json

import jsonschema
import pytest

import pictures
from command import ROOT, SOME_FAILED, USAGE, check_sentence, error_lines, files_below, record_of
from pictures import core, difference, pixels, samples, scene, touched

SIZE = (700, 420)
FIRST, SECOND = (20, 40, 320), (360, 40, 320)  # where the two portraits lie: x, y, side
FAST = ("--effort", "fast")


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A PNG with two faces."""
    path = tmp_path_factory.mktemp("photo") / "two.png"
    scene(SIZE, (FIRST, SECOND)).save(path)
    return path


def area_text(box):
    left, top, right, bottom = box
    return f"{left},{top},{right - left},{bottom - top}"


def hidden(photo, output, portrait):
    """Whether that face was hidden; it must be either hidden or unchanged."""
    change = difference(pixels(photo), pixels(output), core(*portrait))
    assert change == 0 or change > 8
    return change > 0


def schema_errors(record):
    schema = json.loads((ROOT / "docs/efface-record-1.schema.json").read_text())
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    return [error.message for error in validator(schema).iter_errors(record)]


def test_real_records_are_valid_and_true(efface, photo, tmp_path):
    plain, pages = pictures.background(90, 70), tmp_path / "in/pages.tif"
    pages.parent.mkdir()
    scene(SIZE, (FIRST, SECOND)).save(pages, save_all=True, append_images=[plain, scene()])
    plain.save(tmp_path / "in/plain.jpg", comment=b"words")
    (tmp_path / "in/wrong.jpg").write_bytes(photo.read_bytes())
    (tmp_path / 'in/"odd"\\ näme.webp').write_bytes(pictures.encoded(scene(), "WEBP"))
    (tmp_path / "in/plain.xmp").write_bytes(b"<x/>")
    runs = {"all": (), "weak": ("--fill", "blur"), "drawn": ("--region", "5,5,30.5,20", "--region", "-10,-10,15,1000"),
            "spared": ("--except", area_text(core(*FIRST)), "--except", "0,0,3,3"), "head": ("--cover", "head"),
            "solid": ("--fill", "solid", "--color", "#12AbEf", "--keep", "date", "--quality", "71", "--threshold", "0.3")}
    for name, options in runs.items():
        efface("redact", tmp_path / "in", "-o", tmp_path / name, *options)
        records = [file for file in files_below(tmp_path / name) if file.endswith(".efface.json")]
        assert len(records) == 4
        for file in records:
            record = json.loads((tmp_path / name / file).read_text())
            assert schema_errors(record) == [], f"{name}/{file}"
            for half, folder in (("input", tmp_path / "in"), ("output", tmp_path / name)):
                content = (folder / record[half]["file"]).read_bytes()
                assert record[half]["bytes"] == len(content)
                assert record[half]["sha256"] == hashlib.sha256(content).hexdigest()
            assert file == record["output"]["file"] + ".efface.json"
    settings = record_of(tmp_path / "solid/plain.jpg")["settings"]
    assert settings["fill"] == "solid" and settings["color"] == "#12abef" and "date" in settings["keep"]
    assert settings["quality"] == 71 and settings["threshold"] == 0.3
    assert record_of(tmp_path / "head/plain.jpg")["settings"]["cover"] == "head"
    assert any("traces" in warning for warning in record_of(tmp_path / "weak/pages.tif")["warnings"])
    assert not any("traces" in warning for warning in record_of(tmp_path / "all/pages.tif")["warnings"])
    assert any("PNG" in warning for warning in record_of(tmp_path / "all/wrong.jpg")["warnings"])
    assert any("--except 0,0,3,3" in warning for warning in record_of(tmp_path / "spared/plain.jpg")["warnings"])


def test_the_schema_can_say_no(efface, photo, tmp_path):
    efface("inspect", photo, "--record", tmp_path / "r.json", *FAST)
    text = (tmp_path / "r.json").read_text()
    assert schema_errors(json.loads(text)) == []
    for change in (lambda r: r.pop("faces"), lambda r: r.update(format="efface-record/2"), lambda r: r.update(identity="x"),
                   lambda r: r["faces"][0].update(redact="yes"), lambda r: r["faces"][0]["masks"][0].pop(),
                   lambda r: r["faces"][0].update(name="a person"), lambda r: r["input"].update(sha256="0"),
                   lambda r: r["faces"][0]["masks"][0].__setitem__(5, 7)):
        record = json.loads(text)
        change(record)
        assert schema_errors(record), "the schema lets a broken record pass"


def test_a_record_says_nothing_else_of_a_person(efface, photo, tmp_path):
    """No name, no likeness, no code of a face: nothing but places and scores."""
    efface("redact", photo, "-o", tmp_path, *FAST)
    for face in record_of(tmp_path / "two.png")["faces"]:
        assert set(face) == {"face", "origin", "redact", "reason", "masks"}
        for row in face["masks"]:
            assert len(row) == 7 and all(isinstance(value, (int, float)) for value in row[:6])
    assert (tmp_path / "two.png.efface.json").stat().st_size < 3000


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "webp", "bmp", "gif"])
def test_inspect_then_redact_gives_the_same_as_redact(efface, tmp_path, kind):
    picture = scene((701, 423), (FIRST, SECOND))
    picture = picture.quantize(200, dither=0) if kind == "gif" else picture
    photo = tmp_path / f"two.{kind}"
    picture.save(photo)
    efface("redact", photo, "-o", tmp_path / "once")
    efface("inspect", photo, "--record", tmp_path / "r.json")
    efface("redact", photo, "-o", tmp_path / "twice", "--record", tmp_path / "r.json")
    assert (tmp_path / "once" / photo.name).read_bytes() == (tmp_path / "twice" / photo.name).read_bytes()
    assert record_of(tmp_path / "once" / photo.name) == record_of(tmp_path / "twice" / photo.name)
    # And the record of a redaction can be obeyed again.
    efface("redact", photo, "-o", tmp_path / "thrice", "--record", tmp_path / f"once/{photo.name}.efface.json")
    assert (tmp_path / "once" / photo.name).read_bytes() == (tmp_path / "thrice" / photo.name).read_bytes()
    assert record_of(tmp_path / "once" / photo.name) == record_of(tmp_path / "thrice" / photo.name)


def test_a_record_of_another_file_is_refused(efface, photo, tmp_path):
    efface("inspect", photo, "--record", tmp_path / "r.json")
    other = tmp_path / "other.png"
    scene(SIZE, ((20, 40, 320),)).save(other)
    run = efface("redact", other, "-o", tmp_path / "out", "--record", tmp_path / "r.json", code=SOME_FAILED)
    check_sentence(error_lines(run)[0])
    assert "SHA-256" in run.err and not (tmp_path / "out").exists()
    efface("redact", other, "-o", tmp_path / "out", "--record", tmp_path / "r.json", "--record-any-input")
    assert hidden(other, tmp_path / "out/other.png", FIRST)
    written = record_of(tmp_path / "out/other.png")
    assert written["input"]["sha256"] == hashlib.sha256(other.read_bytes()).hexdigest(), "it should name this input"
    assert written["input"]["file"] == "other.png"


def test_an_edited_record_is_obeyed(efface, photo, tmp_path):
    efface("inspect", photo, "--record", tmp_path / "r.json")
    record = json.loads((tmp_path / "r.json").read_text())
    faces = sorted(record["faces"], key=lambda face: face["masks"][0][1])
    assert len(faces) == 2
    faces[0].update(redact=False, reason="agreed to be seen")
    record["faces"].append({"face": 3, "origin": "drawn", "redact": True, "reason": "a poster",
                            "masks": [[0, 300, 380, 50, 30, 1, "drawn"]]})
    (tmp_path / "edited.json").write_text(json.dumps(record))
    run = efface("redact", photo, "-o", tmp_path / "out", "--record", tmp_path / "edited.json")
    output = tmp_path / "out/two.png"
    assert not hidden(photo, output, FIRST) and hidden(photo, output, SECOND)
    before, after = pixels(photo), pixels(output)
    assert (before[380:410, 300:350] != after[380:410, 300:350]).any()
    area = touched(record, SIZE)
    assert (before[~area] == after[~area]).all()
    assert "1 left visible" in run.err
    assert record_of(output)["faces"] == record["faces"]


def test_columns_in_another_order_are_followed(efface, photo, tmp_path):
    efface("redact", photo, "-o", tmp_path / "a")
    record = record_of(tmp_path / "a/two.png")
    for face in record["faces"]:
        face["masks"] = [row[::-1] for row in face["masks"]]
    record["columns"] = record["columns"][::-1]
    (tmp_path / "r.json").write_text(json.dumps(record, indent=3))
    efface("redact", photo, "-o", tmp_path / "b", "--record", tmp_path / "r.json")
    assert (tmp_path / "a/two.png").read_bytes() == (tmp_path / "b/two.png").read_bytes()


@pytest.mark.parametrize("change", [
    lambda r: "", lambda r: "{", lambda r: "[]", lambda r: "null", lambda r: "\xff\xfe", lambda r: "[" * 100_000,
    lambda r: json.dumps({**r, "format": "efface-record/9"}),
    lambda r: json.dumps({**r, "faces": 5}),
    lambda r: json.dumps({key: value for key, value in r.items() if key != "columns"}),
    lambda r: json.dumps({**r, "faces": [{**r["faces"][0], "masks": [[0, 1, 2]]}]}),
    lambda r: json.dumps({**r, "faces": [{**r["faces"][0], "masks": [[0, "a", 2, 3, 4, 1, "drawn"]]}]}),
    lambda r: json.dumps({**r, "faces": [{**r["faces"][0], "masks": [[0, 1, 2, -3, 4, 1, "drawn"]]}]}),
    lambda r: json.dumps({**r, "faces": [{**r["faces"][0], "masks": [[0, 1, 2, 3, 4, 1, "guessed"]]}]}),
    lambda r: json.dumps({**r, "faces": [{**r["faces"][0], "masks": [[0, 1e300, 2, 3, 4, 1, "drawn"]]}]}),
    lambda r: json.dumps({**r, "faces": [{**r["faces"][0], "masks": [[0, float("nan"), 2, 3, 4, 1, "drawn"]]}]}),
    lambda r: json.dumps({**r, "faces": [{**r["faces"][0], "redact": "no"}]}),
    lambda r: json.dumps({**r, "faces": [r["faces"][0], r["faces"][0]]}),
], ids=range(17))
def test_broken_records_are_refused(efface, photo, tmp_path, change):
    good = {"format": "efface-record/1", "tool": {"name": "efface", "version": "0"},
            "model": {"name": "m", "sha256": "0" * 64},
            "input": {"file": "two.png", "bytes": photo.stat().st_size, "kind": "photo", "width": 700, "height": 420,
                      "frames": 1, "sha256": hashlib.sha256(photo.read_bytes()).hexdigest()},
            "output": None, "settings": {}, "columns": ["frame", "x", "y", "width", "height", "score", "source"],
            "faces": [{"face": 1, "origin": "detected", "redact": True, "reason": None,
                       "masks": [[0, 10, 10, 50, 50, 0.9, "detected"]]}], "removed": [], "warnings": []}
    if change(good) == "":  # once: the record is one that is obeyed until it is broken
        (tmp_path / "r.json").write_text(json.dumps(good))
        efface("redact", photo, "-o", tmp_path / "good", "--record", tmp_path / "r.json")
    (tmp_path / "r.json").write_bytes(change(good).encode("latin-1"))
    run = efface("redact", photo, "-o", tmp_path / "out", "--record", tmp_path / "r.json", code=None)
    assert run.code in (SOME_FAILED, USAGE) and len(error_lines(run)) == 1
    check_sentence(error_lines(run)[0])
    assert not (tmp_path / "out").exists()


def test_a_record_whose_page_does_not_exist(efface, photo, tmp_path):
    efface("inspect", photo, "--record", tmp_path / "r.json", *FAST)
    record = json.loads((tmp_path / "r.json").read_text())
    record["faces"][0]["masks"][0][0] = 4
    (tmp_path / "r.json").write_text(json.dumps(record))
    run = efface("redact", photo, "-o", tmp_path / "out", "--record", tmp_path / "r.json", code=None)
    assert run.code in (SOME_FAILED, USAGE) and not (tmp_path / "out").exists()
    check_sentence(error_lines(run)[0])


def test_a_missing_record(efface, photo, tmp_path):
    for record in ("missing.json", ".", "/dev/null"):
        run = efface("redact", photo, "-o", tmp_path / "out", "--record", record, code=None, cwd=tmp_path)
        assert run.code in (SOME_FAILED, USAGE) and not (tmp_path / "out").exists()
        check_sentence(error_lines(run)[0])


def test_settings_of_the_command_line_go_before_the_record(efface, photo, tmp_path):
    efface("redact", photo, "-o", tmp_path / "a", "--fill", "solid", "--color", "white")
    record = tmp_path / "a/two.png.efface.json"
    efface("redact", photo, "-o", tmp_path / "b", "--record", record)
    assert (tmp_path / "a/two.png").read_bytes() == (tmp_path / "b/two.png").read_bytes(), "the record's fill is obeyed"
    efface("redact", photo, "-o", tmp_path / "c", "--record", record, "--fill", "membrane")
    assert (tmp_path / "a/two.png").read_bytes() != (tmp_path / "c/two.png").read_bytes()
    assert record_of(tmp_path / "c/two.png")["settings"]["fill"] == "membrane"


def test_a_region_is_hidden_and_noted(efface, photo, tmp_path):
    efface("redact", photo, "-o", tmp_path, "--region", "300,10.5,60,20", "--region", "-30,400,60,100", *FAST)
    record = record_of(tmp_path / "two.png")
    drawn = [face for face in record["faces"] if face["origin"] == "drawn"]
    assert [face["masks"] for face in drawn] == [[[0, 300, 10.5, 60, 20, 1, "drawn"]], [[0, -30, 400, 60, 100, 1, "drawn"]]]
    assert all("--region" in face["reason"] and face["redact"] for face in drawn)
    before, after = pixels(photo), pixels(tmp_path / "two.png")
    for box in ((300, 11, 360, 30), (0, 400, 30, 420)):
        changed = (before[box[1]:box[3], box[0]:box[2]] != after[box[1]:box[3], box[0]:box[2]]).any(axis=-1)
        assert changed.mean() > 0.9, "corners too: a region is a rectangle"
    area = touched(record, SIZE)
    assert (before[~area] == after[~area]).all()
    assert hidden(photo, tmp_path / "two.png", FIRST) and hidden(photo, tmp_path / "two.png", SECOND)


def test_a_region_outside_the_picture_is_told(efface, photo, tmp_path):
    run = efface("redact", photo, "-o", tmp_path, "--region", "5000,5000,10,10", *FAST)
    assert "outside" in run.err
    assert any("outside" in warning for warning in record_of(tmp_path / "two.png")["warnings"])


def test_except_leaves_one_face_visible_and_notes_it(efface, photo, tmp_path):
    run = efface("redact", photo, "-o", tmp_path, "--except", area_text(core(*SECOND)))
    output = tmp_path / "two.png"
    assert hidden(photo, output, FIRST) and not hidden(photo, output, SECOND)
    spared = [face for face in record_of(output)["faces"] if not face["redact"]]
    assert len(spared) == 1 and "--except" in spared[0]["reason"]
    assert "1 left visible" in run.err


def test_except_leaves_only_one_face_visible(efface, photo, tmp_path):
    """An area that holds both: the one that lies best in it."""
    efface("redact", photo, "-o", tmp_path, "--except", "0,0,700,420")
    assert sorted(face["redact"] for face in record_of(tmp_path / "two.png")["faces"]) == [False, True]


def test_except_without_a_face_is_told(efface, photo, tmp_path):
    run = efface("redact", photo, "-o", tmp_path, "--except", "0,400,10,10", *FAST)
    assert "no face" in run.err
    assert all(face["redact"] for face in record_of(tmp_path / "two.png")["faces"])


def test_a_region_hides_an_excepted_face(efface, photo, tmp_path):
    """What a person asked to hide is hidden, even where a spared face lies."""
    box = area_text(core(*FIRST))
    efface("redact", photo, "-o", tmp_path, "--except", box, "--region", box)
    assert hidden(photo, tmp_path / "two.png", FIRST)


def test_where_records_go(efface, photo, tmp_path):
    (tmp_path / "in/deep").mkdir(parents=True)
    for name in ("a.png", "deep/a.png"):
        (tmp_path / "in" / name).write_bytes(photo.read_bytes())
    efface("redact", tmp_path / "in", "-o", tmp_path / "none", "--no-record", *FAST)
    assert files_below(tmp_path / "none") == ["a.png", "deep", "deep/a.png"]
    efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--record-dir", tmp_path / "records", *FAST)
    assert files_below(tmp_path / "out") == ["a.png", "deep", "deep/a.png"]
    assert files_below(tmp_path / "records") == ["a.png.efface.json", "deep", "deep/a.png.efface.json"]


def test_records_of_two_folders_do_not_replace_each_other(efface, photo, tmp_path):
    """Photos of one name in two folders: each has a record, or is refused by a sentence that says why."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        scene(SIZE, (FIRST,) if folder == "one" else (FIRST, SECOND)).save(tmp_path / folder / "same.png")
    run = efface("redact", tmp_path / "one", tmp_path / "two", "--record-dir", tmp_path / "records", "--overwrite", "--json", *FAST,
                 code=None)
    done = [line for line in run.lines if line["status"] == "ok"]
    records = [json.loads((tmp_path / "records" / name).read_text()) for name in files_below(tmp_path / "records")
               if name.endswith(".json")]
    assert len(records) == len(done), "a photo was redacted, and its record is lost"
    for line in done:
        record = json.loads(open(line["record"], "rb").read())
        assert record["input"]["sha256"] == hashlib.sha256(open(line["input"], "rb").read()).hexdigest()


def test_a_record_names_no_folder(efface, photo, tmp_path):
    efface("redact", photo, "-o", tmp_path, *FAST)
    text = (tmp_path / "two.png.efface.json").read_text()
    assert str(photo.parent) not in text and str(tmp_path) not in text
