"""A labelled set of photos: a folder with images/ and faces.csv (one row a face; boxes in pixels of the upright picture)."""

import csv
import dataclasses
import pathlib

import numpy as np
from PIL import Image

COLUMNS = ("image,x,y,width,height,blur,expression,illumination,invalid,occlusion,pose,"
           "easy,medium,hard,gender,age,skin").split(",")
SKIN_TYPES = ("I", "II", "III", "IV", "V", "VI")
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".avif", ".gif"}
EXIF_ORIENTATION = 274


class LabelError(Exception):
    """The folder isn't a labelled set; the text is one sentence for a user."""


@dataclasses.dataclass
class Photo:
    """One photo of the set. `boxes`: float (n, 4), x, y, width, height. `rows`: the n rows of faces.csv."""
    name: str  # path below images/, with slashes
    path: pathlib.Path
    width: int
    height: int
    boxes: np.ndarray
    rows: list


def upright_size(path):
    """Width and height as shown; only the header is read."""
    with Image.open(path) as picture:
        width, height = picture.size
        turned = picture.getexif().get(EXIF_ORIENTATION, 1) >= 5
    return (height, width) if turned else (width, height)


def read(folder):
    """All photos of the set in order of their names, also those without a face. Throws LabelError."""
    folder = pathlib.Path(folder)
    images, table = folder / "images", folder / "faces.csv"
    if not images.is_dir() or not table.is_file():
        raise LabelError(f"there is no labelled set in {folder}: it needs a folder images and a table faces.csv.")
    with table.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        lacking = [c for c in COLUMNS if c not in (reader.fieldnames or [])]
        if lacking:
            raise LabelError(f"{table} lacks the columns {', '.join(lacking)}.")
        rows = {}
        for row in reader:
            rows.setdefault(row["image"], []).append(row)
    names = sorted(p.relative_to(images).as_posix() for p in images.rglob("*")
                   if p.suffix.lower() in PICTURES and p.is_file())
    strangers = sorted(set(rows) - set(names))
    if strangers:
        raise LabelError(f"{table} names {len(strangers)} photos that images doesn't hold, such as {strangers[0]}.")
    if not names:
        raise LabelError(f"{images} holds no photos.")
    photos = []
    for name in names:
        mine = rows.get(name, [])
        boxes = np.array([[float(r[c]) for c in ("x", "y", "width", "height")] for r in mine]).reshape(-1, 4)
        photos.append(Photo(name, images / name, *upright_size(images / name), boxes, mine))
    return photos
