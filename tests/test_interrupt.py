"""Runs that are stopped in the middle leave whole files and nothing else."""
import json
import os
import signal
import time

import pytest

import pictures
from command import INTERRUPTED, files_below, temporary_names
from pictures import encoded

PHOTOS = 60


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    folder = tmp_path_factory.mktemp("album")
    content = encoded(pictures.scene((900, 700), ((90, 40, 320), (480, 200, 320))), "JPEG", quality=88)
    for i in range(PHOTOS):
        (folder / f"{i:03}.jpg").write_bytes(content)
    return folder


def wait_for_outputs(process, folder, count):
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if folder.is_dir() and sum(name.endswith(".jpg") for name in os.listdir(folder)) >= count:
            return
        time.sleep(0.002)
    pytest.fail(f"the run ended before it was stopped: {process.stderr.read()}")


def check_whole(folder, album):
    """Every file is one that belongs there, whole, and not its input."""
    names = {path.name for path in album.iterdir()}
    allowed = names | {f"{name}.efface.json" for name in names}
    assert set(files_below(folder)) <= allowed and not temporary_names(folder)
    photos = 0
    for name in files_below(folder):
        if name.endswith(".json"):
            record = json.loads((folder / name).read_text())
            assert (folder / record["output"]["file"]).stat().st_size == record["output"]["bytes"]
        else:
            photos += 1
            before, after = pictures.pixels(album / name), pictures.pixels(folder / name)
            assert pictures.difference(before, after, pictures.core()) > 8, "an unredacted photo came out"
    return photos


@pytest.mark.parametrize("count", [1, 3, 8])
def test_kill_leaves_no_debris(efface, album, tmp_path, count):
    process = efface.start("redact", album, "-o", tmp_path / "out", "--quiet")
    wait_for_outputs(process, tmp_path / "out", count)
    process.kill()
    process.communicate()
    assert count <= check_whole(tmp_path / "out", album) < PHOTOS
    # The next run takes up where this one ended.
    assert sorted(path.name for path in album.iterdir()) == [f"{i:03}.jpg" for i in range(PHOTOS)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_in_good_order(efface, album, tmp_path, number):
    process = efface.start("redact", album, "-o", tmp_path / "out", "--json")
    wait_for_outputs(process, tmp_path / "out", 3)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == INTERRUPTED
    photos = check_whole(tmp_path / "out", album)
    assert 3 <= photos < PHOTOS
    names = [name for name in files_below(tmp_path / "out") if not name.endswith(".json")]
    assert files_below(tmp_path / "out") == sorted(names + [f"{name}.efface.json" for name in names])
    assert len(out.decode().splitlines()) == photos, "a line for each photo that was begun"
    assert "nterrupted" in err.decode()


def test_ctrl_c_twice_ends_at_once(efface, album, tmp_path):
    process = efface.start("redact", album, "-o", tmp_path / "out", "--quiet")
    wait_for_outputs(process, tmp_path / "out", 2)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=5)
    assert process.returncode in (INTERRUPTED, -signal.SIGINT)
    check_whole(tmp_path / "out", album)
