"""The statistics of efface-lineup once more, by NumPy and brute force, and data to try them on."""
import csv

import numpy as np


def people(persons=60, pictures=5, dimensions=24, groups=3, seed=3, noise=0.9):
    """Embeddings with persons and groups; one group is more alike than the others."""
    random = np.random.default_rng(seed)
    group = random.integers(0, groups, persons)
    centre = random.standard_normal((persons, dimensions)) + np.where(group[:, None] == 1, 0.6, 0) * random.standard_normal(dimensions)
    person = np.repeat(np.arange(persons), pictures)
    values = centre[person] + noise * random.standard_normal((persons * pictures, dimensions))
    return values.astype(np.float32), person, group[person]


def write_table(path, person, group=None, failed=(), ids=True):
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow((["id"] if ids else []) + ["person"] + (["group"] if group is not None else []) + ["status"])
        for i, p in enumerate(person):
            rows.writerow(([f"picture {i}"] if ids else []) + [f"person {p}"] + (["ABCDEFG"[group[i]]] if group is not None else [])
                          + ["failed" if i in failed else "ok"])


def similarities(values, metric):
    if metric == "cosine":
        unit = values / np.linalg.norm(values.astype(float), axis=1, keepdims=True)
        return unit @ unit.T
    x = values.astype(float)
    return -np.sqrt(np.maximum(0, ((x[:, None] - x[None]) ** 2).sum(2)))


def pairs(scores, person):
    """(impostor scores, genuine scores, i, j of impostors)."""
    i, j = np.triu_indices(len(person), 1)
    same = person[i] == person[j]
    return scores[i[~same], j[~same]], scores[i[same], j[same]], i[~same], j[~same]


def two_sided_bootstrap(errors, person, i, j, replicates=1500, seed=5):
    """95 % interval of the share of impostor pairs that err: persons drawn anew with replacement, on both sides; a person
    drawn twice makes no impostor pair with itself."""
    random = np.random.default_rng(seed)
    count = person.max() + 1
    wrong = np.zeros((count, count))
    trials = np.zeros((count, count))
    np.add.at(wrong, (person[i], person[j]), errors)
    np.add.at(trials, (person[i], person[j]), 1)
    values = []
    for _ in range(replicates):
        weight = random.multinomial(count, np.full(count, 1 / count)).astype(float)
        values.append((weight @ wrong @ weight) / (weight @ trials @ weight))
    return np.quantile(values, (0.025, 0.975))


def gini(rates):
    x = np.asarray(rates)
    n = len(x)
    return n / (n - 1) * np.abs(x[:, None] - x[None]).sum() / (2 * n ** 2 * x.mean())
