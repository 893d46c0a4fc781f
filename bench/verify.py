"""Benchmark of efface verify: false alarms on right results, and faces left bare that it finds. Called by scripts/bench.

Photos of a labelled set are used as they are (JPEG) and turned into the other formats; clips as they are. JPEGs are redacted with each
fill, others with one that keeps nothing, one that keeps traces, and the lowest quality where they are encoded anew, and verified against
their originals: every mask, page or face that fails is a false alarm. Then each is rendered from a record whose faces are all set to
redact = false, and verified against the record of the right rendering: every mask with detail under it should fail.
BENCH_OUT/verify.json holds all figures, verify.md the tables.
"""

import argparse
import json
import pathlib
import re
import shutil
import sys
import tempfile

from PIL import Image

import redactors
import report
from tables import Table

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLIPS = ("carphone_176x144.mp4", "portrait_d0.mp4", "signing_640x480.mkv", "speaker_mpeg4.mp4", "two_heads_turning.gif")
FILLS = ("membrane", "solid", "pixelate", "blur")
LIMITS = ("membrane", "pixelate")  # a fill that keeps nothing and one that keeps traces: masks fail at other shares of bare cells
COUNTED = {"masks": "bare", "outside": "changed", "faces": "faces"}  # checks whose places are counted
RECORD = ".efface.json"
EFFORT = ["--effort", "fast"]


def by_pillow(**options):
    return lambda photo, path: Image.open(photo).convert("RGB").save(path, **options)

# Kind: ending of the photos (None: clips), whether it is encoded anew with loss, how it is made, the tool that makes it.
KINDS = {
    "JPEG": (".jpg", False, shutil.copyfile, None),
    "PNG": (".png", False, by_pillow(compress_level=1), None),
    "TIFF": (".tif", False, by_pillow(), None),
    "WebP, lossless": (".webp", False, by_pillow(lossless=True, quality=0, method=0), None),
    "WebP, lossy": (".webp", True, by_pillow(quality=85), None),
    "HEIC": (".heic", True, lambda photo, path: redactors.run(["heif-enc", "-q", "80", photo, "-o", path]), "heif-enc"),
    "AVIF": (".avif", True, lambda photo, path: redactors.run(["avifenc", "-s", "9", "--min", "10", "--max", "20", photo, path]), "avifenc"),
    "clips": (None, True, shutil.copyfile, None),
}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench verify", description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, default=ROOT / "../shared/data/wider",
                        help="labelled set: JPEG files below images/ (default ../shared/data/wider beside the project)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=ROOT / "bench/out", help="where results go (default bench/out)")
    parser.add_argument("--photos", metavar="N", type=int, default=30, help="photos, taken evenly from the set (default 30)")
    parser.add_argument("--clips", metavar="FILE", type=pathlib.Path, nargs="*", default=[ROOT / "../shared/data/video" / name for name in CLIPS],
                        help="clips that hold a face (default five of ../shared/data/video)")
    options = parser.parse_args()
    return options if options.photos > 0 else parser.error("--photos is at least 1")


def cases(kind, lossy):
    """{name: options of redact} of one kind of file."""
    return {fill: ["--fill", fill] for fill in (FILLS if kind == "JPEG" else LIMITS)} | ({"membrane, --quality 1": ["--quality", "1"]} if lossy else {})


def masks_in(record):
    return sum(len(face["masks"]) for face in record["faces"] if face["redact"])


def records(folder):
    """{name of the result: its record} of the results in a folder."""
    return {p.name.removesuffix(RECORD): json.loads(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("*" + RECORD))}


def verified(results, originals):
    """Figures of some results, by what verify says of each."""
    told = records(results)
    command = [redactors.EFFACE, "verify", *(results / name for name in told), "--against", originals, "--json", *EFFORT]
    return summed(redactors.json_lines(redactors.run(command, accepted=(0, 1))), told.values())


def summed(lines, told):
    """lines: what verify --json said of results; told: their records. plain: masks over an area without detail."""
    for line in lines:
        if line["result"] == "error":
            raise redactors.ToolError(f"verify could not read {line['output']}.")
    sums = {"files": len(lines), "pages": sum(r["input"]["frames"] for r in told), "masks": sum(map(masks_in, told)), "plain": 0,
            "bare": 0, "changed": 0, "faces": 0, "others": [], "psnr": None, "cell": None}
    for line in lines:
        for check in line["checks"]:
            if check["result"] == "fail" and check["check"] in COUNTED:
                sums[COUNTED[check["check"]]] += check["all_places"]
            elif check["result"] == "fail":
                sums["others"].append(f"{pathlib.Path(line['output']).name}: {check['check']}")
            if plain := re.search(r"; under (\d+) of them it has no detail", check["sentence"]):
                sums["plain"] += int(plain[1])
            if decibels := re.search(r": ([\d.]+) dB.*?, ([\d.]+) at the worst place", check["sentence"]):
                for key, value in zip(("psnr", "cell"), map(float, decibels.groups())):
                    sums[key] = value if sums[key] is None else min(sums[key], value)
    return sums


def leave_bare(originals, right, bare):
    """Renders what has masks anew with all its faces left visible."""
    edited = bare.parent / "edited.json"
    for name, record in records(right).items():
        if masks_in(record):
            edited.write_text(json.dumps(record | {"faces": [f | {"redact": False} for f in record["faces"]]}), encoding="utf-8")
            redactors.run([redactors.EFFACE, "redact", originals / name, "--record", edited, "-o", bare, "--no-record", "--quiet"])


def measure(originals, scratch, tried):
    """Figures of one kind of file: ({case: summed()} of right results, the same of bare ones). tried: cases()."""
    right, found, bare = {}, {}, scratch / "bare"
    for fill, options in tried.items():
        results = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        redactors.run([redactors.EFFACE, "redact", originals, "-o", results, "--quiet", *EFFORT, *options])
        right[fill] = verified(results, originals)
        if fill in LIMITS:
            if not bare.exists():
                leave_bare(originals, results, bare)
            for path in [p for p in bare.iterdir() if not p.name.endswith(RECORD)]:
                shutil.copyfile(results / (path.name + RECORD), bare / (path.name + RECORD))
            found[fill] = verified(bare, originals) | {"plain": right[fill]["plain"]}
    return right, found


def run(photos, clips):
    """Figures: {"photos", "clips", "right": {kind: {case: summed()}}, "bare": the same}."""
    figures = {"photos": len(photos), "clips": [c.name for c in clips], "right": {}, "bare": {}}
    for kind, (ending, lossy, make, tool) in KINDS.items():
        if tool and not shutil.which(tool) or not (photos if ending else clips):
            continue
        print(f"{kind} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="efface-bench-") as scratch:
            originals = pathlib.Path(scratch) / "originals"
            originals.mkdir()
            for path in photos if ending else clips:
                make(path, originals / (path.stem + ending if ending else path.name))
            figures["right"][kind], figures["bare"][kind] = measure(originals, pathlib.Path(scratch), cases(kind, lossy))
    return figures


def tables(figures):
    def rows(part, cells):
        return [[f"{kind}; {fill}", *cells(s)] for kind, fills in figures[part].items() for fill, s in fills.items()]
    def right(s):
        return [f"{s['masks']:,}", str(s["bare"]), f"{s['pages']:,}", str(s["changed"]), str(s["faces"]), str(len(s["others"])),
                *("equal" if s[key] is None else f"{s[key]:.1f} dB" for key in ("psnr", "cell"))]
    def bare(s):
        return [f"{s['masks'] - s['plain']:,}", f"{s['bare']:,}", f"{s['faces']:,}"]
    yield Table(f"Right results that verify blames: {figures['photos']} photos of each kind, {len(figures['clips'])} clips",
                ["", "masks", "called bare", "pages or frames", "called changed", "faces under masks", "other checks failed", "least PSNR",
                 "in its worst place"], rows("right", right), [f"Clips: {', '.join(figures['clips'])}. PSNR: outside of the masks."])
    yield Table("Faces left bare that verify finds, by the fill that the record names",
                ["", "masks with detail under them", "found by masks", "found by faces"], rows("bare", bare))


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        photos = sorted(p for p in (options.data / "images").rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
        if not photos:
            raise redactors.ToolError(f"{options.data}/images holds no JPEG files.")
        print(f"{redactors.efface_version()}\non {report.machine()}\n")
        figures = run(photos[:: len(photos) // options.photos or 1][: options.photos], options.clips)
    except (redactors.ToolError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    for table in tables(figures):
        print(table.text())
    report.keep(options.out, "verify", "verify", figures, options.data, {"verify": lambda f: list(tables(f))})
    print(f"Written to {options.out}: verify.json, verify.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
