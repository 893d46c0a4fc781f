"""How a run speaks and ends: exit codes, what goes to stdout and stderr, usage errors, a missing model."""
import csv
import io
import json
import os
import re
import shutil
import subprocess

import pytest

import pictures
from command import CANNOT_START, EFFACE, INTERRUPTED, SOME_FAILED, USAGE, check_sentence, error_lines, files_below, record_of
from pictures import encoded

FAST = ("--effort", "fast")


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """A photo with a face, one without, one that is broken."""
    folder = tmp_path_factory.mktemp("album")
    pictures.scene().save(folder / "face.jpg", quality=90)
    pictures.background(80, 60).save(folder / "plain.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    return folder


def test_exit_codes_are_named_in_the_help(efface):
    text = efface("--help").out
    for code in (0, SOME_FAILED, USAGE, CANNOT_START, INTERRUPTED):
        assert re.search(rf"\b{code} ", text.split("Exit codes")[1])


def test_help_names_the_weak_fills_as_weak(efface):
    text = efface("redact", "--help").out
    assert re.search(r"weaker pixelate and blur", text)


def test_version(efface):
    text = efface("--version").out
    for part in ("efface ", "CenterFace", "sha256", "OpenVINO ", "libjpeg-turbo ", "libpng ", "libtiff ", "libwebp ", "giflib ",
                 "libheif ", "libavif "):
        assert part in text
    assert re.search(r"\b(bf16|f32) on this processor", text)


@pytest.mark.parametrize("arguments", [
    (), ("redact",), ("inspect",), ("hide", "a.jpg"), ("redact", "--nonsense", "a.jpg"), ("redact", "a.jpg", "-o"), ("redact", "a.jpg", "-o", ""),
    ("redact", "a.jpg", "--fill", "glitter"), ("redact", "a.jpg", "--effort", "none"), ("redact", "a.jpg", "--quality", "0"),
    ("redact", "a.jpg", "--quality", "101"), ("redact", "a.jpg", "--threshold", "0"), ("redact", "a.jpg", "--threshold", "nan"),
    ("redact", "a.jpg", "--min-face", "-1"), ("redact", "a.jpg", "--mask-margin", "0.5"),
    ("redact", "a.jpg", "--mask-margin", "nan"), ("redact", "a.jpg", "--min-face", "nan"), ("redact", "a.jpg", "--cover", "foot"), ("redact", "a.jpg", "--threads", "0"),
    ("redact", "a.jpg", "--memory", "1"), ("redact", "a.jpg", "--region", "1,2,3"), ("redact", "a.jpg", "--region", "1,2,3,0"),
    ("redact", "a.jpg", "--region", "a,b,c,d"), ("redact", "a.jpg", "--region", "0,0,nan,inf"),
    ("redact", "a.jpg", "--except", "1,2,-3,4"), ("redact", "a.jpg", "--color", "mauve", "--fill", "solid"),
    ("redact", "a.jpg", "--color", "red"), ("redact", "a.jpg", "--keep", "owner"), ("redact", "a.jpg", "--precision", "f8"),
    ("redact", "a.jpg", "--record-any-input"), ("redact", "a.jpg", "--no-record", "--record-dir", "r"),
    ("redact", "a.jpg", "--preview", "p.png"), ("redact", "a.jpg", "--csv"), ("inspect", "a.jpg", "--json", "--csv"),
    ("inspect", "a.jpg", "-o", "out"), ("inspect", "a.jpg", "--fill", "solid"),
], ids=" ".join)
def test_usage_errors(efface, tmp_path, arguments):
    pictures.background(32, 32).save(tmp_path / "a.jpg")
    run = efface(*arguments, code=USAGE, cwd=tmp_path)
    assert run.out == "" and len(run.err.splitlines()) == 1
    check_sentence(run.err.rstrip("\n"))
    assert files_below(tmp_path) == ["a.jpg"]


def test_record_and_preview_are_for_one_input(efface, album, tmp_path):
    for option, value in (("--preview", "p.png"), ("--record", "r.json")):
        run = efface("inspect", album, option, tmp_path / value, code=USAGE)
        check_sentence(error_lines(run)[0])
    assert files_below(tmp_path) == []


def test_all_done_is_0_and_some_failed_is_1(efface, album, tmp_path):
    efface("redact", album / "face.jpg", album / "plain.png", "-o", tmp_path / "a", *FAST)
    run = efface("redact", album, "-o", tmp_path / "b", *FAST, code=SOME_FAILED)
    assert len(error_lines(run)) == 1 and "broken.jpg" in error_lines(run)[0]
    assert sorted(name for name in files_below(tmp_path / "b") if not name.endswith(".json")) == ["face.jpg", "plain.png"]
    efface("inspect", album / "broken.jpg", code=SOME_FAILED)


def test_the_summary_counts(efface, album, tmp_path):
    run = efface("redact", album, "-o", tmp_path / "a", *FAST, code=SOME_FAILED)
    summary = next(line for line in run.err.splitlines() if line.startswith("Redacted"))
    assert "2 photos" in summary and "1 face hidden" in summary and "1 failed" in summary
    assert any("do not publish records" in line and "original" in line for line in run.err.splitlines())
    run = efface("redact", album, "-o", tmp_path / "b", "--no-record", *FAST, code=SOME_FAILED)
    assert "publish" not in run.err, "there are no records to warn of"


def test_the_summary_names_doubtful_faces(efface, album, tmp_path):
    """At the lowest threshold much is found that is no face."""
    run = efface("redact", album / "face.jpg", "-o", tmp_path, "--threshold", "0.01", "--effort", "thorough", "--json")
    line = run.lines[0]
    assert line["faces"] > 1 and 0 < line["doubtful"] < line["faces"]
    assert f"{line['doubtful']} of them doubtful" in run.err
    scores = [row[5] for face in record_of(tmp_path / "face.jpg")["faces"] for row in face["masks"]]
    assert sum(score < 0.3 for score in scores) == line["doubtful"]


def test_quiet(efface, album, tmp_path):
    run = efface("redact", album / "face.jpg", album / "plain.png", "-o", tmp_path / "a", "--quiet", *FAST)
    assert run.out == "" and run.err == ""
    run = efface("redact", album, "-o", tmp_path / "b", "--quiet", *FAST, code=SOME_FAILED)
    assert run.out == "" and len(run.err.splitlines()) == 1 and "broken.jpg" in run.err


def test_plain_lines_where_there_is_no_terminal(efface, album, tmp_path):
    run = efface("redact", album, "-o", tmp_path, *FAST, code=SOME_FAILED)
    assert len(run.out.splitlines()) == 2
    assert any("face.jpg" in line and "1 face" in line for line in run.out.splitlines())
    assert "\r" not in run.err and "\x1b" not in run.err


def test_a_bar_on_a_terminal(efface, tmp_path):
    """A pseudo-terminal as stderr: count, rate and time left, and cleared at the end."""
    (tmp_path / "in").mkdir()
    for i in range(12):
        pictures.background(400 + i, 300).save(tmp_path / f"in/{i}.jpg")
    leader, follower = os.openpty()
    process = subprocess.Popen([EFFACE, "redact", tmp_path / "in", "-o", tmp_path / "out"], stdout=follower, stderr=follower,
                               stdin=subprocess.DEVNULL, env={**os.environ, "XDG_CACHE_HOME": str(efface.cache)})
    os.close(follower)
    seen = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
        seen += part
    assert process.wait(30) == 0
    os.close(leader)
    assert re.search(rb"\d+ of 12, [\d.]+ a second, \d+:\d\d left", seen)
    assert b"12 of 12" in seen and b"Redacted 12 photos" in seen.rsplit(b"\x1b[K", 1)[1]


def test_json_has_one_line_an_input(efface, album, tmp_path):
    run = efface("redact", album, "-o", tmp_path, "--json", *FAST, code=SOME_FAILED)
    assert set(run.by_name) == {"face.jpg", "plain.png", "broken.jpg"} and len(run.lines) == 3
    face, plain, broken = (run.by_name[name] for name in ("face.jpg", "plain.png", "broken.jpg"))
    assert (face["status"], face["faces"], face["error"]) == ("ok", 1, None)
    assert (face["output"], face["record"]) == (str(tmp_path / "face.jpg"), str(tmp_path / "face.jpg.efface.json"))
    assert (plain["status"], plain["faces"]) == ("ok", 0)
    assert (broken["status"], broken["output"], broken["record"]) == ("failed", None, None)
    run = efface("redact", album, "-o", tmp_path / "quiet", "--json", "--quiet", *FAST, code=SOME_FAILED)
    assert len(run.lines) == 3


# Standard streams that are closed, full or broken.

def test_a_full_stdout(efface, album, tmp_path):
    with open("/dev/full", "wb") as full:
        run = efface("redact", album / "face.jpg", "-o", tmp_path / "a", "--json", *FAST, code=SOME_FAILED, stdout=full)
        assert "standard output" in run.err
        efface("inspect", album / "face.jpg", *FAST, code=SOME_FAILED, stdout=full)
        efface("--version", code=SOME_FAILED, stdout=full)
    assert files_below(tmp_path / "a") == ["face.jpg", "face.jpg.efface.json"]


def test_a_stdout_that_nobody_reads(efface, album, tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    efface("redact", album / "face.jpg", "-o", tmp_path, *FAST, code=SOME_FAILED, stdout=writer)
    os.close(writer)
    assert files_below(tmp_path) == ["face.jpg", "face.jpg.efface.json"]


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_closed_streams(efface, album, tmp_path, closed):
    """A file that is opened takes the number of a closed stream: what is printed must not land in a photo."""
    photos = tmp_path / "in"
    photos.mkdir()
    for i in range(60):
        shutil.copy(album / ("broken.jpg" if i % 2 == 0 else "face.jpg"), photos / f"{i}.jpg")
    efface("redact", photos, "-o", tmp_path / "open", *FAST, code=SOME_FAILED)

    def close():
        for descriptor in closed:
            os.close(descriptor)
    run = subprocess.run([EFFACE, "redact", photos, "-o", tmp_path / "closed", "--json", "--threads", "8", *FAST],
                         preexec_fn=close, timeout=60, check=False,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         env={**os.environ, "XDG_CACHE_HOME": str(efface.cache)})
    assert run.returncode in (SOME_FAILED, CANNOT_START)
    for name in files_below(tmp_path / "closed"):
        assert (tmp_path / "closed" / name).read_bytes() == (tmp_path / "open" / name).read_bytes()
    if run.returncode == SOME_FAILED:
        assert files_below(tmp_path / "closed") == files_below(tmp_path / "open")


# The model and its cache.

def test_a_missing_model(efface, album, tmp_path):
    for model in ("/nonexistent/model.xml", str(album / "broken.jpg"), str(album)):
        run = efface("redact", album / "face.jpg", "-o", tmp_path, env={"EFFACE_MODEL": model}, code=CANNOT_START)
        assert run.out == "" and len(run.err.splitlines()) == 1, run.err
        check_sentence(run.err.rstrip("\n"))
        assert files_below(tmp_path) == []
    assert "model not found" in efface("--version", env={"EFFACE_MODEL": "/nonexistent/model.xml"}).out


def test_a_damaged_model(efface, album, tmp_path):
    model = os.environ.get("EFFACE_MODEL", EFFACE.parent.parent / "share/efface/centerface.xml")
    shutil.copy(model, tmp_path / "model.xml")  # and its weights are missing
    run = efface("redact", album / "face.jpg", "-o", tmp_path / "out", env={"EFFACE_MODEL": str(tmp_path / "model.xml")},
                 code=CANNOT_START)
    assert not (tmp_path / "out").exists() and len(run.err.splitlines()) == 1


def test_without_a_place_for_the_cache(efface, album, tmp_path):
    """No home; and a cache folder that can't be made."""
    for number, env in enumerate(({"XDG_CACHE_HOME": "", "HOME": ""}, {"XDG_CACHE_HOME": "/proc/nowhere"})):
        efface("redact", album / "face.jpg", "-o", tmp_path / str(number), *FAST, env=env)


def test_a_damaged_cache_does_no_harm(efface, album, tmp_path):
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    efface("redact", album / "face.jpg", "-o", tmp_path / "a", *FAST, env=env)
    cached = [tmp_path / "cache" / name for name in files_below(tmp_path / "cache")]
    assert any(path.is_file() for path in cached)
    for path in cached:
        if path.is_file():
            path.write_bytes(b"garbage" * 50)
    efface("redact", album / "face.jpg", "-o", tmp_path / "b", *FAST, env=env)
    assert (tmp_path / "a/face.jpg").read_bytes() == (tmp_path / "b/face.jpg").read_bytes()


# inspect

def test_inspect_prints_a_table(efface, album):
    run = efface("inspect", album / "face.jpg", album / "plain.png", *FAST)
    assert "face.jpg: 1 face" in run.out and "plain.png: 0 faces" in run.out
    row = next(line.split() for line in run.out.splitlines() if "detected" in line)
    assert len(row) == 8 and row[:2] == ["1", "0"] and float(row[6]) > 0.5


def test_inspect_json_csv_table_and_record_agree(efface, album, tmp_path):
    line = efface("inspect", album / "face.jpg", "--json", *FAST).lines[0]
    rows = list(csv.DictReader(io.StringIO(efface("inspect", album / "face.jpg", "--csv", *FAST).out)))
    efface("inspect", album / "face.jpg", "--record", tmp_path / "r.json", *FAST)
    record = json.loads((tmp_path / "r.json").read_text())
    assert line["record"] == record
    assert record["output"] is None
    mask = record["faces"][0]["masks"][0]
    assert len(rows) == 1
    assert [float(rows[0][name]) for name in ("frame", "x", "y", "width", "height", "score")] == pytest.approx(mask[:6], abs=0.006)
    assert (rows[0]["source"], rows[0]["redact"], rows[0]["input"]) == ("detected", "1", str(album / "face.jpg"))


def test_inspect_csv_survives_odd_names(efface, tmp_path):
    name = 'a, "b" = c.jpg'
    pictures.scene((320, 256), ((40, 0, 240),)).save(tmp_path / name)
    rows = list(csv.DictReader(io.StringIO(efface("inspect", tmp_path / name, "--csv", *FAST).out)))
    assert [row["input"] for row in rows] == [str(tmp_path / name)]


def test_inspect_writes_nothing(efface, album):
    before = {path: path.read_bytes() for path in album.iterdir()}
    for options in ((), ("--json",), ("--csv",)):
        efface("inspect", album, *options, *FAST, code=SOME_FAILED)
    assert {path: path.read_bytes() for path in album.iterdir()} == before


def test_preview_outlines_what_would_be_hidden(efface, tmp_path):
    picture = pictures.scene((700, 420), ((20, 40, 320), (360, 40, 320)))
    picture.save(tmp_path / "two.png")
    left, top, right, bottom = pictures.core(20)
    efface("inspect", tmp_path / "two.png", "--preview", tmp_path / "p.png", "--record", tmp_path / "r.json",
           "--except", f"{left},{top},{right - left},{bottom - top}")
    seen = pictures.pixels(tmp_path / "p.png")
    assert seen.shape == (420, 700, 3)
    record = json.loads((tmp_path / "r.json").read_text())
    assert sorted(face["redact"] for face in record["faces"]) == [False, True]
    for face in record["faces"]:
        x, y, w, h = face["masks"][0][1:5]
        red, green, blue = seen[int(y), int(x + w / 2)]
        assert red > 180 > green + 60 if face["redact"] else green > 150 > red + 60, "the outline's colour"
    outlines = (abs(seen - pictures.samples(picture)).sum(axis=-1) > 0).sum()
    perimeter = sum(2 * (face["masks"][0][3] + face["masks"][0][4]) for face in record["faces"])
    assert outlines < 4 * perimeter, "only outlines are drawn"
    efface("inspect", tmp_path / "two.png", "--preview", tmp_path / "p.png", code=SOME_FAILED)
    efface("inspect", tmp_path / "two.png", "--preview", tmp_path / "p.png", "--overwrite")
