"""Makes the clips that the tests need with the ffmpeg command, and reads with ffprobe and ffmpeg what came of them: judges that
share no code with the program's own. Times are seconds, frames are numpy arrays of height x width x 3."""
import dataclasses
import json
import shutil
import subprocess

import numpy
import pytest
from PIL import Image

import pictures

TICK = 0.0006  # what a time stamp may be off by: containers that count milliseconds round it
SIZE, SIDE, START = (320, 256), 240, (30, 4)  # of film(): of a frame, of the portrait, of its first place


def need_ffmpeg():
    for command in ("ffmpeg", "ffprobe"):
        if not shutil.which(command):
            pytest.skip(f"needs the {command} command", allow_module_level=True)


def ffmpeg(*arguments, **more):
    """Runs to the end; its standard output."""
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, **more)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def moving(frames=20, size=SIZE, side=SIDE, start=START, step=(2, 0)):
    """The portrait wandering over a background that stays: (frames, height, width, 3)."""
    portrait = Image.open(pictures.PORTRAIT_FILE).convert("RGB").resize((side, side), Image.LANCZOS)
    base = pictures.background(*size)
    made = []
    for i in range(frames):
        frame = base.copy()
        frame.paste(portrait, (start[0] + i * step[0], start[1] + i * step[1]))
        made.append(numpy.asarray(frame))
    return numpy.stack(made)


def core(i, side=SIDE, start=START, step=(2, 0)):
    """Where the middle of the face lies in frame i of moving(): left, top, right, bottom."""
    return pictures.core(start[0] + i * step[0], start[1] + i * step[1], side)


def film(path, *options, frames=None, rate=25, sound=("-c:a", "aac"), video=("-c:v", "libx264", "-preset", "ultrafast", "-crf", "14"),
         inputs=()):
    """Encodes frames (default: moving()) and a tone of the same length. `inputs`: more inputs of the command, before the outputs."""
    frames = moving() if frames is None else frames
    count, height, width, _ = frames.shape
    tone = ("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={count / rate}") if sound else ()
    ffmpeg("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "-", *tone, *inputs,
           *(() if "-pix_fmt" in options else ("-pix_fmt", "yuv420p")), *video, *(sound or ()), *options, path,
           input=numpy.ascontiguousarray(frames).tobytes())
    return path


def raw_film(path, planes, size, pix_fmt, *options, rate=25):
    """Encodes frames given as the bytes of their planes, so that nothing is converted on the way."""
    ffmpeg("-f", "rawvideo", "-pix_fmt", pix_fmt, "-s", f"{size[0]}x{size[1]}", "-r", rate, "-i", "-", *options, path,
           input=b"".join(planes))
    return path


def probe(path):
    """Streams and format as ffprobe tells them."""
    return json.loads(subprocess.run(["ffprobe", "-v", "quiet", "-print_format", "json", "-show_streams", "-show_format", "-show_chapters",
                                      path], stdout=subprocess.PIPE, check=True).stdout)


def streams(path, kind):
    return [s for s in probe(path).get("streams", []) if s.get("codec_type") == kind]


def _entries(path, stream, *what):
    done = subprocess.run(["ffprobe", "-v", "quiet", "-print_format", "json", "-select_streams", stream, *what, path],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


@dataclasses.dataclass
class Shown:
    """The shown frames of a video track: when, and how long the last."""
    times: list
    last: float

    @property
    def end(self):
        return self.times[-1] + self.last

    @property
    def mean(self):
        return (self.times[-1] - self.times[0]) / max(1, len(self.times) - 1) or self.last


def shown(path, track=0):
    """Edit lists are obeyed. The last frame's duration, where it has none: that of the frame before."""
    told = _entries(path, f"v:{track}", "-show_frames", "-show_entries", "frame=best_effort_timestamp_time,pkt_duration_time")["frames"]
    times = [float(f["best_effort_timestamp_time"]) for f in told]
    last = float(told[-1].get("pkt_duration_time", 0)) if told else 0
    if not last and len(times) > 1:
        last = times[-1] - times[-2]
    return Shown(times, last)


@dataclasses.dataclass(frozen=True)
class Packet:
    time: float
    duration: float
    hash: str
    shown: bool  # False: only decoded, as an edit list or priming has it


def sound(path, track=0):
    told = _entries(path, f"a:{track}", "-show_packets", "-show_data_hash", "MD5", "-show_entries",
                    "packet=pts_time,duration_time,data_hash,flags").get("packets", [])
    return [Packet(float(p.get("pts_time", "nan")), float(p.get("duration_time", 0)), p["data_hash"], "D" not in p["flags"]) for p in told]


def pixels(path, track=0, turned=True):
    """All shown frames as RGB, upright or as stored."""
    told = streams(path, "video")[track]
    turns = [int(d.get("rotation", 0)) for d in told.get("side_data_list", []) if "rotation" in d]
    width, height = told["width"], told["height"]
    if turned and turns and turns[0] % 180:
        width, height = height, width
    data = ffmpeg(*(() if turned else ("-noautorotate",)), "-i", path, "-map", f"0:v:{track}", "-vsync", "passthrough", "-f", "rawvideo",
                  "-pix_fmt", "rgb24", "-")
    return numpy.frombuffer(data, numpy.uint8).reshape(-1, height, width, 3)


def is_plain(frame):
    """One colour all over, but for what a lossy encoder adds."""
    return frame.reshape(-1, 3).std(axis=0).max() < 4


def check_timing(before, after, track=0, after_track=None):
    """The same shown frames at the same times, and the same end to within one frame."""
    mine, other = shown(before, track), shown(after, track if after_track is None else after_track)
    assert len(other.times) == len(mine.times), "another count of shown frames"
    off = [(i, a, b) for i, (a, b) in enumerate(zip(mine.times, other.times)) if abs(a - b) > TICK]
    assert off == [], f"{len(off)} time stamps differ, the first {off[0]}"
    assert abs(other.end - mine.end) <= mine.mean + TICK, "another duration"


def check_sound(before, after, track=0, after_track=None):
    """Packets of the shown interval are there bit for bit, at their times; others only as priming just before."""
    mine, other = sound(before, track), sound(after, track if after_track is None else after_track)
    picture = shown(before)
    needed = [p for p in mine if p.shown and p.time + p.duration > picture.times[0] + TICK and p.time < picture.end - TICK]
    assert needed and other
    places = [i for i in range(len(mine) - len(other) + 1) if [p.hash for p in mine[i:i + len(other)]] == [p.hash for p in other]]
    assert places, "the packets are not a run of the input's"

    def fits(place):
        return all(abs(a.time - b.time) <= TICK for a, b in zip(mine[place:], other) if b.shown)
    place = next((i for i in places if fits(i)), None)
    assert place is not None, f"sound is out of step by {other[0].time - mine[places[0]].time} s"
    kept = set(range(place, place + len(other)))
    assert [p for i, p in enumerate(mine) if i not in kept and p in needed] == [], "sound that goes with shown frames is missing"
    early = [p for p in mine[place:place + len(other)] if not p.shown and p.time + p.duration < picture.times[0] - 0.2]
    assert early == [], "sound that nobody was to hear is still there"


def tags(path):
    """All names and values of tags of a file, as one text."""
    told = probe(path)
    return json.dumps([told["format"].get("tags", {}), [s.get("tags", {}) for s in told["streams"]], told.get("chapters", [])])
