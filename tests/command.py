"""Runs the program as a user would, and watches for what must never happen whatever is asked of it."""
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
EFFACE = pathlib.Path(os.environ.get("EFFACE_BIN", ROOT / "build/bin/efface")).absolute()
EFFACE_ASAN = pathlib.Path(os.environ.get("EFFACE_ASAN_BIN", ROOT / "build-asan/bin/efface")).absolute()
DATA = pathlib.Path(os.environ.get("EFFACE_TEST_DATA", ROOT / "../shared/data")).absolute()

# The exit codes that the manual names.
DONE, SOME_FAILED, USAGE, CANNOT_START, INTERRUPTED = 0, 1, 2, 3, 130

CRASH_MARKS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "terminate called", "Assertion")


@dataclasses.dataclass
class Result:
    code: int
    out: str
    err: str
    peak: int = 0  # bytes of resident memory, where it was measured

    @property
    def lines(self):
        """The JSON lines of a run with --json."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def by_name(self):
        """The JSON lines, by the input's file name."""
        return {os.path.basename(line["input"]): line for line in self.lines}


def check_no_crash(code, err):
    assert code >= 0, f"ended by signal {-code}: {err}"
    for mark in CRASH_MARKS:
        assert mark not in err, err


def environment(cache, **changes):
    """What the program sees: a cache of its own, and nothing that depends on who runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
            if name in os.environ}
    kept.update(HOME="", XDG_CACHE_HOME=str(cache), LC_ALL="C.UTF-8")
    # The sanitizers can't bear a flag (RTLD_DEEPBIND) with which OpenVINO's oneTBB opens a library, unless told.
    kept["TBB_ENABLE_SANITIZERS"] = "1"
    if "EFFACE_MODEL" in os.environ:
        kept["EFFACE_MODEL"] = os.environ["EFFACE_MODEL"]
    kept.update(changes)
    return kept


def stopwatch(report):
    """What to put before a command so that its memory is measured; not by this process itself, since the peak of a process
    begins with that of the one which started it."""
    return (sys.executable, ROOT / "bench/stopwatch.py", report, "0")


class Efface:
    """Calls the program. `cache` is where it keeps compiled models, `variables` go into its environment."""

    def __init__(self, cache, binary=EFFACE, **variables):
        self.cache = cache
        self.binary = binary
        self.variables = variables

    def __call__(self, *arguments, code=DONE, env=None, prefix=(), timeout=120, **more):
        """Runs to the end and expects exit code `code` (None: any but a crash)."""
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        more.setdefault("stdin", subprocess.DEVNULL)
        ran = subprocess.run([*prefix, self.binary, *arguments], timeout=timeout,
                             env=environment(self.cache, **{**self.variables, **(env or {})}), **more)
        result = Result(ran.returncode, (ran.stdout or b"").decode(errors="replace"),
                        (ran.stderr or b"").decode(errors="replace"))
        check_no_crash(result.code, result.err)
        if code is not None:
            assert result.code == code, f"exit code {result.code}\n{result.out}\n{result.err}"
        return result

    def measured(self, *arguments, code=DONE, **more):
        """Runs to the end, and says how much memory that took."""
        with tempfile.NamedTemporaryFile(suffix=".json") as report:
            ran = self(*arguments, prefix=stopwatch(report.name), **more)
            said = json.load(report)
        check_no_crash(said["status"], ran.err)
        assert said["status"] == code or code is None, f"exit code {said['status']}\n{ran.out}\n{ran.err}"
        return dataclasses.replace(ran, code=said["status"], peak=said["peak"])

    def start(self, *arguments, prefix=(), **more):
        """Begins a run and returns its subprocess.Popen."""
        return subprocess.Popen([*prefix, self.binary, *arguments], env=environment(self.cache, **self.variables),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def check_sentence(sentence):
    """One clear sentence for a person: one line, words, no trace of the program's insides."""
    assert sentence and "\n" not in sentence, sentence
    assert len(sentence.split()) >= 3, f"too short to be a sentence: {sentence!r}"
    assert len(sentence) < 400, sentence
    for trace in ("INVALID_ARGUMENT", "Status", "absl::", "std::", ".cc:", "nullptr", "{}"):
        assert trace not in sentence, sentence


def error_lines(result):
    return [line for line in result.err.splitlines() if line.startswith("efface: ")]


def files_below(folder):
    """Every path below a folder, hidden ones too, relative to it, as sorted text; without the journal, which stays where some
    files failed, and its locks and what SQLite keeps beside it, which stay after a kill."""
    return sorted(name for name in _names_below(folder)
                  if name not in (".efface-journal.sqlite", ".efface-journal.sqlite-journal", ".efface-journal.lock"))


def _names_below(folder):
    return (os.fsdecode(os.path.relpath(os.path.join(where, name), os.fsencode(folder)))
                  for where, folders, files in os.walk(os.fsencode(folder)) for name in files + folders)


def record_of(output):
    return json.loads(pathlib.Path(f"{output}.efface.json").read_text())


def temporary_names(folder):
    """What an interrupted writer would leave behind."""
    return [name for name in files_below(folder) if re.search(r"\.tmp|(^|/)\.|~$|\.part$", name)]
