"""efface-lineup-run, which runs recognisers: skipped unless scripts/setup --lineup-run built it."""
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

import pictures
from command import ROOT, check_no_crash, check_sentence
from test_lineup import LINEUP

sys.path.insert(0, str(ROOT / "bench"))
import onnx_file  # noqa: E402

RUN = pathlib.Path(os.environ.get("EFFACE_LINEUP_RUN_BIN", ROOT / "build-lineup-run/bin/efface-lineup-run")).absolute()
PEOPLE = 20

pytestmark = pytest.mark.skipif(not RUN.exists(), reason=f"{RUN} isn't built, since it holds a recogniser: scripts/setup --lineup-run builds it")


def run(*arguments, code=0):
    ran = subprocess.run([RUN, *map(str, arguments)], capture_output=True, text=True, timeout=280, check=False)
    check_no_crash(ran.returncode, ran.stderr)
    assert ran.returncode == code, f"exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran


def refused(*arguments):
    """The one sentence of a run that ends with exit code 1."""
    ran = run(*arguments, code=1)
    lines = ran.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("efface-lineup-run: "), ran.stderr
    check_sentence(lines[0])
    return lines[0]


def report(folder, *arguments, name="report"):
    run("report", *arguments, "--json", folder / f"{name}.json", "--html", folder / f"{name}.html", "--overwrite")
    return json.loads((folder / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def people(data, tmp_path_factory):
    """A folder for each of some persons of LFW with four pictures, and one picture without a face."""
    folder = tmp_path_factory.mktemp("people")
    of = {}
    with open(data / "lfw/images.csv", newline="") as file:
        for row in csv.DictReader(file):
            of.setdefault(row["identity"], []).append(row["image"])
    for name in [name for name in sorted(of) if len(of[name]) == 4][:PEOPLE]:
        (folder / name).mkdir()
        for image in of[name]:
            shutil.copy(data / "lfw/images" / image, folder / name)
    pictures.background(250, 250).save(folder / name / "no_face.png")
    return folder


@pytest.fixture(scope="module")
def measured(people, tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    figures = report(folder, "--pictures", people, "--export-embeddings", folder / "e.npy", "--export-persons", folder / "p.csv",
                     "--threshold", "0.6", "--common-fmr", "0.01")
    return figures, folder


def test_what_is_installed_stands_alone(measured, people, tmp_path, monkeypatch):
    """One component of its own, with the runtime and the recogniser; nothing of it is in what efface installs."""
    build = RUN.parent.parent
    if not (build / "cmake_install.cmake").exists():
        pytest.skip("the program stands alone here")
    subprocess.run(["cmake", "--install", build, "--prefix", tmp_path, "--component", "lineup-run"], check=True, capture_output=True)
    assert not (tmp_path / "bin/efface").exists()
    monkeypatch.delenv("EFFACE_LINEUP_MODELS", raising=False)
    monkeypatch.setitem(globals(), "RUN", tmp_path / "bin/efface-lineup-run")
    assert f"{ROOT}/.deps/lineup-run".encode() not in RUN.read_bytes(), "it would read the models of the folder that it was built in"
    loaded = subprocess.run(["ldd", RUN], check=True, capture_output=True, text=True).stdout
    assert "libopenvino" in loaded and str(ROOT) not in loaded and "not found" not in loaded, loaded
    again = report(tmp_path, "--pictures", people, "--threshold", "0.6", "--common-fmr", "0.01")
    assert again["verification"] == measured[0]["verification"]


def test_a_report_counts_everybody_and_knows_people_again(measured):
    figures, folder = measured
    people = figures["population"]
    assert people["persons"] == PEOPLE and people["pictures"] + people["failed"] == 4 * PEOPLE + 1
    assert figures["verification"]["failures"]["to_acquire"]["errors"] == people["failed"] >= 1
    fixed = next(point for point in figures["verification"]["operating_points"] if point["target"] is None)
    assert fixed["fmr"]["value"] < 0.03 and fixed["fnmr"]["value"] < 0.1, "dlib's own threshold, 0.6"
    assert figures["recogniser"]["jitters"] == 0 and any("Jitters: 0" in note for note in figures["notes"])
    assert re.fullmatch("[0-9a-f]{64}", figures["recogniser"]["sha256"])
    page = (folder / "report.html").read_text()
    assert "Jitters: 0" in page and "http" not in page.replace("http-equiv", "")


def test_doubled_pictures_have_their_faces_in_the_same_places(people, measured, tmp_path):
    figures, _ = measured
    doubled = report(tmp_path, "--pictures", people, "--doublings", "1", "--threshold", "0.6")
    fixed = next(point for point in doubled["verification"]["operating_points"] if point["target"] is None)
    assert fixed["fmr"]["value"] < 0.03 and fixed["fnmr"]["value"] < 0.1
    assert doubled["population"]["pictures"] >= figures["population"]["pictures"] - 1
    assert any("doubled in size 1 time" in note for note in doubled["notes"])


def test_exported_embeddings_give_the_same_report_without_the_recogniser(measured, tmp_path):
    figures, folder = measured
    subprocess.run([LINEUP, "report", "--embeddings", folder / "e.npy", "--persons", folder / "p.csv", "--metric", "euclidean",
                    "--threshold", "0.6", "--common-fmr", "0.01", "--json", tmp_path / "again.json"], check=True, capture_output=True)
    again = json.loads((tmp_path / "again.json").read_text())
    for part in ("population", "verification", "identification", "differentials", "left_out", "settings", "persons_hash"):
        assert again[part] == figures[part], part


def test_the_layouts_give_the_same_figures(people, measured, tmp_path):
    """LFW's flat folder, and a CSV with groups, of the same pictures."""
    figures, _ = measured
    (tmp_path / "flat").mkdir()
    (tmp_path / "table/images").mkdir(parents=True)
    rows = []
    for path in sorted(people.rglob("*_0*.jpg")):
        shutil.copy(path, tmp_path / "flat")
        shutil.copy(path, tmp_path / "table/images")
        rows.append([path.name, path.parent.name, "AB"[len(path.parent.name) % 2]])
    with open(tmp_path / "table/t.csv", "w", newline="") as file:
        csv.writer(file).writerows([["image", "identity", "kind"], *rows])
    flat = report(tmp_path, "--pictures", tmp_path / "flat", "--threshold", "0.6", name="flat")
    table = report(tmp_path, "--pictures", tmp_path / "table/t.csv", "--group-by", "kind", "--threshold", "0.6", name="table")
    assert [group["name"] for group in table["population"]["groups"]] == ["A", "B"]
    for other in (flat, table):
        assert other["population"]["pictures"] == figures["population"]["pictures"]
        for one, same in zip(figures["verification"]["operating_points"], other["verification"]["operating_points"], strict=True):
            assert one.get("threshold") == pytest.approx(same.get("threshold"), abs=1e-5)  # sums in another order
            assert one.get("fmr", {}).get("errors") == same.get("fmr", {}).get("errors")


def test_lfws_protocol_is_that_of_an_independent_implementation(people, measured, tmp_path):
    _, folder = measured
    names = sorted(path.name for path in people.iterdir())
    folds = [names[i::4] for i in range(4)]
    pairs, lines = [], ["4\t10"]
    for fold in folds:
        same = [(name, 1, name, other) for name in fold for other in (2, 3)][:10]
        different = [(fold[i], 1, fold[(i + step) % 5], 2) for i in range(5) for step in (1, 2)]
        lines += [f"{a}\t{i}\t{j}" for a, i, _, j in same] + [f"{a}\t{i}\t{b}\t{j}" for a, i, b, j in different]
        pairs.append((same, different))
    (tmp_path / "pairs.txt").write_text("\n".join(lines) + "\n")
    figures = report(tmp_path, "--pictures", people, "--pairs", tmp_path / "pairs.txt")
    with open(folder / "p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    values = np.load(folder / "e.npy")
    at = {pathlib.Path(row["id"]).stem: i for i, row in enumerate(rows)}

    def distance(a, i, b, j):
        one, other = at[f"{a}_{i:04}"], at[f"{b}_{j:04}"]
        return np.inf if "failed" in (rows[one]["status"], rows[other]["status"]) else float(np.linalg.norm(values[one] - values[other]))

    scored = [([distance(*pair) for pair in same], [distance(*pair) for pair in different]) for same, different in pairs]

    def accuracy(fold, threshold):
        same, different = map(np.array, scored[fold])
        return ((same <= threshold).sum() + (different > threshold).sum()) / 20

    found = figures["lfw_protocol"]
    assert found["pairs"] == 80 and len(found["folds"]) == 4 and found["jitters"] == 0
    for number, fold in enumerate(found["folds"]):
        others = [other for other in range(4) if other != number]
        tried = sorted(d for other in others for side in scored[other] for d in side if np.isfinite(d))
        best = max(np.mean([accuracy(other, threshold) for other in others]) for threshold in tried)
        assert np.mean([accuracy(other, fold["threshold"]) for other in others]) == pytest.approx(best, abs=1e-9)
        assert fold["accuracy"] == pytest.approx(accuracy(number, fold["threshold"]), abs=1e-9)
    assert found["accuracy"] == pytest.approx(np.mean([fold["accuracy"] for fold in found["folds"]]))
    assert found["accuracy"] > 0.9 and found["in_words"] in figures["summary"]
    (tmp_path / "pairs.txt").write_text("2\t1\nNo_One\t1\t2\nNo_One\t1\tAnother\t1\n" * 2)
    assert "pairs" in refused("report", "--pictures", people, "--pairs", tmp_path / "pairs.txt")


def test_jitters_change_the_numbers_a_little_and_the_same_way_each_time(people, tmp_path):
    some = tmp_path / "some"
    for name in sorted(path.name for path in people.iterdir())[:2]:
        (some / name).mkdir(parents=True)
        for path in sorted((people / name).glob("*_000[12].jpg")):
            shutil.copy(path, some / name)

    def numbers(name, jitters):
        run("report", "--pictures", some, "--jitters", jitters, "--export-embeddings", tmp_path / f"{name}.npy", "--export-persons",
            tmp_path / f"{name}.csv", "--json", tmp_path / f"{name}.json")
        assert any(f"Jitters: {jitters}" in note for note in json.loads((tmp_path / f"{name}.json").read_text())["notes"])
        return np.load(tmp_path / f"{name}.npy")

    plain, one, three, again = numbers("a", 0), numbers("b", 1), numbers("c", 3), numbers("d", 3)
    assert np.array_equal(plain, one) and np.array_equal(three, again)
    assert 0.01 < np.linalg.norm(plain - three, axis=1).max() < 0.6


def test_utkface_gives_false_matches_by_group_and_lists_likely_duplicates(data, tmp_path):
    with open(data / "utkface/faces.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    some = [row for group in ("white", "black", "asian") for row in [row for row in rows if row["race"] == group][:25]]
    (tmp_path / "images").mkdir()
    for row in some:
        shutil.copy(data / "utkface/images" / row["image"], tmp_path / "images")
    shutil.copy(tmp_path / "images" / some[0]["image"], tmp_path / "images/twice.jpg")
    with open(tmp_path / "faces.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows([*some, {**some[0], "image": "twice.jpg"}])
    figures = report(tmp_path, "--pictures", tmp_path / "faces.csv", "--group-by", "race", "--common-fmr", "0.1")
    assert figures["verification"]["genuine_comparisons"] == 0
    assert figures["differentials"]["measured"] and len(figures["differentials"]["groups"]) == 3
    assert all(group["fmr"]["trials"] > 0 and group["fnmr"]["value"] is None for group in figures["differentials"]["groups"])
    first = figures["verification"]["most_similar_impostors"][0]
    assert {first["a"], first["b"]} == {some[0]["image"], "twice.jpg"} and first["score"] < 1e-3
    assert any("names no persons" in note for note in figures["notes"])


# ONNX models


def describe(folder, **changes):
    values = {"model": "model.onnx", "input": "{width: 64, height: 64, color: rgb, layout: nchw}", "alignment": "box", "box_scale": "1",
              "metric": "cosine"}
    values.update(changes)
    (folder / "model.yaml").write_text("".join(f"{name}: {value}\n" for name, value in values.items() if value is not None))
    return folder / "model.yaml"


@pytest.fixture
def placed(tmp_path):
    """Four pictures of 64 x 64 whose faces are said to fill them, of two persons; and their samples."""
    random = np.random.default_rng(3)
    samples = random.integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    with open(tmp_path / "t.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "person", "x", "y", "width", "height"])
        for number, sample in enumerate(samples):
            Image.fromarray(sample).save(tmp_path / f"{number}.png")
            table.writerow([f"{number}.png", "PQ"[number % 2], 0, 0, 64, 64])
    return tmp_path, samples


def embeddings_of(folder, *arguments):
    run("report", "--pictures", folder / "t.csv", *arguments, "--export-embeddings", folder / "e.npy", "--export-persons", folder / "p.csv",
        "--overwrite")
    return np.load(folder / "e.npy")


@pytest.mark.parametrize("color", ["rgb", "bgr"])
def test_an_onnx_model_is_fed_what_its_description_says(placed, color):
    folder, samples = placed
    (folder / "model.onnx").write_bytes(onnx_file.means_of_cells(64, 16))
    yaml = describe(folder, input="{width: 64, height: 64, color: %s, mean: [10, 20, 30], scale: [0.5, 1, 2]}" % color)
    found = embeddings_of(folder, "--onnx", yaml)
    channels = samples if color == "rgb" else samples[..., ::-1]
    fed = ((channels - np.array([10, 20, 30])) * np.array([0.5, 1, 2])).transpose(0, 3, 1, 2)
    wanted = fed.reshape(4, 3, 4, 16, 4, 16).mean((3, 5)).reshape(4, -1)
    assert np.abs(found - wanted).max() < 0.02 * np.abs(wanted).max()
    normal = embeddings_of(folder, "--onnx", describe(folder, normalise="true"))
    assert np.allclose(np.linalg.norm(normal, axis=1), 1, atol=1e-5)


def test_an_onnx_model_with_the_channels_last(placed):
    folder, samples = placed
    (folder / "model.onnx").write_bytes(onnx_file.model(
        [onnx_file.node("ReduceMean", ["picture"], ["row"], axes=[1, 2], keepdims=0)], {"picture": [1, 64, 64, 3]}, {"row": [1, 3]}))
    found = embeddings_of(folder, "--onnx", describe(folder, input="{width: 64, height: 64, color: rgb, layout: nhwc}", metric="euclidean"))
    assert np.abs(found - samples.mean((1, 2))).max() < 0.5


def test_eyes_come_to_lie_where_the_description_says(tmp_path):
    """The portrait's eyes, dark spots painted at the middles that the 5-point predictor finds, come to lie in the right cells."""
    pictures.scene().save(tmp_path / "a.png")
    pictures.scene().transpose(Image.FLIP_LEFT_RIGHT).save(tmp_path / "b.png")
    (tmp_path / "t.csv").write_text("file,person\na.png,P\nb.png,Q\n")
    (tmp_path / "model.onnx").write_bytes(onnx_file.means_of_cells(64, 4))

    def grey(eyes):
        yaml = describe(tmp_path, alignment="points", points="{left_eye: %s, right_eye: %s}" % eyes)
        return embeddings_of(tmp_path, "--onnx", yaml).reshape(2, 3, 16, 16).mean(1)

    near, lower = grey(("[20, 20]", "[44, 20]")), grey(("[20, 28]", "[44, 28]"))
    # Eight pixels lower are two cells: the same picture, moved.
    assert np.abs(near[:, :12] - lower[:, 2:14]).mean() < 2 < np.abs(near - lower).mean()


BAD_MODELS = {
    "no model at all": (lambda: b"not a model", "can't be used as an ONNX model"),
    "another size": (lambda: onnx_file.means_of_cells(32, 8), "takes an input of ? x 3 x 32 x 32, and the description says 1 x 3 x 64 x 64"),
    "a map instead of a row": (lambda: onnx_file.model([onnx_file.node("AveragePool", ["i"], ["o"], kernel_shape=[8, 8], strides=[8, 8])],
                                                       {"i": [1, 3, 64, 64]}, {"o": [1, 3, 8, 8]}), "an embedding is one row"),
    "two inputs": (lambda: onnx_file.model([onnx_file.node("Add", ["i", "j"], ["o"])], {"i": [1, 3, 64, 64], "j": [1, 3, 64, 64]},
                                           {"o": [1, 3, 64, 64]}), "has 2 inputs"),
    "two outputs": (lambda: onnx_file.model([onnx_file.node("Flatten", ["i"], ["o"], axis=1), onnx_file.node("Relu", ["o"], ["p"])],
                                            {"i": [1, 3, 64, 64]}, {"o": [1, 12288], "p": [1, 12288]}), "has 2 outputs"),
    "whole numbers": (lambda: onnx_file.model([onnx_file.node("Flatten", ["i"], ["o"], axis=1)], {"i": ([1, 3, 64, 64], 2)},
                                              {"o": ([1, 12288], 2)}), "only 32-bit floats are fed"),
}


@pytest.mark.parametrize("kind", BAD_MODELS)
def test_models_of_other_shapes_are_refused_in_a_sentence(placed, kind):
    folder, _ = placed
    make, said = BAD_MODELS[kind]
    (folder / "model.onnx").write_bytes(make())
    assert said in refused("report", "--pictures", folder / "t.csv", "--onnx", describe(folder))


def test_descriptions_that_lack_something_are_refused_in_a_sentence(placed):
    folder, _ = placed
    assert "the model is missing" in refused("report", "--pictures", folder / "t.csv", "--onnx", describe(folder))
    assert "must say model" in refused("report", "--pictures", folder / "t.csv", "--onnx", describe(folder, metric=None))
    assert "--jitters is for dlib" in refused("report", "--pictures", folder / "t.csv", "--onnx", describe(folder), "--jitters", "5")
    assert "none.yaml" in refused("report", "--pictures", folder / "t.csv", "--onnx", folder / "none.yaml")


def test_pictures_are_turned_as_exif_says(placed):
    folder, _ = placed
    (folder / "model.onnx").write_bytes(onnx_file.means_of_cells(64, 16))
    scene = pictures.scene().crop((100, 60, 260, 220)).resize((64, 64))
    with open(folder / "t.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "person", "x", "y", "width", "height"])
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x112] = orientation
            scene.save(folder / f"{orientation}.jpg", quality=98, subsampling=0, exif=exif)
            rows.writerow([f"{orientation}.jpg", "PQ"[orientation % 2], 0, 0, 64, 64])
    found = embeddings_of(folder, "--onnx", describe(folder))
    for orientation in range(1, 9):
        upright = np.asarray(ImageOps.exif_transpose(Image.open(folder / f"{orientation}.jpg")), float)
        wanted = upright.transpose(2, 0, 1).reshape(3, 4, 16, 4, 16).mean((2, 4)).reshape(-1)
        assert np.abs(found[orientation - 1] - wanted).max() < 3, orientation


# Bad input


def test_pictures_that_are_missing_or_broken_are_refused_or_left_out(placed):
    folder, _ = placed
    (folder / "model.onnx").write_bytes(onnx_file.means_of_cells(64, 16))
    yaml = describe(folder)
    with open(folder / "t.csv", "a") as file:
        file.write("gone.png,P,0,0,64,64\nbroken.jpg,Q,0,0,64,64\nempty.png,Q,0,0,64,64\n")
    said = refused("report", "--pictures", folder / "t.csv", "--onnx", yaml)
    assert "gone.png" in said and "--leave-out-bad" in said
    pictures.background(64, 64).save(folder / "gone.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    (folder / "empty.png").write_bytes(b"")
    said = refused("report", "--pictures", folder / "t.csv", "--onnx", yaml)
    assert "broken.jpg" in said or "empty.png" in said
    figures = report(folder, "--pictures", folder / "t.csv", "--onnx", yaml, "--leave-out-bad")
    assert [(left["what"], left["count"]) for left in figures["left_out"]] == [("a picture can't be read", 2)]
    assert figures["population"]["pictures"] == 5


@pytest.mark.parametrize("row, said", [
    ("0.png,P,0,0,64,64", "stands twice"), ("0.png,,0,0,64,64", "no person is named"), ("x.png,P,0,0,,64", "a face's place needs"),
    ("x.png,P,0,0,wide,64", "not a place: wide"), ("x.png,P", "has 2 fields")])
def test_tables_that_can_not_be_read_are_refused_in_a_sentence(placed, row, said):
    folder, _ = placed
    with open(folder / "t.csv", "a") as file:
        file.write(row + "\n")
    assert said in refused("report", "--pictures", folder / "t.csv")


def test_folders_and_models_that_are_not_there(tmp_path):
    assert "nowhere" in refused("report", "--pictures", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "holds no picture" in refused("report", "--pictures", tmp_path / "empty")
    pictures.background(80, 80).save(tmp_path / "empty/A_0001.png")
    assert "in none of 1 pictures is a face found" in refused("report", "--pictures", tmp_path / "empty")
    assert "scripts/setup --lineup-run" in refused("report", "--pictures", tmp_path / "empty", "--models", tmp_path)
    assert "is a folder, and groups need a CSV" in refused("report", "--pictures", tmp_path / "empty", "--group-by", "x")
    assert "--export-persons" in refused("report", "--pictures", tmp_path / "empty", "--export-embeddings", tmp_path / "e.npy")
    assert "required" in run("report", code=2).stderr


# Attack


@pytest.fixture(scope="module")
def attacked(people, tmp_path_factory):
    """Gallery and probes, and redactions of them: none at all, a black picture, the face under a flat box that covers it all."""
    folder = tmp_path_factory.mktemp("attacked")
    methods = {"none": lambda picture: None, "all black": lambda picture: picture.paste((0, 0, 0), (0, 0, *picture.size)),
               "box": lambda picture: ImageDraw.Draw(picture).rectangle((20, 20, 230, 230), fill=(128, 128, 128))}
    masks = []
    for path in sorted(people.rglob("*.jpg")):
        side = "gallery" if path.stem.endswith("_0001") else "probes"
        for name in ("clear", *methods):
            (folder / name / side / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / "clear" / side / path.parent.name)
        for name, method in methods.items():
            picture = Image.open(path)
            method(picture)
            picture.save(folder / name / side / path.parent.name / path.name, quality=95)
        masks.append([f"{side}/{path.parent.name}/{path.name}", 5, 5, 240, 240])
    with open(folder / "masks.csv", "w", newline="") as file:
        csv.writer(file).writerows([["file", "x", "y", "width", "height"], *masks])
    figures = attack(folder, *(f"{name}={folder / name}" for name in methods), more=("--control-masks", folder / "masks.csv", "--margin", "0.15"))
    return figures, folder


def attack(folder, *redacted, more=()):
    run("attack", "--gallery", folder / "clear/gallery", "--probes", folder / "clear/probes", *(word for one in redacted for word in ("--redacted", one)),
        *more, "--json", folder / "attack.json", "--html", folder / "attack.html", "--overwrite")
    return json.loads((folder / "attack.json").read_text())


def method(figures, name):
    return next(one for one in figures["methods"] if one["name"].startswith(name))


def test_an_attack_finds_people_where_nothing_is_redacted_and_nobody_in_black_pictures(attacked):
    figures, _ = attacked
    assert figures["persons"] == PEOPLE and 2.5 * PEOPLE < figures["probes"] <= 3 * PEOPLE
    for key in ("clear_gallery", "parrot"):
        clear, none = method(figures, "unredacted")["attacks"][key], method(figures, "none")["attacks"][key]
        assert clear["rank_1"]["value"] > 0.9 and clear["rank_1"]["above_chance"]
        assert abs(none["rank_1"]["value"] - clear["rank_1"]["value"]) < 0.05, "only coded once more"
        assert none["verdict"] == "much more" and not none["against_control"]["equivalent"]
        assert clear["rank_1"]["chance"] == pytest.approx(1 / PEOPLE) and clear["rank_10"]["chance"] == pytest.approx(10 / PEOPLE)
    black = method(figures, "all black")["attacks"]
    # Equal scores stand in random order: the chance itself.
    assert black["parrot"]["rank_1"]["value"] == pytest.approx(1 / PEOPLE) and black["parrot"]["rank_10"]["value"] == pytest.approx(10 / PEOPLE)
    assert not black["clear_gallery"]["rank_1"]["above_chance"]
    assert not method(figures, "none")["nothing_beyond_control"]


def test_the_verdict_is_a_test_of_equivalence_with_its_power(attacked):
    figures, _ = attacked
    assert figures["settings"]["margin"] == 0.15 and method(figures, "control")["control"]
    for one in figures["methods"][1:-1]:
        for attack_ in one["attacks"].values():
            test = attack_["against_control"]
            inside = -0.15 < test["low_90"] and test["high_90"] < 0.15
            assert test["equivalent"] == inside == (test["p"] < 0.05) == (attack_["verdict"] == "equivalent")
            assert test["difference"] == pytest.approx((test["low_90"] + test["high_90"]) / 2)
        assert one["nothing_beyond_control"] == all(attack_["verdict"] == "equivalent" for attack_ in one["attacks"].values())
    summary = " ".join(figures["summary"])
    assert "not significant" not in summary and "Blind guessing is right in" in summary and "Control:" in summary


def test_few_probes_show_no_equality(attacked):
    """The same pictures, with a margin too small for so few of them: undecided, not equal."""
    _, folder = attacked
    figures = attack(folder, f"black={folder / 'all black'}", more=("--control-masks", folder / "masks.csv", "--margin", "0.001"))
    test = method(figures, "black")["attacks"]["clear_gallery"]
    assert test["verdict"] != "equivalent" and test["against_control"]["power_if_equal"] < 0.1
    assert test["against_control"]["probes_for_power_80"] > figures["probes"]
    assert "no method" in " ".join(figures["summary"])


def test_the_control_hides_the_face_where_masks_do_not(attacked):
    _, folder = attacked
    figures = attack(folder, f"none={folder / 'none'}")
    control = method(figures, "control")["attacks"]
    assert figures["control_painted_by_place"] == figures["gallery_pictures"] + figures["probes"] and figures["control_painted_by_masks"] == 0
    assert control["clear_gallery"]["rank_1"]["value"] < 0.3 < method(figures, "none")["attacks"]["clear_gallery"]["rank_1"]["value"]


def test_a_page_of_an_attack_opens_and_says_what_the_figures_say(attacked):
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not browser:
        pytest.skip("needs Chromium")
    _, folder = attacked
    figures = json.loads((folder / "attack.json").read_text())
    ran = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}", "--dump-dom",
                          (folder / "attack.html").as_uri()], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.count("<svg") == 2 and "In short" in ran.stdout and "<script" not in ran.stdout
    for one in figures["methods"]:
        assert f"{100 * one['attacks']['parrot']['rank_1']['value']:.1f} %" in ran.stdout


def test_redacted_folders_that_do_not_fit(attacked, tmp_path):
    _, folder = attacked
    start = ("attack", "--gallery", folder / "clear/gallery", "--probes", folder / "clear/probes", "--redacted")
    assert "NAME=DIR" in refused(*start, folder / "none")
    assert "have the name a" in refused(*start, f"a={folder / 'none'}", "--redacted", f"a={folder / 'box'}")
    assert "a redacted picture is missing" in refused(*start, f"a={folder}")
    shutil.copytree(folder / "box", tmp_path / "box")
    names = sorted((tmp_path / "box/probes").rglob("*.jpg"))
    names[0].unlink()
    Image.open(names[1]).resize((125, 125)).save(names[1])
    names[2].write_bytes(b"broken")
    bad = (*start, f"a={tmp_path / 'box'}")
    assert str(names[0].name) in refused(*bad)
    run(*bad, "--leave-out-bad", "--json", tmp_path / "a.json")
    left = {one["what"]: one["count"] for one in json.loads((tmp_path / "a.json").read_text())["left_out"]}
    assert left.get("a redacted picture is missing") == 1 and left.get("a redacted picture has another size than its original") == 1
    assert left.get("a redacted picture can't be read") == 1
    assert "two people" in refused("attack", "--gallery", folder / "clear/gallery", "--probes", folder / "clear/probes", "--redacted",
                                   f"a={tmp_path}", "--leave-out-bad")


# The manual, the completion and the help speak of the same options.


@pytest.mark.parametrize("command", ["report", "attack"])
def test_the_manual_and_the_completion_have_every_option(command):
    if not shutil.which("mandoc"):
        pytest.skip("needs mandoc")
    text = run(command, "--help").stdout
    options = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", "\n".join(line.split("   ")[0] for line in text.splitlines() if line.startswith("  -"))))
    manual = ROOT / "docs/efface-lineup-run.1"
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", manual], capture_output=True, text=True, check=False)
    assert lint.stdout == "" and lint.returncode == 0
    shown = subprocess.run(["mandoc", "-T", "utf8", manual], check=True, capture_output=True, text=True).stdout
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", re.sub(".\b", "", shown).replace("‐", "-")))
    assert "--help" in options and options - {"--help"} <= named
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _efface_lineup_run; printf "%s\\n" "${COMPREPLY[@]}"'
    ran = subprocess.run(["bash", "-c", script, "bash", ROOT / "docs/efface-lineup-run.bash-completion", "efface-lineup-run", command, "-"],
                         check=True, capture_output=True, text=True)
    assert set(ran.stdout.split()) | {"--help"} == options
