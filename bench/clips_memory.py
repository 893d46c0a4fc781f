"""Peak memory of efface redact over clips of 2 and 20 minutes: the same 1080p clip, played again and again, with about 10 faces
in each frame."""

import pathlib
import sys
import tempfile

import clips_speed
import redactors
import timing

MINUTES = (2, 20)


def looped(clip, minutes, target):
    """The clip repeated without encoding, at least that long."""
    redactors.run(["ffmpeg", "-nostdin", "-v", "error", "-stream_loop", round(minutes * 60 / clip.seconds) - 1, "-i", clip.path,
                   "-map", "0:v", "-map", "0:a?", "-c", "copy", target])


def run(clips, effort):
    """Of each length: seconds, peak memory, resident memory at every tenth of the time."""
    clip = min(clips_speed.chosen(clips), key=lambda c: abs(len(c.frame) / c.frames - 10))
    result = {"clip": clip.name, "effort": effort, "faces_a_frame": len(clip.frame) / clip.frames, "minutes": {}}
    for minutes in MINUTES:
        with tempfile.TemporaryDirectory(prefix="efface-bench-") as scratch:
            scratch = pathlib.Path(scratch)
            path = scratch / f"{minutes}-minutes.mp4"
            looped(clip, minutes, path)
            print(f"Memory: {minutes} minutes of {clip.name} ...", file=sys.stderr, flush=True)
            lap = timing.lap([redactors.EFFACE, "redact", path, "-o", scratch / "results", "--quiet", "--effort", effort], period=1)
            last = len(lap.samples) - 1
            result["minutes"][minutes] = {
                "bytes": path.stat().st_size, "seconds": lap.seconds, "peak_bytes": lap.peak,
                "resident_by_tenths": [lap.samples[last * n // 10] for n in range(11)] if last > 0 else []}
    return result
