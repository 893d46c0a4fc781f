"""Fetches the packages of sweep_packages.yaml by the registries' own clients, and lays each out as it stands where it is
installed. Everything goes into .deps/sweep-packages/, which git ignores; what is there isn't fetched again.

As a program (scripts/sweep-packages): fetches all, or those named, and says what could not be had."""
import collections
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("EFFACE_SWEEP_PACKAGES", ROOT / ".deps/sweep-packages")).absolute()
LIST = ROOT / "tests/sweep_packages.yaml"
TIMEOUT = 300  # seconds a package
FAILURES = 2  # after as many in a run, a registry isn't asked again


class NotFetched(Exception):
    """The registry, or its client, isn't there. The message says which and why."""


def packages():
    return yaml.safe_load(LIST.read_text())["packages"]


def label(package):
    """A name for people, and for the folder."""
    return f"{package['registry']}-{package['name']}-{package['version']}".replace("/", "-").replace(":", "-")


def tree(package):
    return CACHE / label(package)


def root_of_models(package):
    """Where in the tree the paths under `models` begin."""
    inner = {"npm": f"node_modules/{package['name']}", "pypi": "lib/python3.11/site-packages"}.get(package["registry"], ".")
    return tree(package) / inner


def call(*command, cwd):
    if not shutil.which(command[0]) and not os.path.exists(command[0]):
        raise NotFetched(f"{command[0]} isn't installed")
    try:
        ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        raise NotFetched(f"{command[0]} took longer than {TIMEOUT} seconds") from None
    if ran.returncode != 0:
        lines = [line for line in (ran.stderr + ran.stdout).splitlines() if line.strip()]
        raise NotFetched(f"{command[0]}: {lines[-1] if lines else 'failed'}")


def download(package, folder):
    """One file, by the registry's client."""
    name, version = package["name"], package["version"]
    if package["registry"] == "pypi":
        (folder / "pins.txt").write_text(f"{name}=={version} --hash=sha256:{package['sha256']}\n")
        platforms = [part for system in ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")
                     for part in ("--platform", system)]
        call("/usr/bin/python3", "-m", "pip", "download", "--quiet", "--retries", "1", "--no-deps", "--require-hashes", "--only-binary=:all:",
             "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none", *platforms,
             "-r", "pins.txt", cwd=folder)
        (folder / "pins.txt").unlink()
    elif package["registry"] == "npm":
        call("npm", "pack", "--silent", "--fetch-retries=1", f"{name}@{version}", cwd=folder)
    elif package["registry"] == "debian":
        folder.chmod(0o777)  # apt-get downloads as a user of its own
        call("apt-get", "download", "-q", f"{name}:{package['architecture']}={version}", cwd=folder)
    elif package["registry"] == "maven":
        call("mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy", f"-Dartifact={name}:{version}",
             f"-DoutputDirectory={folder}", cwd=folder)
    files = [path for path in folder.iterdir() if path.is_file()]
    if len(files) != 1:
        raise NotFetched("the client fetched no file, or several")
    sha256 = hashlib.sha256(files[0].read_bytes()).hexdigest()
    if sha256 != package["sha256"]:
        raise AssertionError(f"{label(package)}: what came has SHA-256 {sha256}, not {package['sha256']}")
    return files[0]


def lay_out(package, file, target):
    """The package as it stands where it is installed."""
    name, version = package["name"], package["version"]
    if package["registry"] == "pypi":
        with zipfile.ZipFile(file) as wheel:
            wheel.extractall(target / "lib/python3.11/site-packages")
    elif package["registry"] == "npm":
        folder = target / "node_modules" / name
        with tarfile.open(file) as archive, tempfile.TemporaryDirectory(dir=target) as inner:
            archive.extractall(inner, [member for member in archive if member.isfile()])
            (top,) = pathlib.Path(inner).iterdir()
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(top, folder)
    elif package["registry"] == "debian":
        call("dpkg-deb", "-x", file, target, cwd=target)
        # A system's list of packages, with this one.
        fields = subprocess.run(["dpkg-deb", "-f", file], capture_output=True, text=True, check=True).stdout
        status = target / "var/lib/dpkg/status"
        status.parent.mkdir(parents=True)
        status.write_text(fields.replace("\n", "\nStatus: install ok installed\n", 1) + "\n")
    elif package["registry"] == "maven":
        group, artifact = name.split(":")
        folder = target / "lib" / group.replace(".", "/") / artifact / version
        folder.mkdir(parents=True)
        shutil.copy(file, folder / f"{artifact}-{version}.jar")


def fetch(package, failed=collections.Counter()):
    """The installed tree; NotFetched where the registry can't be reached. Whole or not at all."""
    target = tree(package)
    if target.is_dir():
        return target
    if failed[package["registry"]] >= FAILURES:
        raise NotFetched(f"{package['registry']} could not be reached before")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        work = pathlib.Path(work)
        work.chmod(0o755)
        (work / "file").mkdir()
        (work / "tree").mkdir()
        try:
            file = download(package, work / "file")
        except NotFetched:
            failed[package["registry"]] += 1
            raise
        lay_out(package, file, work / "tree")
        os.replace(work / "tree", target)
    return target


def main(names):
    failed = 0
    wanted = [package for package in packages() if not names or package["name"] in names]
    for package in wanted:
        try:
            fetch(package)
        except NotFetched as why:
            failed += 1
            print(f"sweep-packages: {label(package)} could not be fetched: {why}", file=sys.stderr)
    print(f"sweep-packages: {len(wanted) - failed} of {len(wanted)} packages are in {CACHE}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
