"""Benchmarks of clips: quality on a labelled set, cost against a plain transcode and the peer, memory. Called by scripts/bench.

Tables go to standard output; BENCH_OUT/clips.json holds all figures and every exposure, clips.md the tables, and plots stand
beside them. A run replaces the sections that it measured and leaves the others, each with its own date and machine.
"""

import argparse
import pathlib
import sys

import clips_labels
import clips_memory
import clips_plots
import clips_quality
import clips_speed
import clips_tables
import redactors
import report
from quality import EFFORTS

ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench clips", description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, default=ROOT / "../shared/data/moving",
                        help="labelled set: NAME.mp4 and NAME.csv (default ../shared/data/moving beside the project)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=ROOT / "bench/out",
                        help="where results and the peer go (default bench/out)")
    parser.add_argument("--effort", nargs="+", choices=EFFORTS, default=list(EFFORTS), help="efforts to measure (default all)")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--quality-only", action="store_true", help="leave cost out")
    only.add_argument("--speed-only", action="store_true", help="leave quality out")
    only.add_argument("--memory", action="store_true", help="only: peak memory of 2 and of 20 minutes of 1080p")
    parser.add_argument("--turns", metavar="N", type=int, default=clips_speed.TURNS,
                        help=f"turns of the cost, a clip each (default {clips_speed.TURNS})")
    parser.add_argument("--no-peer", action="store_true", help="leave deface out, which takes minutes a clip")
    options = parser.parse_args()
    if options.turns < 1:
        parser.error("a number of turns is at least 1")
    return options


def measure(options, clips):
    """The sections that the options ask for, one after another: (name, figures)."""
    if options.memory:
        yield "memory", clips_memory.run(clips, "balanced" if "balanced" in options.effort else options.effort[0])
        return
    if not options.speed_only:
        yield "quality", clips_quality.run(clips, options.effort, options.out, not options.no_peer)
    if not options.quality_only:
        yield "speed", clips_speed.run(clips, options.effort, options.out, options.turns, not options.no_peer)


def plot(section, figures, out):
    if section == "quality":
        clips_plots.trade_off(figures, out / "clips-against-over-redaction.png")
        clips_plots.by_kind(figures, out / "clips-never-exposed-by-kind.png")
    elif section == "speed":
        clips_plots.cost(figures, out / "clips-cost.png")


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        clips = clips_labels.read(options.data)
        print(f"{redactors.efface_version()}\non {report.machine()}\n")
        for section, figures in measure(options, clips):
            for table in clips_tables.tables(section, figures):
                print(table.text())
            report.keep(options.out, "clips", section, figures, options.data, clips_tables.SECTIONS)
            plot(section, figures, options.out)
    except (clips_labels.LabelError, redactors.ToolError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(f"Written to {options.out}: clips.json, clips.md and plots.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
