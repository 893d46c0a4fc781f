"""Which files a command line means, and where their results go."""
import os
import shutil

import pytest

import pictures
from command import SOME_FAILED, check_sentence, error_lines, files_below, record_of
from pictures import encoded

FAST = ("--effort", "fast")


@pytest.fixture(scope="module")
def plain():
    """The bytes of a small photo without faces."""
    return encoded(pictures.background(64, 48), "JPEG")


@pytest.fixture(scope="module")
def portrait():
    return encoded(pictures.scene((320, 256), ((40, 0, 240),)), "JPEG", quality=90)


def tree(folder, files):
    """Makes the files below the folder; names may be bytes."""
    for name, content in files.items():
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    return folder


def snapshot(folder):
    """Every file below a folder and its content."""
    found = {}
    for name in files_below(folder):
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        found[name] = None if os.path.isdir(path) else open(path, "rb").read()
    return found


def test_folders_are_mirrored(efface, tmp_path, portrait, plain):
    tree(tmp_path / "in", {"a.jpg": portrait, "deep/er/b.jpg": plain, "deep/c.jpg": plain})
    before = snapshot(tmp_path / "in")
    efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--no-record", *FAST)
    assert files_below(tmp_path / "out") == ["a.jpg", "deep", "deep/c.jpg", "deep/er", "deep/er/b.jpg"]
    assert snapshot(tmp_path / "in") == before, "an input was touched"


def test_names_by_default(efface, tmp_path, plain):
    tree(tmp_path, {"one.photo.jpg": plain, "folder/two.jpg": plain, "noending": plain})
    efface("redact", "one.photo.jpg", "folder/", "noending", "--no-record", *FAST, cwd=tmp_path)
    assert files_below(tmp_path) == ["folder", "folder/two.jpg", "folder_redacted", "folder_redacted/two.jpg", "noending",
                                     "noending_redacted", "one.photo.jpg", "one.photo_redacted.jpg"]


def test_the_current_folder(efface, tmp_path, plain):
    tree(tmp_path / "album", {"a.jpg": plain})
    efface("redact", ".", "--no-record", *FAST, cwd=tmp_path / "album")
    assert files_below(tmp_path) == ["album", "album/a.jpg", "album_redacted", "album_redacted/a.jpg"]


def test_odd_names(efface, tmp_path, plain):
    """Spaces, UTF-8, bytes that are not UTF-8, line breaks, a leading dash, an apostrophe."""
    names = [b"two words.jpg", "Zürich 東京.jpg".encode(), b"bad\xff\xfename.jpg", b"line\nbreak.jpg", b"-o.jpg",
             b"it's \"quoted\", 100%.jpg", b"folder \xe9/inner.jpg"]
    tree(tmp_path / "in", {name: plain for name in names})
    run = efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--json", *FAST)
    assert len(run.lines) == len(names), "one line an input, whatever its name holds"
    written = {os.fsencode(name) for name in files_below(tmp_path / "out")}
    assert {name for name in written if name.endswith(b".jpg")} == set(names)
    record = record_of(tmp_path / "out" / "Zürich 東京.jpg")
    assert record["input"]["file"] == "Zürich 東京.jpg"
    bad = record_of(os.fsdecode(bytes(tmp_path / "out") + b"/bad\xff\xfename.jpg"))
    assert bad["input"]["file"] == "bad\ufffd\ufffdname.jpg"
    # Named on the command line, and in the plain report: still one line each.
    run = efface("redact", *(bytes(tmp_path / "in") + b"/" + name for name in names), "-o", tmp_path / "flat", *FAST)
    assert len(run.out.splitlines()) == len(names)


def test_links(efface, tmp_path, plain):
    """A loop ends, a linked photo is redacted, a link to nothing fails alone."""
    tree(tmp_path / "in", {"a.jpg": plain, "sub/b.jpg": plain})
    tree(tmp_path / "elsewhere", {"c.jpg": plain})
    (tmp_path / "in/sub/loop").symlink_to(tmp_path / "in")
    (tmp_path / "in/self").symlink_to(".")
    (tmp_path / "in/linked.jpg").symlink_to(tmp_path / "elsewhere/c.jpg")
    (tmp_path / "in/gone.jpg").symlink_to(tmp_path / "nothing.jpg")
    run = efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--json", "--no-record", *FAST, code=SOME_FAILED)
    assert sorted(name for name, line in run.by_name.items() if line["status"] == "ok") == ["a.jpg", "b.jpg", "linked.jpg"]
    check_sentence(run.by_name["gone.jpg"]["error"])
    outputs = [name for name in files_below(tmp_path / "out") if name.endswith(".jpg")]
    assert sorted(os.path.basename(name) for name in outputs) == ["a.jpg", "b.jpg", "linked.jpg"]
    assert not any((tmp_path / "out" / name).is_symlink() for name in outputs)
    assert (tmp_path / "elsewhere/c.jpg").read_bytes() == plain


def test_links_that_loop_among_themselves(efface, tmp_path, plain):
    tree(tmp_path / "in", {"a.jpg": plain})
    (tmp_path / "in/x.jpg").symlink_to("y.jpg")
    (tmp_path / "in/y.jpg").symlink_to("x.jpg")
    run = efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--json", *FAST, code=SOME_FAILED)
    assert run.by_name["a.jpg"]["status"] == "ok"
    assert {name for name, line in run.by_name.items() if line["status"] == "failed"} == {"x.jpg", "y.jpg"}


def test_an_output_folder_within_the_input_folder_is_not_an_input(efface, tmp_path, plain):
    tree(tmp_path / "in", {"a.jpg": plain, "sub/b.jpg": plain})
    for options in ((), ("--overwrite",)):
        efface("redact", "in", "-o", "in/out", *options, *FAST, cwd=tmp_path)
        assert files_below(tmp_path / "in") == [
            "a.jpg", "out", "out/a.jpg", "out/a.jpg.efface.json", "out/sub", "out/sub/b.jpg", "out/sub/b.jpg.efface.json",
            "sub", "sub/b.jpg"]


def test_a_second_run_replaces_nothing_unless_told(efface, tmp_path, plain, portrait):
    tree(tmp_path / "in", {"a.jpg": portrait, "b.jpg": plain})
    efface("redact", tmp_path / "in", "-o", tmp_path / "out", *FAST)
    first = snapshot(tmp_path / "out")
    (tmp_path / "in/c.jpg").write_bytes(plain)
    run = efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--fill", "solid", "--json", *FAST, code=SOME_FAILED)
    assert {name: line["status"] for name, line in run.by_name.items()} == {"a.jpg": "failed", "b.jpg": "failed", "c.jpg": "ok"}
    assert "--overwrite" in run.by_name["a.jpg"]["error"]
    second = snapshot(tmp_path / "out")
    assert {name: second[name] for name in first} == first
    efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--fill", "solid", "--overwrite", *FAST)
    third = snapshot(tmp_path / "out")
    assert third.keys() == second.keys() and third["a.jpg"] != first["a.jpg"]
    assert record_of(tmp_path / "out/a.jpg")["settings"]["fill"] == "solid"


def test_an_existing_record_is_not_replaced_either(efface, tmp_path, plain):
    tree(tmp_path, {"a.jpg": plain, "out/a.jpg.efface.json": b"notes of a person"})
    run = efface("redact", tmp_path / "a.jpg", "-o", tmp_path / "out", *FAST, code=SOME_FAILED)
    assert len(error_lines(run)) == 1
    assert files_below(tmp_path / "out") == ["a.jpg.efface.json"]
    assert (tmp_path / "out/a.jpg.efface.json").read_bytes() == b"notes of a person"


def test_two_inputs_with_one_output(efface, tmp_path, plain, portrait):
    tree(tmp_path, {"x/same.jpg": plain, "y/same.jpg": portrait})
    for options in ((), ("--overwrite",)):
        run = efface("redact", tmp_path / "x/same.jpg", tmp_path / "y/same.jpg", "-o", tmp_path / "out", "--json", *options,
                     *FAST, code=SOME_FAILED)
        assert sorted(line["status"] for line in run.lines) == ["failed", "ok"]
        check_sentence(next(line["error"] for line in run.lines if line["error"]))
        assert record_of(tmp_path / "out/same.jpg")["input"]["bytes"] == len(plain)
        shutil.rmtree(tmp_path / "out")


def test_one_input_named_twice_is_done_once(efface, tmp_path, plain):
    tree(tmp_path, {"in/a.jpg": plain})
    run = efface("redact", "in/a.jpg", "./in/a.jpg", "in", "-o", "out", "--json", *FAST, cwd=tmp_path)
    assert len(run.lines) == 1


@pytest.mark.parametrize("options", [(), ("--overwrite",)])
def test_an_input_is_never_replaced(efface, tmp_path, plain, portrait, options):
    """Every way to say that a result should go where an input lies."""
    inputs = {"a.jpg": portrait, "b.jpg": plain, "a_redacted.jpg": portrait}
    tree(tmp_path / "in", inputs)
    (tmp_path / "alias").symlink_to("in")
    for target in ("in", "in/", "./in/../in", "alias", str(tmp_path / "in")):
        run = efface("redact", "in", "-o", target, *options, "--no-record", "--json", *FAST, cwd=tmp_path, code=None)
        assert snapshot(tmp_path / "in") == inputs, f"-o {target}"
        assert run.code == SOME_FAILED or run.lines == [], f"-o {target}"
    # By default a.jpg would become a_redacted.jpg, which is an input itself.
    efface("redact", "in/a.jpg", "in/a_redacted.jpg", *options, "--no-record", *FAST, cwd=tmp_path, code=SOME_FAILED)
    assert (tmp_path / "in/a_redacted.jpg").read_bytes() == portrait
    # A result that would go through a link to an input.
    tree(tmp_path / "out", {})
    os.makedirs(tmp_path / "out")
    (tmp_path / "out/a.jpg").symlink_to("../in/a.jpg")
    os.link(tmp_path / "in/b.jpg", tmp_path / "out/b.jpg")
    efface("redact", "in/a.jpg", "in/b.jpg", "-o", "out", *options, "--no-record", *FAST, cwd=tmp_path, code=None)
    assert (tmp_path / "in/a.jpg").read_bytes() == portrait and (tmp_path / "in/b.jpg").read_bytes() == plain


def test_inspect_does_not_replace_its_input_either(efface, tmp_path, portrait):
    tree(tmp_path, {"a.jpg": portrait})
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    for option in ("--preview", "--record"):
        for target in ("a.jpg", "./a.jpg", "link.jpg"):
            for more in ((), ("--overwrite",)):
                efface("inspect", "a.jpg", option, target, *more, *FAST, cwd=tmp_path, code=None)
                assert (tmp_path / "a.jpg").read_bytes() == portrait, f"inspect a.jpg {option} {target} {more}"


def test_a_record_never_replaces_an_input(efface, tmp_path, portrait):
    """An input whose name is that of another's record."""
    tree(tmp_path / "in", {"a.jpg": portrait})
    tree(tmp_path / "out", {"a.jpg.efface.json": portrait})
    efface("redact", "in/a.jpg", "out/a.jpg.efface.json", "-o", "out", "--overwrite", *FAST, cwd=tmp_path, code=SOME_FAILED)
    assert (tmp_path / "out/a.jpg.efface.json").read_bytes() == portrait


def test_empty_folder(efface, tmp_path):
    (tmp_path / "empty/er").mkdir(parents=True)
    run = efface("redact", tmp_path / "empty", "-o", tmp_path / "out")
    assert "empty" in run.err
    assert not (tmp_path / "out").exists()


def test_sidecars_are_listed_and_not_copied(efface, tmp_path, plain):
    live = b"\0\0\0\x14ftypqt  \0\0\0\0qt  "
    tree(tmp_path / "in", {"a.jpg": plain, "a.xmp": b"<x:xmpmeta/>", "b.jpg": plain, "b.AAE": b"<plist/>", "b.mov": live,
                           "c.png": encoded(pictures.background(32, 32), "PNG"), "c.png.xmp": b"<x:xmpmeta/>"})
    run = efface("redact", tmp_path / "in", "-o", tmp_path / "out", *FAST)
    assert files_below(tmp_path / "out") == sorted(
        [name + ending for name in ("a.jpg", "b.jpg", "c.png") for ending in ("", ".efface.json")])
    for sidecar in ("a.xmp", "b.AAE", "b.mov", "c.png.xmp"):
        assert any(sidecar in line for line in run.err.splitlines()), f"{sidecar} is not reported"
    removed = {name: {entry["what"]: entry["bytes"] for entry in record_of(tmp_path / "out" / name)["removed"]}
               for name in ("a.jpg", "b.jpg", "c.png")}
    assert removed["a.jpg"]["sidecar-xmp"] == len(b"<x:xmpmeta/>")
    assert removed["b.jpg"]["sidecar-aae"] == len(b"<plist/>") and removed["b.jpg"]["sidecar-clip"] == len(live)
    assert removed["c.png"]["sidecar-xmp"] == len(b"<x:xmpmeta/>")
    # A photo that is named by itself has its sidecars listed as well.
    run = efface("redact", tmp_path / "in/a.jpg", "-o", tmp_path / "single", *FAST)
    assert "a.xmp" in run.err and files_below(tmp_path / "single") == ["a.jpg", "a.jpg.efface.json"]


def test_files_that_are_no_pictures_are_left_out_of_folders(efface, tmp_path, plain):
    tree(tmp_path / "in", {"a.jpg": plain, "notes.txt": b"words", "Makefile": b"all:\n", "a.jpg.efface.json": b"{}"})
    run = efface("redact", tmp_path / "in", "-o", tmp_path / "out", "--no-record", *FAST)
    assert files_below(tmp_path / "out") == ["a.jpg"]
    assert "notes.txt" in run.err
