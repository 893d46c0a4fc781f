"""Signed records: keys, signatures, what is published."""
import hashlib
import json
import re
import stat

import pytest

import pictures
from clips import film, moving, need_ffmpeg
from command import SOME_FAILED, USAGE, record_of
from test_record import schema_errors

need_ffmpeg()
FAST = ("--effort", "fast")


@pytest.fixture(scope="module")
def key(efface, tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "office key"
    run = efface("keys", "new", path)
    assert re.fullmatch(r"[0-9a-f]{64}\n", run.out)
    return path


@pytest.fixture(scope="module")
def signed(efface, key, tmp_path_factory):
    """A photo and a clip, redacted with signed records: the folder of the results."""
    folder = tmp_path_factory.mktemp("signed")
    (folder / "in").mkdir()
    pictures.scene().save(folder / "in/Harbour Street.jpg", quality=90)
    film(folder / "in/Harbour Walk.mp4", frames=moving(8))
    efface("redact", folder / "in", "-o", folder / "out", "--sign", key, "--region", "1,1,20,20", *FAST)
    return folder / "out"


def test_a_private_key_is_private_and_never_replaced(efface, key):
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    public = key.with_name(f"{key.name}.pub")
    assert efface("keys", "show", key).out == efface("keys", "show", public).out
    assert efface("keys", "show", public).out.strip() in public.read_text() and before not in public.read_bytes()
    run = efface("keys", "new", key, code=SOME_FAILED)
    assert "exists" in run.err and key.read_bytes() == before


def test_a_key_that_others_may_read_is_refused(efface, key, tmp_path):
    copy = tmp_path / "key"
    copy.write_bytes(key.read_bytes())
    copy.chmod(0o644)
    pictures.scene().save(tmp_path / "a.jpg")
    run = efface("redact", tmp_path / "a.jpg", "-o", tmp_path / "out", "--sign", copy, code=USAGE)
    assert "chmod 600" in run.err and not (tmp_path / "out").exists()
    efface("redact", tmp_path / "a.jpg", "-o", tmp_path / "out", "--sign", key, "--no-record", code=USAGE)
    efface("redact", tmp_path / "a.jpg", "-o", tmp_path / "out", "--sign", tmp_path / "missing", code=USAGE)


@pytest.mark.parametrize("name", ["Harbour Street.jpg", "Harbour Walk.mp4"])
def test_a_signed_record_says_whose_it_is(efface, key, signed, name):
    record = record_of(signed / name)
    assert schema_errors(record) == [] and list(record)[-1] == "signature"
    run = efface("record", "check", signed / f"{name}.efface.json", "--key", f"{key}.pub")
    assert efface("keys", "show", key).out.strip() in run.out
    assert record["signature"]["public_key"] in run.out
    assert record["output"]["sha256"] == hashlib.sha256((signed / name).read_bytes()).hexdigest(), "the chain from record to result"


@pytest.mark.parametrize("name", ["Harbour Street.jpg", "Harbour Walk.mp4"])
def test_any_change_is_seen(efface, signed, tmp_path, name):
    text = (signed / f"{name}.efface.json").read_bytes()
    path = tmp_path / "r.json"
    at_signature = text.index(b'"signature"')
    seen = 0
    for place in [*range(60, at_signature, max(1, at_signature // 12)), at_signature + 140, len(text) - 20]:
        changed = bytearray(text)
        if not chr(changed[place]).isdigit():
            continue
        changed[place] = ord("1") if changed[place] != ord("1") else ord("2")
        path.write_bytes(changed)
        efface("record", "check", path, code=SOME_FAILED)
        seen += 1
    for changed in (text + b" ", text.replace(b'"redact": true', b'"redact": false', 1), text.replace(b"\n", b"\r\n"), text.replace(b": ", b":", 1)):
        path.write_bytes(changed)
        run = efface("record", "check", path, "--key", path, code=SOME_FAILED)
        assert run.out == ""
        seen += 1
    assert seen >= 6


def test_another_key_or_none_is_not_this_one(efface, key, signed, tmp_path):
    efface("keys", "new", tmp_path / "other")
    record = signed / "Harbour Street.jpg.efface.json"
    assert "another key" in efface("record", "check", record, "--key", tmp_path / "other.pub", code=SOME_FAILED).err
    pictures.scene().save(tmp_path / "a.jpg")
    efface("redact", tmp_path / "a.jpg", "-o", tmp_path / "out", *FAST)
    plain = tmp_path / "out/a.jpg.efface.json"
    assert "not signed" in efface("record", "check", plain).out
    assert "not signed" in efface("record", "check", plain, "--key", f"{key}.pub", code=SOME_FAILED).err


def test_an_edited_record_is_obeyed_and_told_of(efface, signed, tmp_path):
    text = (signed / "Harbour Street.jpg.efface.json").read_text()
    (tmp_path / "r.json").write_text(text.replace('"redact": true', '"redact": false', 1))
    photo = signed.parent / "in/Harbour Street.jpg"
    run = efface("redact", photo, "-o", tmp_path / "out", "--record", tmp_path / "r.json")
    assert "changed after it was signed" in run.err
    assert "signature" not in record_of(tmp_path / "out/Harbour Street.jpg"), "a signature of another text"
    run = efface("redact", photo, "-o", tmp_path / "again", "--record", signed / "Harbour Street.jpg.efface.json")
    assert "signed" not in run.err


@pytest.mark.parametrize("name", ["Harbour Street.jpg", "Harbour Walk.mp4"])
def test_what_is_published_names_nothing(efface, key, signed, tmp_path, name):
    record = json.loads((signed / f"{name}.efface.json").read_text())
    secret = "Ask Records Desk 4"
    record["faces"][0]["reason"] = secret
    record["warnings"].append(secret)
    record["settings"]["note"] = secret
    record["settings"]["cover"] = secret
    record["removed"].append({"what": secret, "bytes": 1})
    record["tool"]["name"] = record["model"]["name"] = record["tool"]["version"] = secret
    del record["signature"]
    (tmp_path / "r.json").write_text(json.dumps(record))
    efface("record", "publish", tmp_path / "r.json", "-o", tmp_path / "public.json", "--sign", key)
    text = (tmp_path / "public.json").read_text()
    public = json.loads(text)
    assert "Harbour" not in text and "Desk" not in text and "--region" not in text
    assert schema_errors(public) == []
    assert public["output"]["sha256"] == record["output"]["sha256"] and public["input"]["sha256"] == record["input"]["sha256"]
    assert [face["masks"] for face in public["faces"]] == [face["masks"] for face in record["faces"]]
    assert all(face["reason"] is None for face in public["faces"]) and not public.get("doubtful")
    assert public["settings"]["fill"] == "membrane" and "note" not in public["settings"]
    efface("record", "check", tmp_path / "public.json", "--key", f"{key}.pub")
    efface("record", "publish", tmp_path / "r.json", "-o", tmp_path / "public.json", code=SOME_FAILED)
    efface("record", "publish", tmp_path / "r.json", "-o", tmp_path / "r.json", "--overwrite", code=SOME_FAILED)
    assert json.loads((tmp_path / "r.json").read_text()) == record
