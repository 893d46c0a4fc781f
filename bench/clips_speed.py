"""Cost of clips, in turns in one run: efface redact at each effort, a plain transcode by the ffmpeg command with the same
decoder, encoder and settings, and deface at its defaults.

A turn takes one clip of 1920 x 1080 or more with faces in its frames, the next turn the next clip and the other way round.
Each program runs in a new process, on a file that was read beforehand. Ratios are taken within a turn. deface, which takes
minutes, runs once a clip: as its package comes, with OpenCV, and with onnxruntime, which it takes where a user installed it too.
"""

import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile

import redactors
import timing
from quality import PEER
from speed import busy, say

TRANSCODE = "transcode"
TURNS = 6
LEAST_PIXELS = 1920 * 1080
LEAST_SHARE = 0.95  # of the frames have a labelled face
PRESET, CRF, THREADS = "veryfast", 18, 4  # what efface redact does to H.264 by default (docs/clips.md)
PEERS = {PEER: "opencv", f"{PEER} with onnxruntime": "onnxrt"}


def chosen(clips):
    """The clips to time, the kinds in turns."""
    fit = [c for c in clips if c.width * c.height >= LEAST_PIXELS and len(set(c.frame)) >= LEAST_SHARE * c.frames]
    if not fit:
        raise redactors.ToolError("the set has no clip of 1920 x 1080 with faces in its frames, which speed is measured on.")
    rank = {c.name: sum(o.kind == c.kind and o.name < c.name for o in fit) for c in fit}
    return sorted(fit, key=lambda c: (rank[c.name], c.kind))


class Efface:
    """efface redact with its defaults: record and all."""

    def __init__(self, effort):
        self.effort = effort

    def __call__(self, clip, folder):
        return timing.lap([redactors.EFFACE, "redact", clip, "-o", folder, "--quiet", "--effort", self.effort])


def transcode(clip, folder):
    """Decodes and encodes, and copies the sound."""
    return timing.lap(["ffmpeg", "-nostdin", "-v", "error", "-threads", THREADS, "-i", clip, "-map", "0:v", "-map", "0:a?",
                       "-c:v", "libx264", "-preset", PRESET, "-crf", CRF, "-threads", THREADS, "-pix_fmt", "yuv420p",
                       "-vsync", "passthrough", "-c:a", "copy", folder / clip.name])


class Peer:
    def __init__(self, out, backend):
        self.command = [redactors.peer(out) / "deface", "--backend", backend]

    def __call__(self, clip, folder):
        return timing.lap([*self.command, clip, "-o", folder / clip.name])


def encoder_options(path):
    """What x264 wrote into a file about itself: {option: value}; {} where it wrote nothing, or it was taken out, as Efface does."""
    head = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-map", "0:v:0", "-c", "copy", "-frames:v", "1",
                           "-f", "h264", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    found = re.search(rb"x264 - core[ -~]*?options: ([ -~]*)", head)
    return dict(part.partition("=")[::2] for part in found.group(1).decode("ascii").split()) if found else {}


def stage_times(told):
    """Of a JSON line of efface redact --json --timings: {stage: [wall, processor]} in seconds, "all" last."""
    times = told.get("timings", {})
    stages = {name: [one["wall"], one["cpu"]] for name, one in times.get("stages", {}).items()}
    return {**stages, "all": [times["wall"], times["cpu"]]} if times else {}


def timings(clip, efforts, scratch):
    return {effort: stage_times(redactors.json_lines(redactors.run(
        [redactors.EFFACE, "redact", clip, "-o", scratch / f"timings-{effort}", "--timings", "--json", "--effort", effort]))[0])
        for effort in efforts}


def ratio(laps, others):
    """Time of laps / time of others, turn by turn where both ran: median, least, largest."""
    ratios = [laps[turn].seconds / others[turn].seconds for turn in laps if turn in others]
    return {"median": statistics.median(ratios), "least": min(ratios), "largest": max(ratios)} if ratios else None


def figures(laps, frames):
    """laps: {tool: {turn: Lap}}; frames: of each turn's clip."""
    result = {}
    for name, own in laps.items():
        if not own:
            continue
        result[name] = {
            "seconds": {turn: lap.seconds for turn, lap in own.items()}, "cpu_seconds": {t: lap.cpu for t, lap in own.items()},
            "frames_per_second": statistics.median(frames[t] / lap.seconds for t, lap in own.items()),
            "peak_bytes": max(lap.peak for lap in own.values()),
            "to_transcode": ratio(own, laps[TRANSCODE]) if name != TRANSCODE else None,
            "peers_to_it": {p: ratio(laps[p], own) for p in PEERS if name not in PEERS and laps.get(p)}}
    return result


def run(clips, efforts, out, turns, peer):
    """Figures of `turns` turns over the clips that chosen() gives."""
    clips = chosen(clips)
    with tempfile.TemporaryDirectory(prefix="efface-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        busy_before = busy()
        tools = {TRANSCODE: transcode, **{e: Efface(e) for e in efforts}}
        if peer:
            tools.update({name: Peer(out, backend) for name, backend in PEERS.items()})
        say("Speed: stages of one clip, which also fills efface's model cache ...")
        stages = timings(clips[0].path, efforts, scratch)
        laps, encoders = {name: {} for name in tools}, {}
        for turn in range(turns):
            clip = clips[turn % len(clips)]
            say(f"Speed: turn {turn + 1} of {turns}, {clip.name} ...")
            clip.path.read_bytes()
            for name in (reversed(tools) if turn % 2 else tools):
                if name in PEERS and turn >= len(clips):
                    continue
                folder = scratch / "results"
                folder.mkdir()
                laps[name][turn] = tools[name](clip.path, folder)
                encoders.setdefault(name, encoder_options(folder / clip.path.name))
                shutil.rmtree(folder)
        different = {name: {o: [own.get(o), encoders[TRANSCODE].get(o)] for o in {*own, *encoders[TRANSCODE]}
                            if own.get(o) != encoders[TRANSCODE].get(o)} for name, own in encoders.items() if name in efforts and own}
        order = [clips[t % len(clips)] for t in range(turns)]
        return {"busy_before": busy_before, "clips": [c.name for c in order],
                "faces_a_frame": [len(c.frame) / c.frames for c in order], "encoders": encoders, "encoder_differences": different,
                "timings": stages, "tools": figures(laps, [c.frames for c in order])}
