"""Benchmark of efface-lineup: all pairs of embeddings, against NumPy's blocked matrix product and histogram.

Both read the same file, in turns in one run. The peer is the plain way: blocks of rows times all rows, and np.histogram; it meets
each pair twice, and counts nothing else. Three more lines are fairer than one has to be: the same with the AVX-512 kernels of its
BLAS, which it doesn't choose on every processor that has them; each pair once; and errors by person at two thresholds too, as
efface-lineup counts them. efface-lineup's time is that of the whole report, with intervals and groups; searches (1:N) are left out.

Figures must be equal: pairs, errors at thresholds, and the histogram, against NumPy in double precision. A score that rounding
alone can carry over a threshold or an edge (within 1e-6) may stand on either side; how many there are is counted, and no more may
differ. BENCH_OUT/lineup.json holds all figures.
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
BARS = 128  # of the histogram in a report
ROUNDING = 1e-6


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench lineup", description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", metavar="N", type=int, default=40000, help="embeddings (default 40000; 100000 makes 5 billion pairs)")
    parser.add_argument("--dimensions", metavar="N", type=int, default=512, help="numbers in each (default 512)")
    parser.add_argument("--turns", metavar="N", type=int, default=3, help="runs of each, in turns (default 3)")
    parser.add_argument("--memory", action="store_true", help="efface-lineup alone, 100,000 embeddings, and its peak memory")
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


def blocks(values):
    """Scores of each pair once, block by block, with their places."""
    for i in range(0, len(values), BLOCK):
        for j in range(i, len(values), BLOCK):
            scores = values[i:i + BLOCK] @ values[j:j + BLOCK].T
            if i == j:  # a picture with itself, and pairs that come again: beyond the range
                scores[np.tril_indices(len(scores))] = -9
            yield i, j, scores


def by_numpy(folder, long):
    """Each pair once."""
    values = np.load(folder / "e.npy")
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    bins = np.zeros(BINS, np.int64)
    errors = np.zeros((len(THRESHOLDS), len(values)), np.int64)
    for i, j, scores in blocks(values):
        bins += np.histogram(scores, BINS, (-1, 1))[0]
        for k, threshold in enumerate(THRESHOLDS if long else ()):
            wrong = scores >= np.float32(threshold)
            errors[k, i:i + BLOCK] += wrong.sum(1)
            errors[k, j:j + BLOCK] += wrong.sum(0)
    return {"pairs": int(bins.sum())}


def check(folder, report):
    """The report's figures against double precision; returns what was compared."""
    values = np.load(folder / "e.npy").astype(float)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    person = np.load(folder / "person.npy")
    edges = np.linspace(-1, 1, BARS + 1)[1:-1]
    cuts = np.concatenate([np.float32(THRESHOLDS), edges])
    above, near, genuine, pairs = np.zeros(len(cuts), np.int64), np.zeros(len(cuts), np.int64), 0, 0
    for i, j, scores in blocks(values):
        same = person[i:i + BLOCK, None] == person[None, j:j + BLOCK]
        genuine += int((same & (scores > -9)).sum())
        impostor = np.sort(scores[~same & (scores > -9)])
        pairs += len(impostor)
        above += len(impostor) - np.searchsorted(impostor, cuts)
        near += np.searchsorted(impostor, cuts + ROUNDING) - np.searchsorted(impostor, cuts - ROUNDING)
    assert (report["impostor_comparisons"], report["genuine_comparisons"]) == (pairs, genuine), "other pairs"
    ours = [point["fmr"]["errors"] for point in report["operating_points"] if point["target"] is None]
    ours += list(np.cumsum(report["histograms"]["impostor"][::-1])[::-1][1:])
    differences = np.abs(np.array(ours) - above)
    assert (differences <= near).all(), f"{differences.max()} scores stand elsewhere; rounding explains {near[differences.argmax()]}"
    return {"pairs": pairs, "genuine": genuine, "errors": above[:len(THRESHOLDS)].tolist(), "errors_of_lineup": ours[:len(THRESHOLDS)],
            "cuts": len(cuts), "cuts_that_are_equal": int((differences == 0).sum()), "most_that_differ": int(differences.max())}


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
    options.out.mkdir(parents=True, exist_ok=True)
    numpy = [sys.executable, __file__, "--numpy", "{}"]
    lineup = [LINEUP, "report", "--embeddings", "{}/e.npy", "--persons", "{}/p.csv", "--metric", "cosine", "--searches", "1", "--overwrite",
              "--json", "{}/r.json"] + [x for t in THRESHOLDS for x in ("--threshold", str(t))]
    commands = {"efface-lineup": lineup}
    if options.memory:
        options.pictures, options.turns = 100000, 1
    else:
        commands = {"NumPy: product, histogram": [*numpy, "plain"], "NumPy, each pair once": [*numpy, "short"],
                    "NumPy, each pair once, errors by person": [*numpy, "long"], **commands}
        if "avx512f" in pathlib.Path("/proc/cpuinfo").read_text():
            commands["NumPy: product by AVX-512 kernels, histogram"] = ["env", "OPENBLAS_CORETYPE=SkylakeX", *numpy, "plain"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make(folder, options.pictures, options.dimensions)
        runs = {who: [] for who in commands}
        for _ in range(options.turns):
            for who, command in commands.items():
                runs[who].append(timed(folder, [str(part).replace("{}", name) for part in command])[0])
        checked = {} if options.memory else check(folder, json.loads((folder / "r.json").read_text())["verification"])
    pairs = options.pictures * (options.pictures - 1) // 2
    print(f"{options.pictures:,} embeddings of {options.dimensions}: {pairs:,} pairs; {options.turns} turns\n")
    print("| | wall s, best (all) | processor s | peak MiB | efface-lineup is faster by, in each turn |\n| --- | --- | --- | --- | --- |")
    for who, many in runs.items():
        walls = [run["seconds"] for run in many]
        faster = [theirs / ours["seconds"] for theirs, ours in zip(walls, runs["efface-lineup"])]
        print(f"| {who} | {min(walls):.2f} ({', '.join(f'{w:.2f}' for w in walls)}) | {min(run['cpu'] for run in many):.1f} "
              f"| {max(run['peak'] for run in many) / 2 ** 20:.0f} | {', '.join(f'{f:.2f}' for f in faster)} |")
    if checked:
        print(f"\nErrors at {THRESHOLDS}: {checked['errors_of_lineup']}; in double precision {checked['errors']}. Of {checked['cuts']} thresholds and edges "
              f"{checked['cuts_that_are_equal']} have equal counts; at the others at most {checked['most_that_differ']} scores lie on the other side, all within rounding.")
    (options.out / "lineup.json").write_text(json.dumps({"pictures": options.pictures, "dimensions": options.dimensions, "runs": runs,
                                                         "checked": checked}, indent=1) + "\n")


if __name__ == "__main__":
    main()
