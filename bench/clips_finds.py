"""What efface and its peer would hide in each frame of a clip, as arrays: columns frame, x, y, width, height, is rectangle."""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

import redactors

PEER_BACKEND = "onnxrt"  # either finds the same faces


def masks_of_record(record):
    """(n, 6): the masks that a record hides in the first video track."""
    at = {name: index for index, name in enumerate(record["columns"])}
    order = [at[c] for c in ("frame", "x", "y", "width", "height")]
    rows = [[*(row[i] for i in order), row[at["source"]] == "drawn"]
            for face in record["faces"] if face["redact"] and face.get("track", 0) == 0 for row in face["masks"]]
    return np.array(rows, dtype=float).reshape(-1, 6)


def efface_finds(clip, effort):
    """The masks, and the seconds that it took. Throws redactors.ToolError."""
    with tempfile.TemporaryDirectory(prefix="efface-bench-") as scratch:
        path = pathlib.Path(scratch) / "record.json"
        start = time.perf_counter()
        redactors.run([redactors.EFFACE, "inspect", clip.path, "--record", path, "--quiet", "--effort", effort])
        seconds = time.perf_counter() - start
        record = json.loads(path.read_text(encoding="utf-8"))
    if record["input"]["frames"] < clip.frames:
        raise redactors.ToolError(f"efface saw {record['input']['frames']} of the {clip.frames} frames of {clip.path}.")
    return masks_of_record(record), seconds


def peer_frames(out, clip):
    """What clips_peer_detect.py says of each frame; kept below `out` by the clip's content, since it takes minutes."""
    key = hashlib.sha256()
    for path in (clip.path, redactors.REQUIREMENTS, redactors.BENCH / "peer_detect.py", redactors.BENCH / "clips_peer_detect.py"):
        key.update(hashlib.sha256(path.read_bytes()).digest())
    kept = pathlib.Path(out) / "peer-clips" / f"{key.hexdigest()[:32]}.json"
    if not kept.is_file():
        print(f"Finding faces with deface in {clip.name} (once) ...", file=sys.stderr, flush=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with subprocess.Popen(["ffmpeg", "-nostdin", "-v", "error", "-i", clip.path, "-map", "0:v:0", "-vsync", "passthrough",
                               "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], stdout=subprocess.PIPE) as frames:
            lines = redactors.run([redactors.peer(out) / "python", redactors.BENCH / "clips_peer_detect.py", PEER_BACKEND,
                                   clip.width, clip.height], stdin=frames.stdout).splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        if len(told) != clip.frames:
            raise redactors.ToolError(f"deface saw {len(told)} of the {clip.frames} frames of {clip.path}.")
        part = kept.with_suffix(".part")
        part.write_text(json.dumps(told), encoding="ascii")
        part.replace(kept)
    return json.loads(kept.read_text(encoding="ascii"))


def peer_finds(out, clip, masks):
    """`masks`: "masks" as shipped, "narrow" 1.3 x the box."""
    rows = [[frame, *mask, False] for frame, told in enumerate(peer_frames(out, clip)) for mask in told[masks]]
    return np.array(rows, dtype=float).reshape(-1, 6)
