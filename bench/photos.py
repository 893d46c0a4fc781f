"""Benchmarks of photos: quality on a labelled set, speed and memory against the peer. Called by scripts/bench.

Tables go to standard output; BENCH_OUT/photos.json holds all figures, photos.md the tables, and two plots stand beside them.
A run replaces the sections that it measured and leaves the others, each with its own date and machine.
"""

import argparse
import pathlib
import sys

import labels
import memory
import plots
import quality
import redactors
import report
import speed
import tables

ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench photos", description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, default=ROOT / "../shared/data/wider",
                        help="labelled set: images/ and faces.csv (default ../shared/data/wider beside the project)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=ROOT / "bench/out",
                        help="where results and the peer go (default bench/out)")
    parser.add_argument("--effort", nargs="+", choices=quality.EFFORTS, default=list(quality.EFFORTS), help="efforts to measure (default all)")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--quality-only", action="store_true", help="leave speed out")
    only.add_argument("--speed-only", action="store_true", help="leave quality out")
    only.add_argument("--memory", metavar="N", type=int, nargs="?", const=10000,
                      help="only: peak memory over N photos of N sizes in one process (default 10000), balanced")
    only.add_argument("--huge", action="store_true", help="only: 100-megapixel JPEG, PNG and TIFF")
    parser.add_argument("--photos", metavar="N", type=int, default=speed.MANY,
                        help=f"photos of the long speed run (default {speed.MANY})")
    options = parser.parse_args()
    if options.photos < 1 or (options.memory is not None and options.memory < 1):
        parser.error("a number of photos is at least 1")
    return options


def measure(options, photos):
    """The sections that the options ask for, one after another: (name, figures)."""
    images = options.data / "images"
    if options.memory is not None:
        effort = "balanced" if "balanced" in options.effort else options.effort[0]
        yield "memory", memory.run_many(photos, effort, options.memory)
        return
    if options.huge:
        yield "huge", memory.run_huge(photos, options.effort)
        return
    if not options.speed_only:
        yield "quality", quality.run(photos, images, options.effort, options.out)
    if not options.quality_only:
        yield "speed", speed.run(photos, options.effort, options.out, options.photos)


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        photos = labels.read(options.data)
        print(f"{redactors.efface_version()}\non {report.machine()}\n")
        for section, figures in measure(options, photos):
            for table in tables.tables(section, figures):
                print(table.text())
            report.keep(options.out, "photos", section, figures, options.data, tables.SECTIONS)
            if section == "quality":
                plots.by_group(figures, options.out / "recall-by-group.png")
                plots.trade_off(figures, options.out / "recall-against-over-redaction.png")
    except (labels.LabelError, redactors.ToolError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(f"Written to {options.out}: photos.json, photos.md and, of quality, two plots.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
