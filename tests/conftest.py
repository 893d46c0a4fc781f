"""What all tests through the command share."""
import os
import pathlib
import shutil
import tempfile

import pytest

import pictures
from command import DATA, EFFACE, EFFACE_ASAN, Efface


def pytest_configure(config):
    if not EFFACE.exists():
        pytest.exit(f"{EFFACE} is missing: run scripts/setup, or name the program in EFFACE_BIN", 2)
    if not pictures.PORTRAIT_FILE.exists():
        pytest.exit(f"{pictures.PORTRAIT_FILE} is missing: run scripts/setup", 2)


@pytest.fixture(scope="session")
def efface(tmp_path_factory):
    return Efface(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def efface_asan(tmp_path_factory):
    if not EFFACE_ASAN.exists():
        pytest.skip(f"no sanitizer build at {EFFACE_ASAN}: cmake --preset asan, or name it in EFFACE_ASAN_BIN")
    cache = tmp_path_factory.mktemp("cache-asan")
    # x265 3.5 loses a few bytes of its own parameters each time it is opened; nothing of ours is excused.
    (cache / "leaks.txt").write_text("leak:libx265.so\n")
    return Efface(cache, EFFACE_ASAN, LSAN_OPTIONS=f"suppressions={cache / 'leaks.txt'}:print_suppressions=0")


@pytest.fixture(scope="session")
def data():
    """The evaluation data, which is not part of the project."""
    if not DATA.is_dir():
        pytest.skip(f"no evaluation data at {DATA}: name its folder in EFFACE_TEST_DATA")
    return DATA


@pytest.fixture
def as_nobody():
    """The start of a command line that drops root's rights, and a folder that others may enter."""
    if os.geteuid() != 0:
        prefix = []
    elif shutil.which("setpriv"):
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
        for folder in EFFACE.parents:
            if not folder.stat().st_mode & 0o005 == 0o005:
                pytest.skip(f"the program lies below {folder}, which only its owner may enter")
    else:
        pytest.skip("needs setpriv to give up root's rights")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="efface-test-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield prefix, folder
    finally:
        for where, folders, _ in os.walk(folder):
            for name in folders:
                os.chmod(os.path.join(where, name), 0o755)
        shutil.rmtree(folder)
