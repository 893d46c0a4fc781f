"""Benchmark of efface-sweep against ripgrep, in turns in the same run; and its peak memory on a tree of 5 GB. Called by scripts/bench.

The tree for speed is made of files of this machine's own: sources, headers, Python, documentation below the folders of --data, copied
to one folder until --size is reached, with a few lines planted that both must find. A turn runs, on all cores and with the files in the page cache:
efface-sweep --literal, and rg with the same literals (-F -f, -uuu: all files, as efface-sweep reads all), with -w (whole words, as
efface-sweep looks for) and without, which is easier for it. Memory: a tree made of large binary
files, sources, zips in tars and a container image, swept with all rules.
BENCH_OUT/sweep.json holds all figures, sweep.md the table.
"""

import argparse
import io
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import redactors
import report
import timing
from tables import Table

ROOT = pathlib.Path(__file__).resolve().parent.parent
SWEEP = pathlib.Path(os.environ.get("EFFACE_SWEEP_BIN", ROOT / "build/bin/efface-sweep"))
TURNS = 7
ENDINGS = {".py", ".h", ".hpp", ".c", ".cc", ".cpp", ".js", ".ts", ".java", ".go", ".rs", ".md", ".txt", ".json", ".xml", ".html", ".cmake", ".pl", ".pm", ".sh"}
PLANTED = b"\nint n = FSDK_MatchFaces(a, b, s);\n"


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench sweep", description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, nargs="+", default=[pathlib.Path("/usr/include"), pathlib.Path("/usr/lib/python3"), pathlib.Path("/usr/share")],
                        help="folders whose texts the tree is made of (default /usr/include /usr/lib/python3 /usr/share)")
    parser.add_argument("--out", metavar="DIR", type=pathlib.Path, default=ROOT / "bench/out", help="where results go (default bench/out)")
    parser.add_argument("--size", metavar="MB", type=int, default=1000, help="of the tree for speed (default 1000)")
    parser.add_argument("--memory-size", metavar="MB", type=int, default=5000, help="of the tree for memory (default 5000; 0: none)")
    parser.add_argument("--turns", metavar="N", type=int, default=TURNS, help=f"turns (default {TURNS})")
    options = parser.parse_args()
    if options.size < 1 or options.turns < 1 or options.memory_size < 0:
        parser.error("--size and --turns are at least 1")
    return options


def texts(folders):
    for folder in folders:
        for where, _, names in os.walk(folder):
            for name in sorted(names):
                path = pathlib.Path(where, name)
                if path.suffix in ENDINGS and path.is_file() and not path.is_symlink():
                    yield path


def make_texts(folders, target, size):
    """Copies texts until there are `size` bytes, and plants a line in each hundredth. Returns (files, bytes, planted)."""
    sources = [path.read_bytes() for path in texts(folders)]
    if not sources:
        raise redactors.ToolError(f"{folders} hold no texts.")
    files = total = planted = 0
    names = [p.suffix for p in texts(folders)]
    while total < size:
        content = sources[files % len(sources)]
        if files % 100 == 0:
            content += PLANTED
            planted += 1
        folder = target / f"{files // 1000:03d}" / f"{files // 50 % 20:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{files:06d}{names[files % len(names)]}").write_bytes(content)
        files += 1
        total += len(content)
    return files, total, planted


def swept_files(folder, out):
    redactors.run(["sh", "-c", '"$0" --literal --all --quiet --overwrite --json "$1" "$2" >/dev/null || test $? = 1', SWEEP, out, folder])
    results = json.loads(out.read_text())
    return {f["path"] for f in results["findings"]}


def speed(options, scratch):
    tree, literals = scratch / "tree", scratch / "literals.txt"
    files, total, planted = make_texts(options.data, tree, options.size * 1_000_000)
    literals.write_text(redactors.run([SWEEP, "--print-literals"]))
    ripgrep = ["rg", "-uuu", "-F", "-f", literals, "--no-heading", "-n", "--no-messages"]
    listed = subprocess.run([*ripgrep, "-w", "-l", tree], capture_output=True, text=True, check=False).stdout.split()
    ours = swept_files(tree, scratch / "swept.json")
    if len(ours) < planted or len(listed) < planted:
        raise redactors.ToolError(f"{planted} lines were planted; efface-sweep found {len(ours)} files, ripgrep {len(listed)}.")
    commands = {"efface-sweep --literal": [SWEEP, "--literal", "--quiet", tree], "ripgrep": [*ripgrep, tree], "ripgrep -w": [*ripgrep, "-w", tree]}
    laps = []
    for number in range(options.turns):
        lap = {}
        for name in reversed(commands) if number % 2 else commands:
            lap[name] = timing.lap(["sh", "-c", '"$@" >/dev/null', "sh", *commands[name]], accepted=(0, 1, 2)).seconds
        laps.append(lap)
        print(f"Turn {number + 1} of {options.turns}: " + ", ".join(f"{n} {s:.3f} s" for n, s in lap.items()), file=sys.stderr)
    full = timing.lap(["sh", "-c", '"$@" >/dev/null', "sh", SWEEP, "--quiet", tree], accepted=(0, 1, 2)).seconds
    return {"files": files, "bytes": total, "planted": planted, "found": len(ours), "found_by_ripgrep": len(listed),
            "literals": len(literals.read_text().splitlines()), "turns": laps, "all_rules_seconds": full}


def noise(random_source, size):
    return random_source.randbytes(size)


def make_large(target, size):
    """A tree of `size` bytes: large binary files, sources, archives within archives, a docker-save image with a large layer."""
    target.mkdir()
    source = random.Random(7)
    block = noise(source, 1 << 20)
    share = size // 5
    with open(target / "large.bin", "wb") as file:
        for _ in range(share >> 20):
            file.write(block)
    with open(target / "large.c", "wb") as file:
        for _ in range(share // 8):
            file.write(b"int x;\n ")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as archive:
        for index in range(64):
            archive.writestr(f"{index}.bin", block[index:])
    for index in range(share // len(inner.getvalue())):
        with tarfile.open(target / f"{index}.tar.gz", "w:gz", compresslevel=1) as tar:
            info = tarfile.TarInfo("inner.zip")
            info.size = len(inner.getvalue())
            tar.addfile(info, io.BytesIO(inner.getvalue()))
    layer = tempfile.TemporaryFile(dir=target)
    with tarfile.open(fileobj=layer, mode="w") as tar:
        info = tarfile.TarInfo("opt/large.bin")
        info.size = share
        with open(target / "large.bin", "rb") as file:
            info.size = min(share, os.fstat(file.fileno()).st_size)
            tar.addfile(info, file)
    length = layer.tell()
    layer.seek(0)
    with tarfile.open(target / "image.tar", "w") as tar:
        for name, file, count in (("manifest.json", io.BytesIO(manifest := json.dumps([{"Layers": ["a/layer.tar"]}]).encode()), len(manifest)), ("a/layer.tar", layer, length)):
            info = tarfile.TarInfo(name)
            info.size = count
            tar.addfile(info, file)
    layer.close()
    (target / "small").mkdir()
    content = block[:20_000].replace(b"\0", b"x")
    for index in range(share // 20_000):
        folder = target / "small" / str(index // 1000)
        folder.mkdir(exist_ok=True)
        (folder / f"{index}.py").write_bytes(content)
    return sum(p.stat().st_size for p in target.rglob("*") if p.is_file())


def memory(options, scratch):
    total = make_large(scratch / "large", options.memory_size * 1_000_000)
    print(f"A tree of {total / 1e9:.1f} GB is made.", file=sys.stderr)
    lap = timing.lap([SWEEP, "--quiet", "--temp", scratch, scratch / "large"], accepted=(0,))
    return {"bytes": total, "peak": lap.peak, "seconds": lap.seconds}


def table(figures):
    rows = []
    turns = figures["speed"]["turns"]
    for name in turns[0]:
        seconds = [t[name] for t in turns]
        ratios = [t["ripgrep"] / t[name] for t in turns]
        rows.append([name, f"{statistics.median(seconds):.3f} ({min(seconds):.3f} to {max(seconds):.3f})", f"{figures['speed']['bytes'] / statistics.median(seconds) / 1e9:.2f}",
                     f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"])
    notes = [f"{figures['speed']['literals']} literals; medians of {len(turns)} turns (least to largest), started anew each time; {figures['speed']['planted']} lines planted.",
             f"All rules on the same tree: {figures['speed']['all_rules_seconds']:.2f} s, once."]
    if figures["memory"]:
        notes.append(f"All rules on a tree of {figures['memory']['bytes'] / 1e9:.1f} GB (archives within archives, an image, large files): peak {figures['memory']['peak'] / 1e6:.0f} MB, "
                     f"{figures['memory']['seconds']:.0f} s.")
    return Table(f"The same literals in {figures['speed']['files']:,} files of {figures['speed']['bytes'] / 1e6:,.0f} MB", ["", "seconds", "GB a second", "ripgrep's time / its own"], rows, notes)


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        print(f"{redactors.run([SWEEP, '--version']).strip()}\n{redactors.run(['rg', '--version']).splitlines()[0]}\non {report.machine()}\n")
        with tempfile.TemporaryDirectory(prefix="efface-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as scratch:
            scratch = pathlib.Path(scratch)
            figures = {"speed": speed(options, scratch), "memory": memory(options, scratch) if options.memory_size else None}
    except redactors.ToolError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    print(table(figures).text())
    report.keep(options.out, "sweep", "sweep", figures, options.data[0], {"sweep": lambda f: [table(f)]})
    print(f"Written to {options.out}: sweep.json, sweep.md.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
