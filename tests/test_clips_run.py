"""How runs over clips speak, end and go on: batches with photos, records between the two passes, interrupts, resuming, timings,
memory."""
import csv
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time

import numpy
import pytest

import clips
import pictures
from clips import check_timing, film, moving, pixels
from command import INTERRUPTED, SOME_FAILED, USAGE, check_no_crash, environment, error_lines, files_below, record_of
from test_record import schema_errors

clips.need_ffmpeg()
FAST = ("--effort", "fast")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-bf", "2")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return film(tmp_path_factory.mktemp("run") / "a.mp4", video=X264)


def is_journal(name):
    """Of --resume: a SQLite file in the output folder, and what SQLite keeps beside it."""
    return bool(re.search(r"journal|\.sqlite|\.db", name))


def results(folder):
    return [name for name in files_below(folder) if not is_journal(name)] if folder.exists() else []


def check_results(folder, inputs):
    """Every file belongs there, is whole, and is not its input. A kill may come between a result and its record, once."""
    allowed = {name for path in inputs for name in (path.name, f"{path.name}.efface.json")}
    assert set(results(folder)) <= allowed
    done = [path for path in inputs if (folder / path.name).exists()]
    bare = [path for path in done if not (folder / f"{path.name}.efface.json").exists()]
    assert len(bare) <= 1
    for path in done:
        output = folder / path.name
        if path not in bare:
            assert record_of(output)["output"]["sha256"] == hashlib.sha256(output.read_bytes()).hexdigest()
        assert output.read_bytes() != path.read_bytes()
        if path.suffix == ".mp4":
            check_timing(path, output)
    return done


# Records.

@pytest.mark.parametrize("options", [(), FAST, ("--effort", "fast", "--cover", "head", "--blank", "0.2-0.3", "--region", "3,4,50,60@0-0.4,follow")],
                         ids=["balanced", "fast", "more"])
def test_inspect_then_redact_gives_the_same_as_redact(efface, path, tmp_path, options):
    efface("redact", path, "-o", tmp_path / "once", *options)
    efface("inspect", path, "--record", tmp_path / "r.json", *options)
    assert json.loads((tmp_path / "r.json").read_text())["output"] is None
    efface("redact", path, "-o", tmp_path / "twice", "--record", tmp_path / "r.json")
    assert (tmp_path / "once/a.mp4").read_bytes() == (tmp_path / "twice/a.mp4").read_bytes()
    assert record_of(tmp_path / "once/a.mp4") == record_of(tmp_path / "twice/a.mp4")
    efface("redact", path, "-o", tmp_path / "thrice", "--record", tmp_path / "once/a.mp4.efface.json")
    assert (tmp_path / "once/a.mp4").read_bytes() == (tmp_path / "thrice/a.mp4").read_bytes()
    assert schema_errors(record_of(tmp_path / "once/a.mp4")) == [] == schema_errors(json.loads((tmp_path / "r.json").read_text()))


def test_twice_is_the_same(efface, path, tmp_path):
    for name, threads in (("a", "1"), ("b", "4")):
        efface("redact", path, "-o", tmp_path / name, "--threads", threads, *FAST)
    assert (tmp_path / "a/a.mp4").read_bytes() == (tmp_path / "b/a.mp4").read_bytes(), "the number of threads changes the result"


@pytest.mark.parametrize("width", [320, 384], ids=["20 macroblocks", "24 macroblocks"])
def test_memory_that_nobody_set_does_not_show(efface, tmp_path, width):
    """x264's AVX-512 code reads behind a row of macroblocks that is no multiple of 8; here malloc fills new memory with a byte."""
    frames = moving(60, (width, 256), step=(0, 0)) ^ numpy.random.default_rng(1).integers(0, 16, (60, 256, width, 3), numpy.uint8)
    path = film(tmp_path / "a.mp4", video=X264, frames=frames)
    found = set()
    for byte in (1, 85, 170, 255):
        efface("redact", path, "-o", tmp_path / str(byte), *FAST, env={"MALLOC_PERTURB_": str(byte)})
        found.add((tmp_path / str(byte) / "a.mp4").read_bytes())
    assert len(found) == 1


def test_the_record_tells_of_a_clip(efface, path, tmp_path):
    efface("redact", path, "-o", tmp_path, *FAST)
    record = record_of(tmp_path / "a.mp4")
    assert record["input"] == {"file": "a.mp4", "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                               "kind": "clip", "width": 320, "height": 256, "frames": 20}
    assert record["output"]["sha256"] == hashlib.sha256((tmp_path / "a.mp4").read_bytes()).hexdigest()
    for name in ("effort", "fill", "cover"):
        assert name in record["settings"]
    for face in record["faces"]:
        frames = [row[0] for row in face["masks"]]
        assert frames == sorted(set(frames)), "a mask a frame, in order"
        assert set(face) - {"track"} == {"face", "origin", "redact", "reason", "masks"}
    assert str(tmp_path) not in json.dumps(record)


def test_an_edited_record_is_obeyed(efface, path, tmp_path):
    efface("inspect", path, "--record", tmp_path / "r.json", *FAST)
    record = json.loads((tmp_path / "r.json").read_text())
    for face in record["faces"]:
        face.update(redact=False, reason="agreed to be seen")
    record["faces"].append({"face": 99, "origin": "drawn", "redact": True, "reason": "a poster",
                            "masks": [[i, 2, 200, 40, 40, 1, "drawn"] for i in range(5, 9)]})
    (tmp_path / "r.json").write_text(json.dumps(record))
    efface("redact", path, "-o", tmp_path / "out", "--record", tmp_path / "r.json", "--fill", "solid")
    before, after = pixels(path), pixels(tmp_path / "out/a.mp4")
    black = [i for i in range(20) if after[i][205:235, 7:37].max() < 30]
    assert black == [5, 6, 7, 8]
    seen = [pictures.difference(before[i].astype(int), after[i].astype(int), clips.core(i)) for i in range(20)]
    assert max(seen) < 8


def test_a_record_of_another_clip_or_beyond_its_end_is_refused(efface, path, tmp_path):
    efface("inspect", path, "--record", tmp_path / "r.json", *FAST)
    other = film(tmp_path / "b.mp4", frames=moving(10), video=X264, sound=())
    run = efface("redact", other, "-o", tmp_path / "out", "--record", tmp_path / "r.json", code=SOME_FAILED)
    assert "SHA-256" in run.err
    record = json.loads((tmp_path / "r.json").read_text())
    record["faces"][0]["masks"][-1][0] = 20
    (tmp_path / "r.json").write_text(json.dumps(record))
    efface("redact", path, "-o", tmp_path / "out", "--record", tmp_path / "r.json", code=None)
    assert results(tmp_path / "out") == []


def test_where_records_go(efface, path, tmp_path):
    efface("redact", path, "-o", tmp_path / "none", "--no-record", *FAST)
    assert files_below(tmp_path / "none") == ["a.mp4"]
    efface("redact", path, "-o", tmp_path / "out", "--record-dir", tmp_path / "records", *FAST)
    assert files_below(tmp_path / "out") == ["a.mp4"] and files_below(tmp_path / "records") == ["a.mp4.efface.json"]


def test_inspect_json_csv_table_and_record_agree(efface, path, tmp_path):
    line = efface("inspect", path, "--json", *FAST).lines[0]
    rows = list(csv.DictReader(io.StringIO(efface("inspect", path, "--csv", *FAST).out)))
    efface("inspect", path, "--record", tmp_path / "r.json", *FAST)
    record = json.loads((tmp_path / "r.json").read_text())
    assert line["status"] == "ok" and line["record"] == record
    told = sorted((face["face"], *row) for face in record["faces"] for row in face["masks"])
    read = sorted((int(r["face"]), int(r["frame"]), *(float(r[c]) for c in ("x", "y", "width", "height", "score")), r["source"]) for r in rows)
    assert len(told) >= 20 and [t[:2] for t in told] == [r[:2] for r in read] and [t[-1] for t in told] == [r[-1] for r in read]
    assert [v for t in told for v in t[2:7]] == pytest.approx([v for r in read for v in r[2:7]], abs=0.006)
    assert "a.mp4" in efface("inspect", path, *FAST).out
    assert files_below(path.parent) == ["a.mp4"], "inspect writes nothing"


# Batches.

@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """Clips and photos in one folder, and below it; names that are not plain; one that is broken."""
    folder = tmp_path_factory.mktemp("album")
    (folder / "deep er").mkdir()
    frames = moving(12)
    for name in ("a clip.mp4", "Straße — 日本 (1).mkv", "deep er/it's.mov", "-dash.mp4"):
        film(folder / name, frames=frames, video=X264)
    pictures.scene().save(folder / "photo.jpg", quality=90)
    pictures.scene().save(folder / "deep er/photo.png")
    (folder / "broken.mp4").write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + bytes(100))
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_photos_and_clips_in_one_run(efface, album, tmp_path):
    run = efface("redact", album, "-o", tmp_path / "out", "--json", *FAST, code=SOME_FAILED)
    status = {os.path.relpath(line["input"], album): line["status"] for line in run.lines if line["status"] != "skipped"}
    assert status == {"a clip.mp4": "ok", "Straße — 日本 (1).mkv": "ok", "deep er/it's.mov": "ok", "-dash.mp4": "ok", "photo.jpg": "ok",
                      "deep er/photo.png": "ok", "broken.mp4": "failed"}
    names = [name for name, state in status.items() if state == "ok"]
    assert [n for n in results(tmp_path / "out") if n != "deep er"] == sorted([*names, *(f"{name}.efface.json" for name in names)])
    assert all(line["faces"] >= 1 and line["output"] and line["record"] for line in run.lines if line["status"] == "ok")
    kinds = {name: record_of(tmp_path / "out" / name)["input"]["kind"] for name in names}
    assert all(kind == ("photo" if "photo" in name else "clip") for name, kind in kinds.items())
    for name in names:
        if kinds[name] == "clip":
            check_timing(album / name, tmp_path / "out" / name)
    summary = next(line for line in run.err.splitlines() if line.startswith("Redacted"))
    assert "4 clips" in summary and "2 photos" in summary and "1 failed" in summary
    assert any("broken.mp4" in line for line in error_lines(run))


def test_no_folder_for_outputs_is_beside_the_input(efface, path, tmp_path):
    shutil.copy(path, tmp_path / "x y.mp4")
    efface("redact", "x y.mp4", *FAST, cwd=tmp_path)
    (made,) = [name for name in files_below(tmp_path) if name.endswith(".mp4") and name != "x y.mp4"]
    check_timing(path, tmp_path / made)
    assert (tmp_path / "x y.mp4").read_bytes() == path.read_bytes()


def test_quiet(efface, path, tmp_path):
    run = efface("redact", path, "-o", tmp_path, "--quiet", *FAST)
    assert run.out == "" and run.err == ""


def test_progress_on_a_terminal(efface, tmp_path):
    """Frame rate, speed against real time, time left."""
    frames = moving(60, step=(1, 0))
    path = film(tmp_path / "a.mp4", frames=frames, video=X264)
    clips.ffmpeg("-stream_loop", "9", "-i", path, "-c", "copy", tmp_path / "long.mp4")
    leader, follower = os.openpty()
    process = efface_on(efface, follower, "redact", tmp_path / "long.mp4", "-o", tmp_path / "out")
    os.close(follower)
    seen = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # the other end is closed
            break
        seen += part
    assert process.wait(60) == 0
    os.close(leader)
    text = seen.decode(errors="replace")
    assert re.search(r"[\d.]+ (fps|frames a second|frames/s)", text) and re.search(r"[\d.,]+ ?(x|×|times)", text) and "left" in text, text[-600:]


def efface_on(efface, descriptor, *arguments):
    return subprocess.Popen([efface.binary, *arguments], stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor,
                            env=environment(efface.cache))


def test_timings(efface, path, tmp_path):
    run = efface("redact", path, "-o", tmp_path, "--timings", *FAST)
    text = (run.out + run.err).lower()
    for stage in ("decod", "detect", "fill", "encod"):
        line = next((line for line in text.splitlines() if stage in line and re.search(r"\d", line)), None)
        assert line and len(re.findall(r"\d+(?:\.\d+)?", line)) >= 2, f"wall and processor time of {stage}: {text}"


@pytest.mark.parametrize("arguments", [("--audio", "some"), ("--mute", "x"), ("--region", "1,2,3,4@"), ("--region", "1,2,3,4@0-1,swim"),
                                       ("--except", "1,2,3@0-1"), ("--blank", ""), ("--codec", "")])
def test_usage(efface, path, tmp_path, arguments):
    efface("redact", path, "-o", tmp_path / "out", *arguments, code=USAGE)
    assert not (tmp_path / "out").exists()


# Runs that are stopped.

@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Six clips of five seconds each, and two photos."""
    folder = tmp_path_factory.mktemp("shelf")
    one = film(folder / "0.mp4", frames=moving(62, step=(1, 0)), video=X264)
    clips.ffmpeg("-stream_loop", "1", "-i", one, "-c", "copy", folder / "long.mp4")
    for i in range(6):
        shutil.copy(folder / "long.mp4", folder / f"{i}.mp4")
        with open(folder / f"{i}.mp4", "ab") as file:  # each its own hash
            file.write(b"\0\0\0\x0cfree" + i.to_bytes(4, "big"))
    (folder / "long.mp4").unlink()
    for name in ("p.jpg", "q.jpg"):
        pictures.scene().save(folder / name, quality=90)
    return folder


@pytest.fixture(scope="module")
def whole(efface, shelf, tmp_path_factory):
    """What comes of the shelf when nothing stops it."""
    folder = tmp_path_factory.mktemp("whole")
    efface("redact", shelf, "-o", folder, *FAST)
    return folder


def wait_for_clips(process, folder, count):
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if folder.is_dir() and sum(name.endswith(".mp4") for name in os.listdir(folder)) >= count:
            return
        time.sleep(0.01)
    pytest.fail(f"the run ended before it was stopped: {process.stderr.read()}")


@pytest.mark.parametrize("after", [0.3, 0.8, None])
def test_kill_leaves_no_debris(efface, shelf, tmp_path, after):
    """At once, amid the first clip, after the first one."""
    process = efface.start("redact", shelf, "-o", tmp_path / "out", "--quiet", *FAST)
    if after is None:
        wait_for_clips(process, tmp_path / "out", 1)
    else:
        time.sleep(after)
    process.kill()
    process.communicate()
    assert len(check_results(tmp_path / "out", list(shelf.iterdir()))) < 8
    efface("redact", shelf / "0.mp4", "-o", tmp_path / "out", "--overwrite", *FAST)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_soon_and_in_good_order(efface, shelf, tmp_path, number):
    process = efface.start("redact", shelf, "-o", tmp_path / "out", *FAST)
    wait_for_clips(process, tmp_path / "out", 1)
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == INTERRUPTED and "nterrupted" in err.decode()
    check_no_crash(process.returncode, err.decode())
    done = check_results(tmp_path / "out", list(shelf.iterdir()))
    assert 1 <= len(done) < 8
    assert results(tmp_path / "out") == sorted([p.name for p in done] + [f"{p.name}.efface.json" for p in done])


def test_ctrl_c_twice_ends_at_once(efface, shelf, tmp_path):
    process = efface.start("redact", shelf, "-o", tmp_path / "out", "--quiet", *FAST)
    time.sleep(0.8)
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=5)
    assert process.returncode in (INTERRUPTED, -signal.SIGINT)
    check_results(tmp_path / "out", list(shelf.iterdir()))


def test_resume_after_a_kill(efface, shelf, whole, tmp_path):
    output = tmp_path / "out"
    process = efface.start("redact", shelf, "-o", output, "--resume", "--quiet", *FAST)
    wait_for_clips(process, output, 2)
    process.kill()
    process.communicate()
    done = check_results(output, list(shelf.iterdir()))
    assert 2 <= len(done) < 8
    stamps = {path.name: (output / path.name).stat().st_mtime_ns for path in done}
    run = efface("redact", shelf, "-o", output, "--resume", "--json", *FAST)
    again = [name for name in stamps if (output / name).stat().st_mtime_ns != stamps[name]]
    assert len(again) <= 1, "what was done was done again; but a kill may come between a result and its note in the journal, once"
    assert sum(line["status"] == "ok" for line in run.lines) == 8 - len(done) + len(again)
    for path in shelf.iterdir():
        assert (output / path.name).read_bytes() == (whole / path.name).read_bytes(), path.name
        assert record_of(output / path.name) == record_of(whole / path.name)
    again = efface("redact", shelf, "-o", output, "--resume", "--json", *FAST)
    assert not any(line["status"] == "ok" for line in again.lines)
    assert error_lines(again) == []


def test_resume_takes_a_changed_input_anew(efface, path, shelf, tmp_path):
    inputs, output = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    shutil.copy(path, inputs / "a.mp4")
    pictures.scene().save(inputs / "p.jpg")
    efface("redact", inputs, "-o", output, "--resume", *FAST)
    first = record_of(output / "a.mp4")["input"]["sha256"]
    shutil.copy(shelf / "0.mp4", inputs / "a.mp4")
    efface("redact", inputs, "-o", output, "--resume", "--overwrite", *FAST)
    assert record_of(output / "a.mp4")["input"]["sha256"] == hashlib.sha256((inputs / "a.mp4").read_bytes()).hexdigest() != first
    (output / "p.jpg").unlink()
    efface("redact", inputs, "-o", output, "--resume", "--overwrite", *FAST)
    assert (output / "p.jpg").exists(), "what is no longer there is not done"


def test_two_runs_with_resume_share_the_work(efface, shelf, whole, tmp_path):
    output = tmp_path / "out"
    both = [efface.start("redact", shelf, "-o", output, "--resume", "--json", *FAST) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in both]
    lines = []
    for process, (out, err) in zip(both, told):
        assert process.returncode == 0, err.decode()
        check_no_crash(process.returncode, err.decode())
        lines += [json.loads(line) for line in out.decode().splitlines()]
    done = [os.path.basename(line["input"]) for line in lines if line["status"] == "ok"]
    assert sorted(done) == sorted(path.name for path in shelf.iterdir()), "each input once"
    assert not any(line["status"] == "failed" for line in lines)
    assert results(output) == results(whole)
    for name in results(whole):
        if not name.endswith(".json"):
            assert (output / name).read_bytes() == (whole / name).read_bytes()


# Memory.

def test_memory_does_not_grow_with_the_length(efface, tmp_path):
    """The same 16 seconds once and six times; the full measure, 2 and 20 minutes of 1080p, is scripts/bench clips --memory."""
    one = film(tmp_path / "one.mp4", frames=moving(100, step=(0, 0)), video=X264)
    peaks = {}
    for name, times in (("short", 4), ("long", 24)):
        clips.ffmpeg("-stream_loop", times - 1, "-i", one, "-c", "copy", tmp_path / f"{name}.mp4")
        peaks[name] = efface.measured("redact", tmp_path / f"{name}.mp4", "-o", tmp_path / "out", "--quiet", *FAST).peak
    assert peaks["long"] < peaks["short"] + 40_000_000 and peaks["long"] < 700_000_000, peaks
