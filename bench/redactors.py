"""The two programs that are measured: efface, and its peer deface in a virtual environment of its own."""

import dataclasses
import filecmp
import json
import os
import pathlib
import shutil
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parent
EFFACE = os.environ.get("EFFACE_BIN") or str(BENCH.parent / "build/bin/efface")
REQUIREMENTS = BENCH / "peer-requirements.txt"
PEER_BACKENDS = ("opencv", "onnxrt")


class ToolError(Exception):
    """A program couldn't be run; the text is one sentence for a user."""


@dataclasses.dataclass
class Found:
    """What one program would hide in one photo. masks: (x, y, width, height, is_rectangle), see measures.py."""
    masks: list
    width: int = 0  # upright picture, as the program read it; 0 where it failed
    height: int = 0
    error: str | None = None


def run(command, accepted=(0,), **options):
    """The standard output of a command. Throws ToolError with the last line that it said where it fails."""
    try:
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              errors="replace", check=False, **options)
    except OSError as error:
        raise ToolError(f"{command[0]} can't be run: {error.strerror}.") from error
    if done.returncode not in accepted:
        said = done.stderr.strip().splitlines() or done.stdout.strip().splitlines() or ["nothing"]
        raise ToolError(f"{command[0]} ended with status {done.returncode} and said: {said[-1]}")
    return done.stdout


def masks_of_record(record):
    """The masks that a record hides in the first frame."""
    at = {name: index for index, name in enumerate(record["columns"])}
    return [tuple(row[at[c]] for c in ("x", "y", "width", "height")) + (row[at["source"]] == "drawn",)
            for face in record["faces"] if face["redact"] for row in face["masks"] if row[at["frame"]] == 0]


def efface_version():
    return run([EFFACE, "--version"]).strip()


def json_lines(output):
    """The objects that efface --json printed, one a line."""
    try:
        return [json.loads(line) for line in output.splitlines()]
    except ValueError as error:
        raise ToolError(f"efface --json printed a line that is not JSON: {error}.") from error


def efface_finds(images, effort, precision):
    """What efface would hide in each photo below the folder: {path below it: Found}."""
    output = run([EFFACE, "inspect", images, "--json", "--effort", effort, "--precision", precision], accepted=(0, 1))
    found = {}
    for told in json_lines(output):
        name = pathlib.Path(os.path.relpath(told["input"], images)).as_posix()
        if told["status"] == "ok":
            size = told["record"]["input"]
            found[name] = Found(masks_of_record(told["record"]), size["width"], size["height"])
        else:
            found[name] = Found([], error=told["error"] or told["status"])
    return found


def peer(out):
    """The bin folder of the peer's virtual environment below `out`, made first where it lacks or the pins changed."""
    home = pathlib.Path(out) / "peer-venv"
    stamp = home / "peer-requirements.txt"
    if not (stamp.is_file() and filecmp.cmp(stamp, REQUIREMENTS, shallow=False)):
        print(f"Installing the peer into {home} (once, about 730 MB) ...", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        run(["/usr/bin/python3", "-m", "venv", "--without-pip", home])
        run(["/usr/bin/python3", "-m", "pip", "--python", home / "bin/python", "install", "--quiet", "--no-deps",
             "--disable-pip-version-check", "--require-hashes", "--only-binary=:all:", "-r", REQUIREMENTS])
        shutil.copy(REQUIREMENTS, stamp)
    return home / "bin"


def peer_finds(out, photos, backend):
    """What the peer would hide in each photo with its own defaults, and with masks of 1.3 x the box: two {name: Found}."""
    paths = "".join(f"{p.path}\n" for p in photos)
    lines = run([peer(out) / "python", BENCH / "peer_detect.py", backend], input=paths).splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    return tuple({photo.name: Found([(*m, False) for m in one[masks]], one["width"], one["height"])
                  for photo, one in zip(photos, told, strict=True)} for masks in ("masks", "narrow"))
