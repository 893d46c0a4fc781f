"""Runs commands under the stopwatch (see stopwatch.py), and sums up what it says."""

import dataclasses
import json
import pathlib
import statistics
import tempfile

import redactors

STOPWATCH = pathlib.Path(__file__).resolve().parent / "stopwatch.py"


@dataclasses.dataclass
class Lap:
    """One run of one command. seconds: wall time of the process; cpu: processor time of its tree; peak: bytes of the largest
    process of its tree."""
    seconds: float
    cpu: float
    peak: int
    samples: list  # resident bytes, one every `period` seconds
    output: str


def lap(command, period=0.0, accepted=(0,)):
    """Runs the command once. Throws redactors.ToolError where its exit status isn't one of the accepted ones."""
    with tempfile.NamedTemporaryFile(suffix=".json") as result:
        output = redactors.run(["/usr/bin/python3", "-I", "-S", STOPWATCH, result.name, period, *command])
        told = json.loads(pathlib.Path(result.name).read_text(encoding="ascii"))
    if told["status"] not in accepted:
        raise redactors.ToolError(f"{command[0]} ended with status {told['status']}.")
    return Lap(told["seconds"], told["cpu"], told["peak"], told["samples"], output)


def summary(laps, photos, others=None):
    """Medians of some laps over `photos` photos each; with the peer's laps of the same turns also the ratio turn by turn."""
    seconds = [l.seconds for l in laps]
    result = {"seconds": seconds, "median_seconds": statistics.median(seconds),
              "photos_per_second": photos / statistics.median(seconds), "peak_bytes": max(l.peak for l in laps)}
    if others is not None:
        ratios = [other.seconds / own.seconds for own, other in zip(laps, others, strict=True)]
        result["ratio"] = {"median": statistics.median(ratios), "least": min(ratios), "largest": max(ratios)}
    return result
