"""Speed and peak memory of efface and its peer, in turns on the same photos in the same run.

A turn runs the peer and then each effort of efface (odd turns: the other way round), each in a new process, each on the same
photos, read once beforehand. The ratios are peer / efface within one turn.
"""

import pathlib
import shutil
import sys
import tempfile
import time

import redactors
import timing

ONE_TURNS = 9
MANY_TURNS = 3
MANY = 200
PROBE = 20  # photos for choosing the peer's backend


def say(text):
    print(text, file=sys.stderr, flush=True)


def busy(seconds=3):
    """Share of the processor, 0..1, that programs take at present."""
    def times():
        with open("/proc/stat", encoding="ascii") as stat:
            values = [int(v) for v in stat.readline().split()[1:9]]  # user nice system idle iowait irq softirq steal
        return sum(values), values[3] + values[4]
    (all_before, idle_before), _, (all_after, idle_after) = times(), time.sleep(seconds), times()
    return 1 - (idle_after - idle_before) / max(1, all_after - all_before)


class Peer:
    """deface as its users call it: on the files, with the results beside them."""

    def __init__(self, out, backend):
        self.command = [redactors.peer(out) / "deface", "--backend", backend]

    def __call__(self, folder, _):
        photos = sorted(p for p in folder.iterdir())
        lap = timing.lap([*self.command, *photos])
        for written in set(folder.iterdir()) - set(photos):
            written.unlink()
        return lap


class Efface:
    """efface redact on a folder, with its defaults: record and all."""

    def __init__(self, effort):
        self.options = ["--effort", effort, "--quiet"]

    def __call__(self, folder, results):
        shutil.rmtree(results, ignore_errors=True)
        return timing.lap([redactors.EFFACE, "redact", folder, "-o", results, *self.options])


def copies(photos, folder, count):
    """`count` of the photos, spread over the set (again from the start where it has too few), copied into a new folder."""
    folder.mkdir()
    for index in range(count):
        photo = photos[index * len(photos) // count if count <= len(photos) else index % len(photos)]
        shutil.copy(photo.path, folder / f"{index:05d}{photo.path.suffix.lower()}")
    return folder


def turns(tools, folders, results):
    """Laps of each tool: {name: [Lap a folder]}."""
    laps = {name: [] for name in tools}
    for number, folder in enumerate(folders):
        for name in (reversed(tools) if number % 2 else tools):
            laps[name].append(tools[name](folder, results))
    return laps


def summaries(laps, photos):
    return {name: timing.summary(own, photos, None if name == "deface" else laps["deface"]) for name, own in laps.items()}


def without_detection(folders, results):
    """Laps of `efface redact --record`: start of the process, decoding, filling and encoding one photo, without detection."""
    laps = []
    for folder in folders:
        shutil.rmtree(results, ignore_errors=True)
        photo = next(folder.iterdir())
        record = folder.with_suffix(".record.json")
        redactors.run([redactors.EFFACE, "inspect", photo, "--record", record, "--quiet"])
        laps.append(timing.lap([redactors.EFFACE, "redact", photo, "-o", results, "--record", record, "--quiet"]))
    return laps


def run(photos, efforts, out, count):
    """Figures of one photo and of `count` photos; see timing.summary()."""
    with tempfile.TemporaryDirectory(prefix="efface-bench-") as scratch:
        scratch = pathlib.Path(scratch)
        busy_before = busy()
        results = scratch / "results"
        probe = copies(photos, scratch / "probe", PROBE)
        say(f"Speed: trying the peer's backends on {PROBE} photos ...")
        backends = {b: [] for b in redactors.PEER_BACKENDS}
        for _ in range(2):
            for backend, laps in backends.items():
                laps.append(Peer(out, backend)(probe, None))
        backends = {b: min(l.seconds for l in laps) for b, laps in backends.items()}
        faster = min(backends, key=backends.get)
        tools = {"deface": Peer(out, faster), **{e: Efface(e) for e in efforts}}
        say(f"Speed: warming up, filling efface's model cache (the peer with its faster backend, {faster}) ...")
        for tool in tools.values():
            tool(probe, results)

        say(f"Speed: one photo in a new process, {ONE_TURNS} turns ...")
        ones = [copies([photos[n * len(photos) // ONE_TURNS]], scratch / f"one-{n}", 1) for n in range(ONE_TURNS)]
        one = summaries(turns(tools, ones, results), 1)
        bare = timing.summary(without_detection(ones, results), 1)
        say(f"Speed: {count} photos in one process, {MANY_TURNS} turns ...")
        many = copies(photos, scratch / "many", count)
        return {"busy_before": busy_before, "peer_backend": faster, "peer_backend_seconds": backends, "one": one, "one_without_detection": bare,
                "count": count, "many": summaries(turns(tools, [many] * MANY_TURNS, results), count)}
