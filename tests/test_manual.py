"""The manual, the completion and the help speak of the same options."""
import re
import shutil
import subprocess

import pytest

from command import ROOT

MANUAL = ROOT / "docs/efface.1"
COMPLETION = ROOT / "docs/efface.bash-completion"


def options(efface, *command):
    """The long options, and their short forms, that the help of a command lists."""
    text = efface(*command, "--help").out
    found = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", "\n".join(
        line.split("   ")[0] for line in text.splitlines() if line.startswith("  -"))))
    assert "--help" in found
    return found


@pytest.fixture(scope="module")
def manual_text():
    if not shutil.which("mandoc"):
        pytest.skip("needs mandoc")
    text = subprocess.run(["mandoc", "-T", "utf8", MANUAL], check=True, capture_output=True, text=True).stdout
    return re.sub(".\b", "", text)  # without overstrikes


def test_the_manual_is_clean():
    if not shutil.which("mandoc"):
        pytest.skip("needs mandoc")
    lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", MANUAL], capture_output=True, text=True, check=False)
    assert lint.stdout == "" and lint.returncode == 0


COMMANDS = [("redact",), ("scrub",), ("inspect",), ("verify",), ("keys", "new"), ("keys", "show"), ("record", "check"), ("record", "publish")]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_option_stands_in_the_manual(efface, manual_text, command):
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", manual_text.replace("‐", "-")))
    assert options(efface, *command) - {"--help"} <= named
    assert all(re.search(rf"\b{word}\b", manual_text) for word in command)


def test_the_manual_names_no_option_that_is_not_there(efface, manual_text):
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", manual_text.replace("‐", "-")))
    assert named <= {"--version", "--help"}.union(*(options(efface, *command) for command in COMMANDS))


def test_the_manual_names_the_exit_codes(manual_text):
    section = re.split(r"\n(?=[A-Z])", manual_text)
    codes = next(part for part in section if part.startswith("EXIT STATUS"))
    for code in ("0", "1", "2", "3", "130"):
        assert re.search(rf"^\s+{code}\b", codes, re.MULTILINE), code


def complete(*words):
    """What the completion offers for the last word."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _efface; printf "%s\\n" "${COMPREPLY[@]}"')
    ran = subprocess.run(["bash", "-c", script, "bash", COMPLETION, *words], check=True, capture_output=True, text=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_completion_offers_every_option_of_a_command_and_no_other(efface, command):
    assert complete("efface", *command, "-") | {"--help"} == options(efface, *command)


def test_the_completion_offers_commands_and_values(efface):
    assert {"redact", "scrub", "inspect", "verify", "keys", "record", "--version"} <= complete("efface", "")
    assert complete("efface", "keys", "") == {"new", "show"} and complete("efface", "record", "p") == {"publish"}
    assert complete("efface", "redact", "--fill", "") == {"membrane", "solid", "pixelate", "blur"}
    assert complete("efface", "inspect", "--effort", "t") == {"thorough"}
    assert complete("efface", "redact", "--cover", "") == {"face", "head"}
