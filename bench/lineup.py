"""Benchmark of efface-lineup: all pairs of embeddings, against NumPy's blocked matrix product and histogram.

Both read the same file, in turns in one run, and their figures must be equal: the number of impostor pairs, and the errors
at fixed thresholds. NumPy works in blocks, on all cores as its BLAS does: the plain way is the product of some rows
with all and np.histogram, which meets each pair twice; the short way is the same for one half of the pairs; the long way also
counts errors by person at two thresholds, as efface-lineup does. efface-lineup's time
is that of the whole report, with intervals and groups; searches (1:N) are left out. BENCH_OUT/lineup.json holds all figures.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINEUP = pathlib.Path(os.environ.get("EFFACE_LINEUP_BIN", ROOT / "build/bin/efface-lineup"))
THRESHOLDS = (0.1, 0.5)
BLOCK = 2048
BINS = 4096


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench lineup", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", metavar="N", type=int, default=20000, help="embeddings (default 20000; 100000 makes 5 billion pairs)")
    parser.add_argument("--dimensions", metavar="N", type=int, default=512, help="numbers in each (default 512)")
    parser.add_argument("--turns", metavar="N", type=int, default=3, help="runs of each, in turns (default 3)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=ROOT / "bench/out", help="where results go (default bench/out)")
    options = parser.parse_args()
    if min(options.pictures, options.dimensions, options.turns) < 1:
        parser.error("numbers are at least 1")
    return options


def make(folder, pictures, dimensions):
    """Embeddings of persons with five pictures each, in three groups."""
    random = np.random.default_rng(1)
    persons = -(-pictures // 5)
    person = np.repeat(np.arange(persons), 5)[:pictures]
    values = random.standard_normal((persons, dimensions), dtype=np.float32)[person]
    values += 0.9 * random.standard_normal((pictures, dimensions), dtype=np.float32)
    # As recognisers have it: what all faces share, so that impostor scores aren't all about 0.
    values += 0.35 * random.standard_normal(dimensions, dtype=np.float32)
    np.save(folder / "e.npy", values)
    with open(folder / "p.csv", "w", encoding="ascii") as file:
        file.write("person,group\n")
        file.writelines(f"{p},{'ABC'[p % 3]}\n" for p in person)
    np.save(folder / "person.npy", person)


def by_numpy_plainly(folder):
    """Some rows with all."""
    values = np.load(folder / "e.npy")
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    bins = np.zeros(BINS, np.int64)
    block = max(1, BLOCK * BLOCK // len(values))
    for i in range(0, len(values), block):
        bins += np.histogram(values[i:i + block] @ values.T, BINS, (-1, 1))[0]
    return {"pairs": int(bins.sum())}


def by_numpy(folder, long):
    """What a careful user of NumPy would write."""
    values = np.load(folder / "e.npy")
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    person = np.load(folder / "person.npy")
    bins = np.zeros(BINS, np.int64)
    errors = np.zeros((len(THRESHOLDS), len(values)), np.int64)
    for i in range(0, len(values), BLOCK):
        for j in range(i, len(values), BLOCK):
            scores = values[i:i + BLOCK] @ values[j:j + BLOCK].T
            if i == j:  # once, and without a picture with itself: scores beyond the range count nowhere
                scores[np.tril_indices(len(scores))] = -9
            bins += np.histogram(scores, BINS, (-1, 1))[0]
            for k, threshold in enumerate(THRESHOLDS if long else ()):
                wrong = scores >= np.float32(threshold)
                errors[k, i:i + BLOCK] += wrong.sum(1)
                errors[k, j:j + BLOCK] += wrong.sum(0)
    # Genuine pairs, which lie within five of the diagonal, are taken out again.
    genuine, wrong = 0, np.zeros(len(THRESHOLDS), np.int64)
    for step in range(1, 5):
        same = np.flatnonzero(person[:-step] == person[step:])
        scores = np.einsum("ij,ij->i", values[same], values[same + step])
        bins -= np.histogram(scores, BINS, (-1, 1))[0]
        genuine += len(same)
        wrong += [(scores >= np.float32(t)).sum() for t in THRESHOLDS]
    above = [int(bins[int((t + 1) / 2 * BINS + 0.5):].sum()) for t in THRESHOLDS]
    return {"impostors": int(bins.sum()), "genuine": genuine, "above": above,
            "errors": (errors.sum(1) // 2 - wrong).tolist() if long else None}


def timed(folder, command):
    """Wall time, processor time and peak memory of a command, and what it printed."""
    result = folder / "stopwatch.json"
    ran = subprocess.run([sys.executable, ROOT / "bench/stopwatch.py", result, "0", *map(str, command)], check=True, capture_output=True, text=True)
    measured = json.loads(result.read_text())
    assert measured["status"] == 0, ran.stderr
    return measured, ran.stdout


def main():
    if sys.argv[1:2] == ["--numpy"]:  # a process of its own, as efface-lineup is
        folder, how = pathlib.Path(sys.argv[2]), sys.argv[3]
        print(json.dumps(by_numpy_plainly(folder) if how == "plain" else by_numpy(folder, how == "long")))
        return
    options = arguments()
    commands = {"NumPy, rows with all, histogram": [sys.executable, __file__, "--numpy", "{}", "plain"],
                "NumPy, each pair once, histogram": [sys.executable, __file__, "--numpy", "{}", "short"],
                "NumPy, each pair once, histogram, errors by person": [sys.executable, __file__, "--numpy", "{}", "long"],
                "efface-lineup": [LINEUP, "report", "--embeddings", "{}/e.npy", "--persons", "{}/p.csv", "--metric", "cosine", "--searches", "1",
                                  "--overwrite", "--json", "{}/r.json"] + [x for t in THRESHOLDS for x in ("--threshold", str(t))]}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make(folder, options.pictures, options.dimensions)
        runs = {who: [] for who in commands}
        said = {}
        for _ in range(options.turns):
            for who, command in commands.items():
                measured, said[who] = timed(folder, [str(part).replace("{}", name) for part in command])
                runs[who].append(measured)
        report = json.loads((folder / "r.json").read_text())["verification"]
    fixed = [point["fmr"]["errors"] for point in report["operating_points"] if point["target"] is None]
    numpy = json.loads(said["NumPy, each pair once, histogram, errors by person"])
    assert (report["impostor_comparisons"], report["genuine_comparisons"]) == (numpy["impostors"], numpy["genuine"]), "other pairs"
    for ours, theirs in zip(fixed, numpy["errors"]):  # products are summed in another order: scores at the threshold itself may turn
        assert abs(ours - theirs) <= 2 + 1e-5 * theirs, f"{ours} errors, and {theirs} by NumPy"
    best = {who: min(run["seconds"] for run in many) for who, many in runs.items()}
    print(f"{options.pictures:,} embeddings of {options.dimensions}: {numpy['impostors'] + numpy['genuine']:,} pairs; best of {options.turns} turns\n")
    print("| | wall s | processor s | peak MiB | efface-lineup is faster by |\n| --- | --- | --- | --- | --- |")
    for who, many in runs.items():
        cpu, peak = min(run["cpu"] for run in many), max(run["peak"] for run in many)
        print(f"| {who} | {best[who]:.1f} | {cpu:.1f} | {peak / 2 ** 20:.0f} | {best[who] / best['efface-lineup']:.2f} |")
    print(f"\nErrors at {THRESHOLDS}: {fixed}, by NumPy {numpy['errors']}")
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "lineup.json").write_text(json.dumps({"pictures": options.pictures, "dimensions": options.dimensions, "runs": runs,
                                                         "errors": fixed, "numpy": numpy}, indent=1) + "\n")


if __name__ == "__main__":
    main()
