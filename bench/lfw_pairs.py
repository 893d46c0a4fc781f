"""Writes pairs in the form of LFW's pairs.txt for a part of LFW: ten folds that share no person, as many pairs of one person as the
smallest fold has (at most 300), and as many of two people.

    bench/lfw_pairs.py images.csv > pairs.txt        # columns image (NAME_0001.jpg) and identity
"""

import csv
import itertools
import random
import sys

FOLDS = 10


def pairs(table):
    """Lines of the file. The same ones each time."""
    pictures = {}
    with open(table, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            pictures.setdefault(row["identity"], []).append(int(row["image"].rsplit("_", 1)[1].split(".")[0]))
    draw = random.Random(1)
    names = sorted(pictures)
    draw.shuffle(names)
    folds = [names[number::FOLDS] for number in range(FOLDS)]
    same = [[(name, *two) for name in fold for two in itertools.combinations(pictures[name], 2)] for fold in folds]
    each = min(300, *map(len, same))
    yield FOLDS, each
    for fold, candidates in zip(folds, same):
        yield from draw.sample(candidates, each)
        different = set()
        while len(different) < each:
            a, b = draw.sample(fold, 2)
            different.add((a, draw.choice(pictures[a]), b, draw.choice(pictures[b])))
        yield from sorted(different)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: bench/lfw_pairs.py images.csv > pairs.txt")
    for line in pairs(sys.argv[1]):
        print(*line, sep="\t")
