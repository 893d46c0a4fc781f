"""Peak memory of efface: over many photos of different sizes in one process, and over single pictures of 100 megapixels."""

import concurrent.futures
import math
import pathlib
import random
import shutil
import sys
import tempfile
import threading

from PIL import Image, ImageOps

import redactors
import timing

SMALLEST, LARGEST, GIANT = 32, 3000, 6000  # longer sides in pixels; one photo in a hundred lies between the last two
BYTES_A_PHOTO = 250_000  # of disk, generously; results are deleted as they appear
HUGE = (12000, 8400)
HUGE_CELLS = 4  # the huge picture is a square of so many photos a side
HUGE_FORMATS = {"jpg": {"quality": 90}, "png": {"compress_level": 1}, "tif": {"compression": "tiff_lzw"}}


def sizes(count):
    """`count` different (width, height), longer sides spread evenly over their logarithm, sides from 1:3 to 3:1; shuffled."""
    golden = (math.sqrt(5) - 1) / 2
    taken = set()
    for index in range(count):
        share = (index + 0.5) / count
        least, most = (LARGEST, GIANT) if index % 100 == 50 else (SMALLEST, LARGEST)
        longer = least * (most / least) ** share
        ratio = 3 ** (2 * (index * golden % 1) - 1)
        width, height = (longer, longer / ratio) if ratio > 1 else (longer * ratio, longer)
        width, height = max(1, round(width)), max(1, round(height))
        while (width, height) in taken:
            width += 1
        taken.add((width, height))
    ordered = sorted(taken)
    random.Random(count).shuffle(ordered)
    return ordered


def write_sized(source, target, size):
    """The photo cut and resized to the size, as JPEG."""
    with Image.open(source) as photo:
        photo.draft("RGB", size)
        ImageOps.fit(photo.convert("RGB"), size, Image.BILINEAR).save(target, quality=75)


def remove_results(results, names, done):
    """Deletes finished results as they appear, so that the disk isn't filled."""
    while True:
        last = done.wait(1)
        for name in names:
            (results / name).unlink(missing_ok=True)
        if last:
            return


def run_many(photos, effort, count):
    """Peak memory, and the resident memory at every tenth of the time, of one process over `count` sizes."""
    with tempfile.TemporaryDirectory(prefix="efface-bench-") as scratch:
        free = shutil.disk_usage(scratch).free
        if free < count * BYTES_A_PHOTO:
            raise redactors.ToolError(f"{count} photos need {count * BYTES_A_PHOTO / 1e9:.1f} GB in {scratch}, "
                                      f"which has {free / 1e9:.1f} GB left.")
        scratch = pathlib.Path(scratch)
        inputs, results = scratch / "inputs", scratch / "results"
        inputs.mkdir()
        results.mkdir()
        chosen = sizes(count)
        names = [f"{index:06d}.jpg" for index in range(count)]
        print(f"Memory: writing {count} photos of {count} sizes ...", file=sys.stderr, flush=True)
        with concurrent.futures.ProcessPoolExecutor() as pool:
            list(pool.map(write_sized, [photos[i % len(photos)].path for i in range(count)], [inputs / n for n in names],
                          chosen, chunksize=20))
        print("Memory: redacting them in one process ...", file=sys.stderr, flush=True)
        done = threading.Event()
        cleaner = threading.Thread(target=remove_results, args=(results, names, done))
        cleaner.start()
        try:
            lap = timing.lap([redactors.EFFACE, "redact", inputs, "-o", results, "--no-record", "--quiet", "--effort", effort],
                             period=0.5)
        finally:
            done.set()
            cleaner.join()
    last = len(lap.samples) - 1
    return {"photos": count, "effort": effort, "megapixels": sum(w * h for w, h in chosen) / 1e6, "seconds": lap.seconds,
            "peak_bytes": lap.peak, "resident_by_tenths": [lap.samples[last * n // 10] for n in range(11)] if last > 0 else []}


def run_huge(photos, efforts):
    """Time, peak memory and faces of one picture of 100 megapixels in each format, in a new process each."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="efface-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        print("Huge: composing 100 megapixels ...", file=sys.stderr, flush=True)
        picture = Image.new("RGB", HUGE)
        cell = (HUGE[0] // HUGE_CELLS, HUGE[1] // HUGE_CELLS)
        for index in range(HUGE_CELLS ** 2):
            with Image.open(photos[index * len(photos) // HUGE_CELLS ** 2].path) as photo:
                picture.paste(ImageOps.fit(photo.convert("RGB"), cell, Image.BICUBIC),
                              (index % HUGE_CELLS * cell[0], index // HUGE_CELLS * cell[1]))
        for suffix, options in HUGE_FORMATS.items():
            path = scratch / f"huge.{suffix}"
            picture.save(path, **options)
            for effort in efforts:
                print(f"Huge: {suffix}, {effort} ...", file=sys.stderr, flush=True)
                lap = timing.lap([redactors.EFFACE, "redact", path, "-o", scratch / "results", "--overwrite", "--json",
                                  "--quiet", "--effort", effort])
                faces = redactors.json_lines(lap.output)[0]["faces"]
                found[f"{suffix} {effort}"] = {"seconds": lap.seconds, "peak_bytes": lap.peak, "bytes": path.stat().st_size,
                                               "faces": faces}
    return found
