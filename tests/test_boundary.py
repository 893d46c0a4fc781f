"""The line that Efface does not cross: it finds where faces are, never whose; it keeps no picture; it needs no network."""
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

import pytest
from PIL import Image

import pictures
from command import EFFACE, ROOT, environment, files_below

# What recognises, by library, header or call; none of it may be named in what the redactor is built of.
RECOGNISERS = re.compile(
    r"\b(dlib|insightface|arcface|facenet|sface|openface|deepface|face_recognition|FaceRecognizer\w*|vggface|cosface|"
    r"mobilefacenet|magface|adaface)\b", re.IGNORECASE)


LINEUP_RUN = ROOT / "lineup/run"  # the one folder that runs recognisers, built on request alone


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if LINEUP_RUN in path.parents:
                continue
            if path.suffix in (".h", ".cc", ".c", ".cpp", ".cmake") or path.name == "CMakeLists.txt":
                yield path


def test_the_redactor_includes_nothing_that_recognises():
    checked = 0
    for path in sources("efface", "base"):
        text = path.read_text()
        checked += 1
        for line in text.splitlines():
            if re.match(r"\s*#\s*include", line):
                assert not re.search(r"[<\"](.*/)?(lineup|sweep|places(?!/register)|dlib|opencv2?)/", line), f"{path}: {line}"
        found = RECOGNISERS.search(text)
        assert not found, f"{path} names {found and found.group()}"
    assert checked > 50


def test_of_the_register_of_bans_the_redactor_includes_the_data_alone():
    """places/register/ is plain data: it includes nothing but itself, base/ and what reads JSON; and only the command asks it."""
    for path in sources("efface"):
        for line in path.read_text().splitlines():
            if re.match(r"\s*#\s*include \"places/", line):
                assert path.parent.name == "cli", f"{path}: {line}"
    checked = 0
    for path in sources("places/register"):
        checked += 1
        for name in re.findall(r"^\s*#\s*include [<\"]([\w./]+)", path.read_text(), re.MULTILINE):
            assert re.match(r"(places/register|base|absl|nlohmann|gmock|gtest)/|[a-z_]+$", name), f"{path}: {name}"
    assert checked > 8


def test_no_target_of_the_redactor_links_what_recognises():
    for path in sources("efface", "base"):
        if path.name == "CMakeLists.txt":
            for word in ("lineup", "dlib", "opencv", "curl", "httplib", "OpenSSL"):
                assert word not in path.read_text(), f"{path} links {word}"


def test_the_link_map_of_the_redactor_holds_nothing_of_the_lineup():
    """What the linker took into the program, object by object, and what it loads."""
    link_map = EFFACE.parent.parent / "efface.map"
    if not link_map.exists():
        pytest.skip("the program stands alone here")
    text = link_map.read_text(errors="replace").replace(str(ROOT), "")
    assert "libbase.a" in text and "libmedia.a" in text, "the map shows nothing"
    found = re.search(r"(^|[\s/(])(lib)?(lineup|(open|c)blas|minizip|dlib)[-./]\S*", text)
    assert not found, found.group()


def test_the_lineup_holds_no_recogniser_and_nothing_of_the_redactor():
    checked = 0
    for path in sources("lineup"):
        checked += 1
        text = path.read_text()
        found = RECOGNISERS.search(text)
        assert not found, f"{path} names {found and found.group()}"
        for line in text.splitlines():
            if re.match(r"\s*#\s*include", line):
                assert not re.search(r"[<\"](efface|sweep|places|opencv2?|openvino|onnxruntime\w*)/", line), f"{path}: {line}"
    assert checked > 20


def test_only_one_option_builds_what_runs_recognisers_and_a_plain_build_has_none_of_it():
    text = (ROOT / "CMakeLists.txt").read_text()
    assert re.search(r"option\(EFFACE_LINEUP_RUN .* OFF\)", text)
    assert re.search(r"if\(EFFACE_LINEUP_RUN\)\s+add_subdirectory\(lineup/run\)\s+endif\(\)", text)
    assert text.count("lineup/run") == 1
    for path in sources("efface", "base", "lineup", "cmake"):
        for line in path.read_text().splitlines():
            assert "lineup/run" not in line and "lineup_run" not in line and "EFFACE_LINEUP_RUN" not in line, f"{path}: {line}"
    build = EFFACE.parent.parent
    if not (build / "build.ninja").exists():
        pytest.skip("the program stands alone here")
    plan = (build / "build.ninja").read_text()
    assert "efface-lineup" in plan, "the plan shows nothing"
    assert not re.search(r"efface-lineup-run|lineup/run|lineup_run|libdlib", plan)
    assert not (build / "bin/efface-lineup-run").exists()


def test_the_programs_that_are_built_by_default_load_no_recogniser():
    lineup = EFFACE.parent / "efface-lineup"
    if not lineup.exists():
        pytest.skip("the program stands alone here")
    text = subprocess.run(["readelf", "-d", lineup], check=True, capture_output=True, text=True).stdout
    assert "libminizip" in text, "readelf shows nothing"
    assert not re.search(r"dlib|openvino|opencv|onnx|openblas", text)


def outside_of_the_request(script):
    """Lines of a script, without those that only --lineup-run reaches and without comments."""
    depth = 0
    for line in (ROOT / script).read_text().splitlines():
        if depth == 0 and not line.startswith(('if [ "${1:-}" = --lineup-run ]', 'if [ -n "$lineup_run" ]')):
            if not line.lstrip().startswith("#"):
                yield line
            continue
        depth += len(re.findall(r"(?:^|;)\s*if ", line)) - len(re.findall(r"(?:^|;)\s*fi\b", line))
    assert depth == 0, script


def test_plain_scripts_never_fetch_or_build_what_runs_recognisers():
    requests = 0
    for script in ("scripts/setup", "scripts/test", "scripts/demo", "scripts/demo_pages.py", "scripts/wheels.txt"):
        for line in outside_of_the_request(script):
            if line.startswith(("usage=", "build=yes")) or line.lstrip().startswith("--lineup-run)"):  # which options there are
                requests += 1
                continue
            assert not re.search(r"lineup.run|dlib|face_recognition", line, re.IGNORECASE), f"{script}: {line}"
    assert requests == 3


def test_the_setup_says_that_a_recogniser_follows_before_it_does_anything():
    text = (ROOT / "scripts/setup").read_text()
    said = text.index("FACE RECOGNISER")
    for step in ("apt-get update", "apt-get install", "-m pip download", "cmake --preset"):
        assert said < text.index(step), step
    assert "forbid even to possess one" in text and "100 MB" in text


def model_outputs(path):
    """The shapes of the results of an OpenVINO graph."""
    shapes = []
    for layer in xml.etree.ElementTree.parse(path).getroot().find("layers"):
        if layer.get("type") == "Result":
            shapes.append([int(dim.text) for dim in layer.find("input/port").findall("dim")])
    return shapes


def test_the_model_has_no_landmarks():
    """CenterFace's four outputs, less the one that has five points of the face: ten channels."""
    model = os.environ.get("EFFACE_MODEL", EFFACE.parent.parent / "share/efface/centerface.xml")
    shapes = model_outputs(model)
    assert sorted(shape[1] for shape in shapes) == [1, 2, 2], "heat map, size and offset, and nothing else"
    for layer in xml.etree.ElementTree.parse(model).getroot().find("layers"):
        for port in layer.findall("output/port"):
            dims = [int(dim.text) for dim in port.findall("dim")]
            assert len(dims) < 4 or dims[1] != 10 or layer.get("type") == "Const", f"{layer.get('name')} has ten channels"


def test_no_other_model_is_shipped():
    share = EFFACE.parent.parent / "share"
    if not share.is_dir():
        pytest.skip("the program stands alone here")
    models = [name for name in files_below(share) if name.endswith((".xml", ".bin", ".onnx", ".tflite", ".pt", ".dat"))]
    assert models == ["efface/centerface.bin", "efface/centerface.xml"]


def test_the_program_links_no_network_library():
    text = subprocess.run(["readelf", "-d", EFFACE], check=True, capture_output=True, text=True).stdout
    needed = re.findall(r"NEEDED.*\[(.*)\]", text)
    assert "libopenvino" in " ".join(needed), "readelf shows nothing"
    for library in needed:
        assert not re.match(r"lib(curl|ssl|crypto|gnutls|nghttp|soup|dlib|opencv)", library), library


def test_a_run_opens_no_connection_and_writes_nothing_elsewhere(efface, tmp_path):
    """The system calls of a run: no socket; and every file that is opened to be written lies in the output folder or in the
    cache of compiled models, which holds no picture."""
    trace = tmp_path / "trace"
    if not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True,
                                                    check=False).returncode != 0:
        pytest.skip("needs strace, and the right to use it")
    pictures.scene().save(tmp_path / "face.jpg", quality=90)
    cache = tmp_path / "cache"
    subprocess.run(["strace", "-f", "-qq", "-o", trace, "-e",
                    "trace=%network,open,openat,openat2,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,execve",
                    EFFACE, "redact", tmp_path / "face.jpg", "-o", tmp_path / "out"],
                   check=True, capture_output=True, timeout=120, env=environment(cache))
    lines = trace.read_text().splitlines()
    assert any("execve" in line for line in lines) and any(str(tmp_path / "face.jpg") in line for line in lines)
    assert [line for line in lines if re.search(r"\b(socket|connect|bind|listen|sendto|recvfrom|accept)\w*\(", line)] == []
    assert sum("execve(" in line for line in lines) == 1, "no other program is started"
    for line in lines:
        opened = re.search(r"open\w*\((?:AT_FDCWD, )?\"([^\"]*)\", [^)]*(O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE)", line)
        if opened and " = -1 " not in line:
            path = opened.group(1)
            assert path.startswith((str(tmp_path / "out"), str(cache), "/dev/null", "/dev/shm/")) or path in (".", ""), line
    names = files_below(tmp_path / "out")
    assert names == ["face.jpg", "face.jpg.efface.json"]


def test_the_cache_holds_models_only(efface, tmp_path):
    """Another photo of the same size adds nothing to it."""
    cache = tmp_path / "cache"
    photo = pictures.scene()
    kept = []
    for number, picture in enumerate((photo, photo.transpose(Image.FLIP_LEFT_RIGHT), pictures.background(480, 400))):
        picture.save(tmp_path / f"{number}.jpg")
        efface("redact", tmp_path / f"{number}.jpg", "-o", tmp_path / "out", env={"XDG_CACHE_HOME": str(cache)})
        kept.append({name: (cache / name).read_bytes() for name in files_below(cache) if (cache / name).is_file()})
    assert kept[0] and kept[0] == kept[1] == kept[2]
