"""Benchmark of redaction against recognisers: can one still find people in pictures that efface and its peer redacted?

Needs efface-lineup-run (scripts/setup --lineup-run), which holds a recogniser. Of each person of a set like LFW one picture is the
gallery, all others are probes. Both are redacted with each fill of efface, and by the peer deface at its defaults; then
efface-lineup-run attack tries two attackers: dlib's ResNet, and one that has learnt nothing and compares the means of cells of the
face's surroundings (an ONNX model that is written here), which is good at parrot attacks. The control paints out the masks that
efface's records name. BENCH_OUT/attack.json holds all figures, attack-*.html the pages.
"""

import argparse
import csv
import json
import os
import pathlib
import shutil
import sys
import tempfile

import onnx_file
import redactors

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUN = pathlib.Path(os.environ.get("EFFACE_LINEUP_RUN_BIN", ROOT / "build-lineup-run/bin/efface-lineup-run"))
DATA = pathlib.Path(os.environ.get("EFFACE_TEST_DATA", ROOT / "../shared/data"))
FILLS = ("membrane", "solid", "pixelate", "blur")
SIDES = ("gallery", "probes")
# Means of cells: a square of four times the eyes' distance, in 24 x 24 cells.
CELLS = """name: means of 24 x 24 cells
model: cells.onnx
input: {width: 96, height: 96, color: rgb, layout: nchw, mean: 128, scale: 0.0078125}
alignment: points
points: {left_eye: [36, 40], right_eye: [60, 40]}
metric: cosine
"""


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench attack", description=__doc__.splitlines()[0])
    parser.add_argument("--table", metavar="CSV", type=pathlib.Path, default=DATA / "lfw/images.csv",
                        help="image, identity; pictures lie in images/ beside it (default: the evaluation data's LFW)")
    parser.add_argument("--people", metavar="N", type=int, help="the first N people alone")
    parser.add_argument("--margin", metavar="SHARE", default="0.02", help="of the test of equivalence, in rank 1 (default 0.02)")
    parser.add_argument("--no-peer", action="store_true", help="leave deface out")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=ROOT / "bench/out", help="where results go (default bench/out)")
    return parser.parse_args()


def split(table, people, folder):
    """Copies each person's first picture to gallery/ and the others to probes/; returns how many persons there are."""
    seen = []
    for side in SIDES:
        (folder / side).mkdir(parents=True)
    with open(table, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            side = SIDES[row["identity"] in seen]
            if side == SIDES[0]:
                if people and len(seen) == people:
                    continue
                seen.append(row["identity"])
            name = f"{row['identity']}_{len(list((folder / side).glob(row['identity'] + '_*'))) + 1:04}{pathlib.Path(row['image']).suffix}"
            shutil.copy(table.parent / "images" / row["image"], folder / side / name)
    return len(seen)


def by_efface(clear, folder, fill):
    redactors.run([redactors.EFFACE, "redact", clear, "-o", folder, "--fill", fill])


def by_peer(bin_folder, clear, folder, *options):
    """deface writes beside its inputs, under another name."""
    shutil.copytree(clear, folder)
    redactors.run([bin_folder / "deface", *options, *sorted(folder.rglob("*.jpg"))])
    for path in sorted(folder.rglob("*_anonymized.jpg")):
        path.rename(path.with_name(path.name.replace("_anonymized", "")))


def masks_of(folder, table):
    """Writes the masks that efface's records in a folder name; returns how many pictures have none."""
    bare = 0
    with open(table, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "x", "y", "width", "height"])
        for record in sorted(folder.rglob("*.efface.json")):
            masks = redactors.masks_of_record(json.loads(record.read_text()))
            bare += not masks
            name = record.relative_to(folder).as_posix().removesuffix(".efface.json")
            rows.writerows([name, *mask[:4]] for mask in masks)
    return bare


def percent(share):
    return f"{100 * share['value']:.1f} ({100 * share['low']:.1f} to {100 * share['high']:.1f})"


def table(figures):
    """A table for the README."""
    lines = ["| pictures | clear gallery: rank 1, % | rank 10, % | found at FPIR 1 %, % | redacted alike: rank 1, % | rank 10, % | found at FPIR 1 %, % | beyond the control |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for method in figures["methods"]:
        cells = [percent(method["attacks"][key][what]) for key in ("clear_gallery", "parrot") for what in ("rank_1", "rank_10", "tpir_at_fpir_0.01")]
        words = ""
        if "nothing_beyond_control" in method:
            words = "nothing: equivalent" if method["nothing_beyond_control"] else ", ".join(
                f"{name} {attack['verdict']} ({100 * attack['against_control']['difference']:+.1f} points, {100 * attack['against_control']['low_90']:+.1f} "
                f"to {100 * attack['against_control']['high_90']:+.1f})"
                for name, attack in (("clear:", method["attacks"]["clear_gallery"]), ("alike:", method["attacks"]["parrot"])) if attack["verdict"] != "equivalent")
        lines.append(f"| {method['name']} | {' | '.join(cells)} | {words} |")
    chance = figures["methods"][0]["attacks"]["parrot"]
    by_chance = [f"{100 * chance[what]['chance']:.2g}" for what in ("rank_1", "rank_10", "tpir_at_fpir_0.01")]
    lines.append(f"| chance | {' | '.join(2 * by_chance)} | |")
    powers = [attack["against_control"]["power_if_equal"] for method in figures["methods"] for attack in method["attacks"].values() if "against_control" in attack]
    lines.append(f"\n{figures['probes']:,} probes of {figures['persons_sought']} people, {figures['persons']} people in the gallery; margin "
                 f"{100 * figures['settings']['margin']:g} points, power {100 * min(powers):.1f} % and more; recogniser: {figures['recogniser']['name']}.")
    return "\n".join(lines)


def main():
    options = arguments()
    if not RUN.exists():
        sys.exit(f"bench attack: {RUN} isn't built, since it holds a recogniser: scripts/setup --lineup-run builds it")
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            people = split(options.table, options.people, folder / "clear")
            print(f"{people} people; redacting ...", file=sys.stderr)
            methods = {}
            for fill in FILLS:
                methods[fill] = folder / fill
                by_efface(folder / "clear", methods[fill], fill)
            bare = masks_of(folder / FILLS[0], folder / "masks.csv")
            if not options.no_peer:
                bin_folder = redactors.peer(options.out)
                for title, more in (("deface (its blur)", ()), ("deface, solid", ("--replacewith", "solid"))):
                    methods[title] = folder / title
                    by_peer(bin_folder, folder / "clear", methods[title], *more)
            (folder / "cells.onnx").write_bytes(onnx_file.means_of_cells(96, 4))
            (folder / "cells.yaml").write_text(CELLS)
            results = {"pictures_without_a_mask": bare}
            for attacker, more in (("dlib", ()), ("cells", ("--onnx", folder / "cells.yaml"))):
                print(f"attacking: {attacker} ...", file=sys.stderr)
                redactors.run([RUN, "attack", "--gallery", folder / "clear/gallery", "--probes", folder / "clear/probes", "--control-masks",
                               folder / "masks.csv", "--margin", options.margin, *(word for title, where in methods.items() for word in
                                                                                  ("--redacted", f"{title}={where}")),
                               *more, "--overwrite", "--json", options.out / f"attack-{attacker}.json", "--html", options.out / f"attack-{attacker}.html"])
                results[attacker] = json.loads((options.out / f"attack-{attacker}.json").read_text())
        except (OSError, redactors.ToolError) as error:
            sys.exit(f"bench attack: {error}")
    (options.out / "attack.json").write_text(json.dumps(results, indent=1) + "\n")
    text = "\n\n".join(table(results[attacker]) for attacker in ("dlib", "cells"))
    (options.out / "attack.md").write_text(text + "\n")
    print(f"{text}\n\n{bare} pictures in which efface found no face.")


if __name__ == "__main__":
    main()
