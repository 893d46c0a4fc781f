"""efface --place: what the record says of the law of a place, and that nothing else depends on it."""
import json

import pytest

import pictures
from command import ROOT, USAGE, check_sentence, record_of
from test_record import schema_errors

FAST = ("--effort", "fast")
REGISTER = json.loads((ROOT / "places/data/places.json").read_text())
GIVEN = {place["id"]: place for place in REGISTER["places"]}
WORDS = {"yes": "allowed", "no": "not-mentioned", "unknown": "unknown"}


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("place") / "in.jpg"
    pictures.scene().save(path, quality=90)
    return path


def check_place(said, id):
    """That the record says what the register does."""
    place = GIVEN[id]
    redaction = place["redaction"]
    assert said["id"] == id and said["name"].startswith(place["name"]) and said["law"] == place["instrument"]
    assert said["redaction_software"] == WORDS[redaction["exempt"]] and said["basis"] == redaction["basis"]
    assert said["source"] == (redaction["source"] or place["sources"][0]["url"])
    assert said["confirmed"] == (redaction["read"] == "text") and said["legal_advice"] is False
    assert said["scope"] == place["scope"] and said["as_of"] == REGISTER["as_of"]


@pytest.mark.parametrize("id", ["us-ma-boston", "us-ma-springfield", "us-ca", "us-wi-madison", "us-nh"])
def test_redact_notes_the_place_and_changes_nothing_else(efface, photo, tmp_path, id):
    efface("redact", photo, "-o", tmp_path / "with", "--place", id, *FAST)
    efface("redact", photo, "-o", tmp_path / "without", *FAST)
    assert (tmp_path / "with/in.jpg").read_bytes() == (tmp_path / "without/in.jpg").read_bytes()
    record, plain = record_of(tmp_path / "with/in.jpg"), record_of(tmp_path / "without/in.jpg")
    assert schema_errors(record) == []
    check_place(record.pop("place"), id)
    assert record == plain
    efface("record", "check", tmp_path / "with/in.jpg.efface.json")


def test_what_was_read_is_confirmed_and_a_report_is_not(efface, photo, tmp_path):
    said = {}
    for id in ("us-ma-springfield", "us-ca", "us-wi-madison", "us-ma-boston"):
        efface("scrub", photo, "-o", tmp_path / id, "--place", id)
        said[id] = (record_of(tmp_path / id / "in.jpg")["place"]["redaction_software"], record_of(tmp_path / id / "in.jpg")["place"]["confirmed"])
    assert said == {"us-ma-springfield": ("not-mentioned", True), "us-ca": ("allowed", True), "us-wi-madison": ("allowed", False),
                    "us-ma-boston": ("unknown", False)}


def test_inspect_notes_the_place(efface, photo, tmp_path):
    ran = efface("inspect", photo, "--json", "--record", tmp_path / "r.json", "--place", "us-ma-boston", *FAST)
    (line,) = ran.lines
    check_place(line["record"]["place"], "us-ma-boston")
    assert json.loads((tmp_path / "r.json").read_text()) == line["record"]
    assert schema_errors(line["record"]) == []
    # A record that is obeyed keeps its place, unless another is named.
    efface("redact", photo, "-o", tmp_path / "a", "--record", tmp_path / "r.json")
    check_place(record_of(tmp_path / "a/in.jpg")["place"], "us-ma-boston")
    efface("redact", photo, "-o", tmp_path / "b", "--record", tmp_path / "r.json", "--place", "us-or-portland")
    check_place(record_of(tmp_path / "b/in.jpg")["place"], "us-or-portland")


def test_a_clip_notes_the_place(efface, tmp_path):
    frames = [pictures.scene()] * 3
    frames[0].save(tmp_path / "in.gif", save_all=True, append_images=[pictures.background(480, 400)], duration=100)
    efface("redact", tmp_path / "in.gif", "-o", tmp_path / "out", "--place", "us-ma-boston", *FAST)
    record = record_of(tmp_path / "out/in.gif")
    assert record["input"]["kind"] == "clip" and schema_errors(record) == []
    check_place(record["place"], "us-ma-boston")


def test_what_is_published_is_the_registers_own_words(efface, photo, tmp_path):
    efface("redact", photo, "-o", tmp_path / "out", "--place", "us-ma-boston", *FAST)
    record = record_of(tmp_path / "out/in.jpg")
    record["place"]["basis"] = "Ask Records Desk 4."
    (tmp_path / "r.json").write_text(json.dumps(record))
    efface("record", "publish", tmp_path / "r.json", "-o", tmp_path / "public.json")
    public = json.loads((tmp_path / "public.json").read_text())
    check_place(public["place"], "us-ma-boston")
    assert schema_errors(public) == []
    record["place"]["id"] = "Records Desk"
    (tmp_path / "r.json").write_text(json.dumps(record))
    efface("record", "publish", tmp_path / "r.json", "-o", tmp_path / "public.json", "--overwrite")
    assert "place" not in json.loads((tmp_path / "public.json").read_text())
    assert "Desk" not in (tmp_path / "public.json").read_text()


def test_a_batch_that_is_resumed_with_a_place_notes_it(efface, photo, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(photo.read_bytes())
    efface("scrub", folder, "-o", tmp_path / "out")
    efface("scrub", folder, "-o", tmp_path / "out", "--resume", "--place", "us-ma-boston", "--overwrite")
    for name in ("a.jpg", "b.jpg"):
        check_place(record_of(tmp_path / "out" / name)["place"], "us-ma-boston")
    before = (tmp_path / "out/a.jpg.efface.json").stat().st_mtime_ns
    ran = efface("scrub", folder, "-o", tmp_path / "out", "--resume", "--place", "us-ma-boston", "--json")
    assert all("earlier run" in line["error"] for line in ran.lines)
    assert (tmp_path / "out/a.jpg.efface.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("typed, said", [
    ("us-ma-bostno", "did you mean Boston, Massachusetts (us-ma-boston)"), ("Sommerville", "Somerville, Massachusetts (us-ma-somerville)"),
    ("Portland", "Portland, Oregon (us-or-portland) or Portland, Maine (us-me-portland)"), ("us-il-chicago", "no place of the register")])
def test_an_unknown_place_is_told_with_suggestions(efface, photo, tmp_path, typed, said):
    for command in ("redact", "scrub", "inspect"):
        ran = efface(command, photo, "--place", typed, code=USAGE)
        (line,) = ran.err.splitlines()
        check_sentence(line)
        assert line.startswith("efface: --place: ") and said in line and ran.out == ""
    assert sorted(path.name for path in photo.parent.iterdir()) == ["in.jpg"], "nothing was written"


def test_a_place_needs_a_record(efface, photo):
    assert "exclude each other" in efface("redact", photo, "--no-record", "--place", "us-ma-boston", code=USAGE).err
    assert "is empty" in efface("redact", photo, "--place", "", code=USAGE).err
