"""efface-lineup against an independent implementation, and against bad input."""
import csv
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess

import numpy as np
import pytest

import browser
import lineup_reference as reference
from command import ROOT, check_no_crash, check_sentence

LINEUP = pathlib.Path(os.environ.get("EFFACE_LINEUP_BIN", ROOT / "build/bin/efface-lineup")).absolute()


def run(*arguments, code=0):
    ran = subprocess.run([LINEUP, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    check_no_crash(ran.returncode, ran.stderr)
    assert ran.returncode == code, f"exit code {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran


def report(folder, *arguments):
    run("report", *arguments, "--json", folder / "report.json", "--html", folder / "report.html", "--overwrite")
    return json.loads((folder / "report.json").read_text())


@pytest.fixture(scope="module", params=["cosine", "euclidean"])
def measured(request, tmp_path_factory):
    """A report of embeddings, and what it was made of."""
    folder = tmp_path_factory.mktemp(request.param)
    values, person, group = reference.people()
    failed = set(range(0, len(person), 41))
    np.save(folder / "e.npy", values)
    reference.write_table(folder / "p.csv", person, group, failed)
    figures = report(folder, "--embeddings", folder / "e.npy", "--persons", folder / "p.csv", "--metric", request.param,
                     "--threshold", "0.5" if request.param == "cosine" else "6", "--common-fmr", "0.01")
    kept = np.array([i for i in range(len(person)) if i not in failed])
    return figures, values[kept], person[kept], group[kept], request.param, (person, failed), folder


def test_rates_thresholds_and_groups_are_those_of_numpy(measured):
    figures, values, person, group, metric, (everyone, failed), _ = measured
    scores = reference.similarities(values, metric)
    impostor, genuine, i, j = reference.pairs(scores, person)
    part = figures["verification"]
    assert (part["impostor_comparisons"], part["genuine_comparisons"]) == (len(impostor), len(genuine))
    assert part["failure_to_acquire"]["errors"] == len(failed)
    _, all_genuine, _, _ = reference.pairs(np.zeros((len(everyone), len(everyone))), everyone)
    assert part["failed_genuine_comparisons"] == len(all_genuine) - len(genuine)
    descending = np.sort(impostor)[::-1]
    sign = 1 if metric == "cosine" else -1
    reached = 0
    for point in part["operating_points"]:
        target = point["target"]
        if target is not None and target * len(impostor) < 30:
            assert not point["reachable"] and "30 errors" in point["why"]
            continue
        reached += 1
        threshold = sign * point["threshold"]
        if target is not None:
            errors = int(target * len(impostor) + 1e-9)
            assert descending[errors] - 2e-6 <= threshold <= descending[errors - 1] + 2e-6
            assert point["fmr"]["errors"] == errors
        assert abs(point["fmr"]["errors"] - (impostor >= threshold).sum()) <= 1  # rounding at the threshold itself
        assert abs(point["fnmr"]["errors"] - (genuine < threshold).sum()) <= 1
        assert point["fnmr_with_failures"]["errors"] == point["fnmr"]["errors"] + part["failed_genuine_comparisons"]
        assert point["fnmr_with_failures"]["trials"] == len(all_genuine)
        assert point["fmr_with_failures"]["trials"] == len(impostor) + part["failed_impostor_comparisons"]
    assert reached >= 4
    thresholds = np.sort(genuine)
    gaps = [(abs((impostor >= t).mean() - (genuine < t).mean()), ((impostor >= t).mean() + (genuine < t).mean()) / 2) for t in thresholds]
    assert part["equal_error_rate"]["value"] == pytest.approx(min(gaps)[1], abs=2 / len(genuine))

    groups = figures["differentials"]
    threshold = sign * groups["threshold"]
    fmr, fnmr = [], []
    for g, entry in enumerate(groups["groups"]):
        assert entry["name"] == "ABC"[g] and entry["persons"] == len(set(person[group == g])) and entry["pictures"] == (group == g).sum()
        within = (group[i] == g) & (group[j] == g)
        assert entry["fmr"]["trials"] == within.sum()
        assert abs(entry["fmr"]["errors"] - (impostor[within] >= threshold).sum()) <= 1
        fmr.append(entry["fmr"]["value"])
        fnmr.append(entry["fnmr"]["value"])
        assert entry["fmr_simultaneous"][0] < entry["fmr"]["value"] < entry["fmr_simultaneous"][1]
    for pair in groups["pairs"]:
        a, b = "ABC".index(pair["a"]), "ABC".index(pair["b"])
        between = ((group[i] == a) & (group[j] == b)) | ((group[i] == b) & (group[j] == a))
        assert pair["fmr"]["trials"] == between.sum()
        assert abs(pair["fmr"]["errors"] - (impostor[between] >= threshold).sum()) <= 1
    summary = groups["summary"]
    assert summary["fmr_max_over_min"]["value"] == pytest.approx(max(fmr) / min(fmr))
    assert summary["fmr_max_over_geometric_mean"]["value"] == pytest.approx(max(fmr) / np.exp(np.log(fmr).mean()))
    assert summary["garbe"]["value"] == pytest.approx((reference.gini(fmr) + reference.gini(fnmr)) / 2)
    assert summary["fairness_discrepancy_rate"]["value"] == pytest.approx(1 - (np.ptp(fmr) + np.ptp(fnmr)) / 2)
    assert summary["inequity_rate"]["value"] == pytest.approx(np.sqrt(max(fmr) / min(fmr) * max(fnmr) / min(fnmr)))


def test_intervals_are_those_of_drawing_persons_on_both_sides(measured):
    """The width is between 0.6 and 1.15 of the brute force one, which counts the chance of single pairs once too often."""
    figures, values, person, _, metric, _, _ = measured
    impostor, _, i, j = reference.pairs(reference.similarities(values, metric), person)
    for point in figures["verification"]["operating_points"][:2]:
        threshold = point["threshold"] * (1 if metric == "cosine" else -1)
        low, high = reference.two_sided_bootstrap(impostor >= threshold, person, i, j)
        width = (point["fmr"]["high"] - point["fmr"]["low"]) / (high - low)
        assert 0.6 < width < 1.15, (point["target"], width)
        pair_width = 2 * 1.96 * np.sqrt(point["fmr"]["value"] / len(impostor))
        assert point["fmr"]["high"] - point["fmr"]["low"] > 1.5 * pair_width, "as narrow as if pairs were independent"


def test_searches_in_sub_galleries(measured):
    """At the largest gallery everyone is in: closed set rank-k once more by brute force; FPIR grows with the gallery."""
    figures, values, person, _, metric, _, _ = measured
    part = figures["identification"]
    scores = reference.similarities(values, metric)
    first = np.array([np.flatnonzero(person == p)[0] for p in sorted(set(person))])
    last = part["galleries"][-1]
    assert last["gallery"] == len(first)
    ranks = []
    for probe in np.setdiff1d(np.arange(len(person)), first):
        against = scores[probe, first]
        mate = against[person[first] == person[probe]][0]
        ranks.append((against[person[first] != person[probe]] >= mate).sum())
    for entry in last["ranks"]:
        assert entry["identified"]["value"] == pytest.approx((np.array(ranks) < entry["rank"]).mean(), abs=1e-3)
    open_set = [row for row in part["galleries"] if row["thresholds"][0]["fpir"]["trials"]]
    rates = [row["thresholds"][0]["fpir"]["value"] for row in open_set]
    assert len(rates) >= 3 and rates == sorted(rates) and rates[-1] > rates[0]
    threshold = last["thresholds"][0]["threshold"] * (1 if metric == "cosine" else -1)
    # the mean over draws of FPIR in galleries of 10: brute force with draws of its own
    random = np.random.default_rng(2)
    hits, trials = 0, 0
    for _ in range(60):
        chosen = random.permutation(len(first))[:10]
        outside = ~np.isin(person, person[first[chosen]])
        hits += (scores[np.ix_(outside, first[chosen])] >= threshold).any(1).sum()
        trials += outside.sum()
    at_ten = part["galleries"][0]
    assert at_ten["gallery"] == 10
    assert at_ten["thresholds"][0]["fpir"]["value"] == pytest.approx(hits / trials, rel=0.35)


class Checker(html.parser.HTMLParser):
    """Tags close in order, and nothing is fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.plots = [], "", 0

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            assert name not in ("src", "href", "xlink:href"), f"{tag} {name}={value}"
        assert tag not in ("script", "link", "img", "iframe")
        self.plots += tag == "svg"
        if tag not in ("meta", "rect", "circle", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data


def test_the_page_is_whole_and_says_what_the_figures_say(measured):
    figures, *_, folder = measured
    text = (folder / "report.html").read_text()
    page = Checker()
    page.feed(text)
    assert page.open == [] and page.plots == 5
    assert "nan" not in page.text.lower().split() and "@media print" in text and "url(" not in text
    for sentence in figures["summary"]:
        assert sentence in page.text
    for point in figures["verification"]["operating_points"]:
        if point["reachable"]:
            assert f"{point['fmr']['value']:.4g}" in page.text and f"{point['fnmr']['value']:.4g}" in page.text


@pytest.mark.parametrize("viewport", [browser.DESKTOP, browser.PHONE], ids=["desktop", "phone"])
def test_the_page_opens_in_a_browser(measured, viewport):
    with browser.page(viewport) as opened:
        page = opened.open(measured[-1] / "report.html")
        assert page.locator("svg").count() == 5 and page.get_by_text("In short").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it must not scroll sideways"
        assert opened.errors == [] and opened.foreign == []
        assert opened.axe() == []
        page.emulate_media(media="print")
        assert page.locator("svg").first.is_visible()


def test_scores_and_embeddings_give_the_same_figures(measured, tmp_path):
    """The same comparisons as a score file: the same errors."""
    figures, values, person, group, metric, _, _ = measured
    scores = reference.similarities(values, metric)
    sign = 1 if metric == "cosine" else -1
    with open(tmp_path / "s.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["score", "id_a", "id_b", "same", "group_a", "group_b", "more"])
        for i, j in zip(*np.triu_indices(len(person), 1)):
            rows.writerow([f"{sign * scores[i, j]:.9g}", i, j, int(person[i] == person[j]), "ABC"[group[i]], "ABC"[group[j]], ""])
    again = report(tmp_path, "--scores", tmp_path / "s.csv", "--higher-is-same" if sign > 0 else "--distance", "--common-fmr", "0.01")
    assert again["population"]["persons"] == figures["population"]["persons"]
    for one, other in zip(figures["verification"]["operating_points"], again["verification"]["operating_points"]):
        if one["target"] and one["reachable"]:
            assert one["fmr"]["errors"] == other["fmr"]["errors"]
            assert abs(one["fnmr"]["errors"] - other["fnmr"]["errors"]) <= 1
    for one, other in zip(figures["differentials"]["pairs"], again["differentials"]["pairs"]):
        assert one["fmr"]["trials"] == other["fmr"]["trials"]
        assert abs(one["fmr"]["errors"] - other["fmr"]["errors"]) <= 1


def test_npz_and_csv_in_another_order_give_the_same(tmp_path):
    values, person, group = reference.people(persons=30, pictures=3)
    reference.write_table(tmp_path / "p.csv", person, group)
    order = np.random.default_rng(1).permutation(len(person))
    np.save(tmp_path / "e.npy", np.asfortranarray(values.astype(np.float64)))
    np.savez_compressed(tmp_path / "e.npz", embeddings=values[order], ids=np.array([f"picture {i}" for i in order]))
    with open(tmp_path / "e.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id"] + [f"e{k}" for k in range(values.shape[1])])
        for i in order:
            rows.writerow([f"picture {i}"] + [repr(float(v)) for v in values[i]])
    found = [report(tmp_path, "--embeddings", tmp_path / f"e.{kind}", "--persons", tmp_path / "p.csv", "--metric", "cosine", "--name", "x")
             for kind in ("npy", "npz", "csv")]
    for part in ("population", "verification", "identification", "differentials"):
        assert found[0][part] == found[1][part] == found[2][part], part


def write(path, *rows):
    path.write_text("\n".join(rows) + "\n")
    return path


HEAD = "id_a,id_b,score,same"


@pytest.mark.parametrize("rows, said", [
    ([HEAD], "holds no comparison"),
    (["id_a,id_b,same", "a,b,0"], "no column score"),
    ([HEAD, "a,b,nan,0", "a,c,1,0"], "line 2: a score is not a finite number"),
    ([HEAD, "a,b,x,0"], "line 2: the score is not a number"),
    ([HEAD, "a,b,1,maybe"], "same is 1 or 0"),
    ([HEAD, "a,b,1,1", "b,c,1,1"], "is of one person"),
    ([HEAD, "a,b,1,1", "a,b,1,0", "c,d,1,0"], "other rows say otherwise"),
    ([HEAD, "a,b,1,1", "c,c,1,1", "a,c,1,0"], "person_a and person_b"),
    ([HEAD, "a,b,1,1", "a,b,2,1", "a,c,1,0"], "with another score"),
    ([HEAD + ",group_a", "a,b,1,1,x"], "and not the other"),
    ([HEAD + ",group_a,group_b", "a,b,1,1,x,y", "a,c,1,0,x,x"], "is in two groups"),
    ([HEAD, "a,b,1"], "line 2: has 3 fields"),
])
def test_bad_scores_are_refused_in_a_sentence(tmp_path, rows, said):
    ran = run("report", "--scores", write(tmp_path / "s.csv", *rows), "--higher-is-same", code=1)
    assert said in ran.stderr
    check_sentence(ran.stderr.strip())


def test_what_is_left_out_is_counted(tmp_path):
    path = write(tmp_path / "s.csv", HEAD + ",person_a,person_b", "a1,a2,0.9,1,a,a", "b1,b2,0.8,1,b,b", "a1,b1,0.1,0,a,b",
                 "b1,a1,0.1,0,b,a", "a2,b2,nan,0,a,b", "a1,a1,1,1,a,a", "a2,b1,,0,a,b")
    figures = report(tmp_path, "--scores", path, "--higher-is-same", "--leave-out-bad", "--threshold", "0.5")
    assert {entry["what"]: entry["count"] for entry in figures["left_out"]} == {
        "a pair of pictures that stands in the file again": 1, "a score is not a finite number": 1, "a picture compared with itself": 1}
    part = figures["verification"]
    assert (part["impostor_comparisons"], part["failed_impostor_comparisons"], part["genuine_comparisons"]) == (1, 1, 2)
    point = part["operating_points"][-1]
    assert point["fmr"]["errors"] == 0 and point["fmr"]["bound_if_none"] and point["fmr_with_failures"]["trials"] == 2
    page = (tmp_path / "report.html").read_text()
    assert "Left out of the input" in page and "a picture compared with itself" in page
    assert figures["differentials"]["why"] and figures["identification"]["why"]


def test_the_direction_must_be_said(tmp_path):
    path = write(tmp_path / "s.csv", HEAD, "a,b,1,1", "a,c,0,0")
    for arguments in ((), ("--distance", "--higher-is-same")):
        assert "--higher-is-same, or --distance" in run("report", "--scores", path, *arguments, code=1).stderr


def embeddings(folder, values, person, **table):
    np.save(folder / "e.npy", values)
    reference.write_table(folder / "p.csv", person, **table)
    return "report", "--embeddings", folder / "e.npy", "--persons", folder / "p.csv", "--metric", "cosine"


def test_bad_embeddings_are_refused_in_a_sentence(tmp_path):
    values, person, group = reference.people(persons=6, pictures=2)
    broken = values.copy()
    broken[3, 1] = np.nan
    cases = [(embeddings(tmp_path, broken, person), "picture 3")]
    for arguments, said in cases:
        ran = run(*arguments, code=1)
        assert said in ran.stderr
        check_sentence(ran.stderr.strip())
    assert "Left out: an embedding holds a value that is not a finite number (1;" in run(*cases[0][0], "--leave-out-bad").stdout
    for change, said in (((values[:-1], person), "must be as many"), ((values[:2], person[:2]), "of 1 person"),
                         ((values.astype(np.int32), person), "<i4"), ((values[0], person), "two dimensions")):
        ran = run(*embeddings(tmp_path, *change), code=1)
        assert said in ran.stderr
        check_sentence(ran.stderr.strip())
    one = report(tmp_path, *embeddings(tmp_path, values, person, group=np.zeros_like(group))[1:])
    assert "one group only" in one["differentials"]["why"]
    lonely = report(tmp_path, *embeddings(tmp_path, values, np.arange(len(person)), group=group)[1:])
    assert lonely["verification"]["genuine_comparisons"] == 0
    np.savez(tmp_path / "e.npz", embeddings=values, ids=np.array([f"picture {i + 1}" for i in range(len(person))]))
    reference.write_table(tmp_path / "p.csv", person)
    ran = run("report", "--embeddings", tmp_path / "e.npz", "--persons", tmp_path / "p.csv", "--metric", "cosine", code=1)
    assert "has no embedding" in ran.stderr
    left = report(tmp_path, "--embeddings", tmp_path / "e.npz", "--persons", tmp_path / "p.csv", "--metric", "cosine", "--leave-out-bad")
    assert sum(entry["count"] for entry in left["left_out"]) == 2


def test_odds_from_figures_and_from_a_report(measured):
    *_, folder = measured
    claimed = json.loads(run("odds", "--fmr", "1e-5", "--gallery", "500000", "--fnir", "0.1", "--prior", "0.2", "--json").stdout)
    fpir = 1 - (1 - 1e-5) ** 500000
    assert claimed["fpir"] == pytest.approx(fpir) and claimed["innocents_per_search"] == pytest.approx(5)
    wrong = 0.8 * fpir + 0.2 * 0.1 * (1 - (1 - 1e-5) ** 499999)
    assert claimed["wrong_share_of_hits"] == pytest.approx(wrong / (wrong + 0.18))
    said = run("odds", "--fmr", "1e-5", "--gallery", "500000").stdout
    assert "99.326 % of the searches" in said and "assumes that comparisons err independently" in said
    arguments = ("odds", "--report", folder / "report.json", "--fmr", "0.01", "--prior", "0.5")
    inside = json.loads(run(*arguments, "--gallery", "20", "--json").stdout)
    assert inside["fpir_is_measured"] and 0 < inside["fpir"] < 1
    assert "outside" in run(*arguments, "--gallery", "100000", code=1).stderr
    assert "EXTRAPOLATED" in run(*arguments, "--gallery", "100000", "--extrapolate").stdout
    assert run("odds", "--fmr", "2", "--gallery", "10", code=1).stderr.startswith("efface-lineup: ")


def test_two_reports_on_the_same_persons_are_compared_in_pairs(tmp_path):
    values, person, group = reference.people(persons=80)
    reference.write_table(tmp_path / "p.csv", person, group)
    worse = values + np.random.default_rng(9).normal(0, 0.6, values.shape).astype(np.float32)
    for name, numbers in (("a", values), ("b", worse)):
        np.save(tmp_path / f"{name}.npy", numbers)
        run("report", "--embeddings", tmp_path / f"{name}.npy", "--persons", tmp_path / "p.csv", "--metric", "cosine", "--json", tmp_path / f"{name}.json")
    ran = run("report", "--compare", tmp_path / "a.json", tmp_path / "b.json", "--json", tmp_path / "c.json", "--html", tmp_path / "c.html")
    compared = json.loads((tmp_path / "c.json").read_text())
    assert compared["same_persons"] and "the second misses more persons" in ran.stdout
    row = compared["rows"][1]
    assert row["low"] < row["fnmr_b_minus_a"] < row["high"]
    alone = np.hypot(*(row[f"fnmr_{x}"]["high"] - row[f"fnmr_{x}"]["low"] for x in "ab"))
    assert row["high"] - row["low"] < 0.9 * alone, "pairs give narrower intervals than two samples"
    page = Checker()
    page.feed((tmp_path / "c.html").read_text())
    assert page.open == []
    assert "is there already" in run("report", "--compare", tmp_path / "a.json", tmp_path / "b.json", "--json", tmp_path / "c.json", code=1).stderr
    write(tmp_path / "d.json", "{}")
    assert "not a report" in run("report", "--compare", tmp_path / "a.json", tmp_path / "d.json", code=1).stderr


def test_the_manual_names_every_option():
    manual = (ROOT / "docs/efface-lineup.1").read_text()
    for command in ("report", "odds"):
        for option in set(re.findall(r"(--[a-z][a-z-]*)", run(command, "--help").stdout)) - {"--help"}:
            assert f"Fl -{option[2:]}" in manual, option
    if shutil.which("mandoc"):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", ROOT / "docs/efface-lineup.1"], capture_output=True, text=True, check=False)
        assert lint.stdout == "" and lint.returncode == 0
