"""A labelled set of clips: a folder with NAME.mp4 and, beside each, NAME.csv (one row a face in a frame; boxes in pixels of the
upright picture, not cut at its border). The kind of a clip is its name up to the last underscore."""

import csv
import dataclasses
import json
import pathlib

import numpy as np

import redactors

COLUMNS = "frame,face,x,y,width,height,visible,blur,occlusion,invalid".split(",")
LEAST_HEIGHT = 20  # pixels
LEAST_VISIBLE = 0.6


class LabelError(Exception):
    """The folder isn't a labelled set of clips; the text is one sentence for a user."""


@dataclasses.dataclass
class Clip:
    """One clip. The arrays have one value a row of its table: `frame` and `face` int, `boxes` float (n, 4) as x, y, width,
    height, `eligible` bool."""
    name: str
    path: pathlib.Path
    width: int  # upright
    height: int
    frames: int  # shown
    rate: float  # frames a second, the mean
    frame: np.ndarray
    face: np.ndarray
    boxes: np.ndarray
    eligible: np.ndarray

    @property
    def kind(self):
        return self.name.rpartition("_")[0] or self.name

    @property
    def seconds(self):
        return self.frames / self.rate


def probe(path):
    """Width and height as shown, shown frames (counted by decoding) and the mean rate of the first video track."""
    told = json.loads(redactors.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames", "-print_format", "json", "-show_entries",
         "stream=width,height,nb_read_frames,avg_frame_rate:stream_side_data=rotation", path]))
    if not told.get("streams"):
        raise LabelError(f"{path} has no video.")
    stream = told["streams"][0]
    width, height = stream["width"], stream["height"]
    turned = any(int(d.get("rotation", 0)) % 180 for d in stream.get("side_data_list", []))
    over, under = (int(v) for v in stream["avg_frame_rate"].split("/"))
    return (*((height, width) if turned else (width, height)), int(stream["nb_read_frames"]), over / under)


def read_table(path):
    """frame, face, boxes, eligible of a table."""
    with path.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        lacking = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
        if lacking:
            raise LabelError(f"{path} lacks the columns {', '.join(lacking)}.")
        try:
            values = np.array([[float(row[c]) for c in COLUMNS] for row in reader]).reshape(-1, len(COLUMNS))
        except (TypeError, ValueError) as error:
            raise LabelError(f"{path} has a value that is not a number ({error}).") from error
    column = {name: values[:, index] for index, name in enumerate(COLUMNS)}
    boxes = values[:, [COLUMNS.index(c) for c in ("x", "y", "width", "height")]]
    eligible = ((column["invalid"] == 0) & (column["height"] >= LEAST_HEIGHT) & (column["width"] > 0) &
                (column["visible"] >= LEAST_VISIBLE))
    return column["frame"].astype(int), column["face"].astype(int), boxes, eligible


def read(folder):
    """All clips of the set in order of their names. Throws LabelError."""
    folder = pathlib.Path(folder)
    paths = sorted(p for p in folder.glob("*.mp4") if p.with_suffix(".csv").is_file()) if folder.is_dir() else []
    if not paths:
        raise LabelError(f"there is no labelled set of clips in {folder}: it needs NAME.mp4 with NAME.csv beside it.")
    clips = []
    for path in paths:
        table = read_table(path.with_suffix(".csv"))
        clip = Clip(path.stem, path, *probe(path), *table)
        if len(clip.frame) and not (0 <= clip.frame.min() and clip.frame.max() < clip.frames):
            raise LabelError(f"{path.with_suffix('.csv')} has a frame that {path.name} doesn't: it shows {clip.frames}.")
        clips.append(clip)
    return clips
