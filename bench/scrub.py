"""Benchmark of efface scrub against exiftool -all=, in turns in the same run. Called by scripts/bench.

Photos of a labelled set are copied until there are enough, and each is given EXIF with a position, an owner, a thumbnail, XMP and
a comment, so that there is something to remove. A turn runs, on these files: efface scrub on all, with its defaults (record and
all, synced to the disk); exiftool once on all; exiftool started for each file, on a sample, whose time is scaled to all.
BENCH_OUT/scrub.json holds all figures, scrub.md the table.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

import redactors
import report
import timing
from tables import Table

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXIFTOOL = "exiftool"
REMOVE = [EXIFTOOL, "-q", "-all=", "-o"]
TURNS = 5


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench scrub", description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, default=ROOT / "../shared/data/wider",
                        help="labelled set: JPEG files below images/ (default ../shared/data/wider beside the project)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=ROOT / "bench/out", help="where results go (default bench/out)")
    parser.add_argument("--photos", metavar="N", type=int, default=1000, help="photos (default 1000)")
    parser.add_argument("--sample", metavar="N", type=int, default=100, help="of them, those that exiftool is started for (default 100)")
    parser.add_argument("--turns", metavar="N", type=int, default=TURNS, help=f"turns (default {TURNS})")
    options = parser.parse_args()
    if not 1 <= options.sample <= options.photos or options.turns < 1:
        parser.error("--photos is at least 1, --sample 1 to --photos, --turns at least 1")
    return options


def make(photos, folder, count):
    """A folder of `count` photos that carry metadata."""
    folder.mkdir()
    for index in range(count):
        shutil.copyfile(photos[index % len(photos)], folder / f"{index:05d}.jpg")
    thumbnail = folder.parent / "thumbnail.jpg"
    redactors.run(["/usr/bin/python3", "-c", "import sys; from PIL import Image; i = Image.open(sys.argv[1]); i.thumbnail((160, 160)); "
                   "i.convert('RGB').save(sys.argv[2])", photos[0], thumbnail])
    redactors.run([EXIFTOOL, "-q", "-overwrite_original", "-GPSLatitude=42.3875", "-GPSLatitudeRef=N", "-GPSLongitude=71.0995",
                   "-GPSLongitudeRef=W", "-Artist=A. Person", "-Make=Maker", "-Model=Model", "-SerialNumber=12345",
                   "-DateTimeOriginal=2026:07:14 12:34:56", "-XMP:Title=A title", "-Comment=A comment", f"-ThumbnailImage<={thumbnail}", folder])
    return folder


def start_each(files, results):
    """exiftool started for each file, one after another, by a shell that does nothing else."""
    script = 'out=$1; shift; for file; do exiftool -q -all= -o "$out/" "$file" || exit 1; done'
    return timing.lap(["sh", "-c", script, "sh", results, *files])


def turn(folder, place, sample, backwards):
    """One lap of each, to a folder of its own below `place`: {name: seconds for all files}. Nothing is removed meanwhile, since ext4 looks
    for room for new files longer while others were removed just now."""
    files = sorted(folder.iterdir())
    tools = {
        "efface": lambda: timing.lap([redactors.EFFACE, "scrub", folder, "-o", place / "efface", "--quiet"]).seconds,
        "exiftool, one run": lambda: timing.lap([*REMOVE, f"{place / 'exiftool, one run'}/", folder]).seconds,
        "exiftool, started for each": lambda: start_each(files[:: len(files) // sample][:sample], place / "exiftool, started for each").seconds / sample * len(files),
    }
    seconds = {}
    for name in reversed(tools) if backwards else tools:
        (place / name).mkdir(parents=True)
        seconds[name] = tools[name]()
        wanted = sample if "each" in name else len(files)
        written = sum(1 for p in (place / name).iterdir() if p.suffix == ".jpg")
        if written != wanted:
            raise redactors.ToolError(f"{name} wrote {written} of {wanted} files.")
    return seconds


def run(photos, count, sample, turns):
    """Figures: {"count", "sample", "bytes", "turns": [{name: seconds for all files}]}."""
    with tempfile.TemporaryDirectory(prefix="efface-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        print(f"Making {count} photos that carry metadata ...", file=sys.stderr)
        folder = make(photos, scratch / "photos", count)
        for path in folder.iterdir():
            path.read_bytes()  # into the page cache
        laps = []
        for number in range(turns):
            laps.append(turn(folder, scratch / f"turn-{number}", sample, number % 2 == 1))
            print(f"Turn {number + 1} of {turns}: " + ", ".join(f"{n} {s:.1f} s" for n, s in laps[-1].items()), file=sys.stderr)
        return {"count": count, "sample": sample, "bytes": sum(p.stat().st_size for p in folder.iterdir()), "turns": laps}


def table(figures):
    turns = figures["turns"]
    rows = []
    for name in ("efface", "exiftool, one run", "exiftool, started for each"):
        seconds = sorted(t[name] for t in turns)
        ratios = sorted(t[name] / t["efface"] for t in turns)
        middle = len(turns) // 2
        rows.append([name, f"{figures['count'] / seconds[middle]:,.0f}", "1" if name == "efface" else
                     f"{ratios[middle]:.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})"])
    return Table(f"Hidden copies and metadata taken out of {figures['count']:,} JPEGs of {figures['bytes'] / figures['count'] / 1000:.0f} kB",
                 ["", "files a second", "efface is faster, times"], rows,
                 [f"Median of {len(turns)} turns (ratios: least to largest). Started for each: measured on {figures['sample']} of the files, scaled."])


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        photos = sorted(p for p in (options.data / "images").rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
        if not photos:
            raise redactors.ToolError(f"{options.data}/images holds no JPEG files.")
        print(f"{redactors.efface_version()}\nexiftool {redactors.run([EXIFTOOL, '-ver']).strip()}\non {report.machine()}\n")
        figures = run(photos, options.photos, options.sample, options.turns)
    except redactors.ToolError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(table(figures).text())
    report.keep(options.out, "scrub", "scrub", figures, options.data, {"scrub": lambda f: [table(f)]})
    print(f"Written to {options.out}: scrub.json, scrub.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
