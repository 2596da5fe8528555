"""Makes the offline bundle: all wheels of one architecture with their hashes, an installer that needs no network, a unit.

    python docker/bundle/make_bundle.py --arch x86_64|aarch64 [--python 3.11] [--extra NAME …]

Run it where the package index is reachable; the result is dist/zhiwen-<version>-<arch>.tar.gz.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from email.parser import HeaderParser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ARCHITECTURES = ("x86_64", "aarch64")
GLIBC = (2, 28)  # the oldest that numpy, spaCy and Ladybug have wheels for; Kylin V10, UOS 20, openEuler 20.03 have it
GLIBC_TEXT = ".".join(map(str, GLIBC))
PACKAGES = ("ontology", "engines", "analysis", "ingest", "queries", "service")
EPOCH = 946_684_800  # 2000-01-01: every time in the archive, so that equal contents give equal bytes


class BundleFailed(Exception):
    """The bundle cannot be made; the message says why."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", choices=ARCHITECTURES, required=True)
    parser.add_argument("--python", default="3.11", help="Python of the target machine, such as 3.12")
    parser.add_argument("--extra", action="append", default=[], help="an extra of pyproject.toml to include")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    given = parser.parse_args()
    try:
        print(make(given.arch, given.python, given.extra, given.out))
    except BundleFailed as error:
        print(f"no bundle: {error}", file=sys.stderr)
        return 1
    return 0


def make(arch: str, python: str, extras: list[str], out: Path) -> Path:
    """The finished archive. Raises `BundleFailed`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name = f"zhiwen-{project['version']}-{arch}"
    with tempfile.TemporaryDirectory(prefix="zhiwen-bundle-") as work:
        folder = Path(work) / name
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        download(requirements_of(project, extras), arch, python, wheels)
        build_own(wheels)
        problems = missing(wheels, environment_of(arch, python), extras)
        if problems:
            raise BundleFailed("; ".join(problems))
        (folder / "requirements.txt").write_text(locked(wheels), encoding="utf-8")
        add_files(folder, {"VERSION": project["version"], "ARCH": arch, "PYTHON": python, "GLIBC": GLIBC_TEXT})
        write_sums(folder)
        out.mkdir(parents=True, exist_ok=True)
        return pack(folder, out / f"{name}.tar.gz")


def requirements_of(project: Mapping[str, Any], extras: Iterable[str]) -> list[str]:
    """The project's run-time requirements, with those of the chosen extras."""
    wanted = list(project["dependencies"])
    for extra in extras:
        if extra not in project["optional-dependencies"]:
            raise BundleFailed(f"pyproject.toml has no extra {extra}")
        wanted += project["optional-dependencies"][extra]
    return wanted


def download(requirements: list[str], arch: str, python: str, wheels: Path) -> None:
    """All wheels that `requirements` need on the target, within constraints.txt, and pip's own."""
    # pip takes a named platform literally, so every older glibc is named, too.
    platforms = [f"manylinux_2_{minor}_{arch}" for minor in range(GLIBC[1], 4, -1)]
    run: list[str | Path] = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
    run += ["--only-binary=:all:"]
    run += ["--implementation", "cp", "--python-version", python, "-c", ROOT / "constraints.txt", "-d", wheels]
    for platform in (*platforms, f"manylinux2014_{arch}", f"manylinux1_{arch}", f"linux_{arch}"):
        run += ["--platform", platform]
    execute([*run, "pip", *requirements])


def build_own(wheels: Path) -> None:
    """The project's own wheel."""
    with tempfile.TemporaryDirectory(prefix="zhiwen-source-") as source:
        copy_source(Path(source))
        execute(
            [sys.executable, "-m", "pip", "wheel", "--disable-pip-version-check", "--no-deps", "-w", wheels, source]
        )


def copy_source(target: Path) -> None:
    """What the wheel is built from, without what earlier builds left in the checkout: that must not slip in."""
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, target)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))


def environment_of(arch: str, python: str) -> dict[str, str]:
    """What requirement markers see on the target; pip's download evaluates them for the machine that it runs on."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": arch,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": "linux",
    }


def missing(wheels: Path, environment: Mapping[str, str], extras: Iterable[str]) -> list[str]:
    """What the wheels need on the target and do not have among them."""
    have = {name: (version, path) for path, name, version in _parsed(wheels)}
    todo, seen, problems = [("zhiwen", ("", *extras))], set[tuple[str, str]](), []
    while todo:
        name, wanted = todo.pop()
        for extra in wanted:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for need in _needs(have[canonicalize_name(name)][1]):
                if need.marker and not need.marker.evaluate({**environment, "extra": extra}):
                    continue
                found = have.get(canonicalize_name(need.name))
                if found is None or not need.specifier.contains(found[0], prereleases=True):
                    problems.append(f"{name} needs {need}, which is not in the bundle")
                else:
                    todo.append((need.name, ("", *need.extras)))
    return problems


def _needs(wheel: Path) -> list[Requirement]:
    with ZipFile(wheel) as archive:
        path = next(entry for entry in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", entry))
        metadata = HeaderParser().parsestr(archive.read(path).decode("utf-8"))
    return [Requirement(line) for line in metadata.get_all("Requires-Dist") or []]


def locked(wheels: Path) -> str:
    """Requirements for `pip install --require-hashes`: every wheel but pip's, by version and hash."""
    lines = []
    for path, name, version in _parsed(wheels):
        if name != "pip":
            lines.append(f"{name}=={version} --hash=sha256:{_sha256(path)}\n")
    return "".join(lines)


def add_files(folder: Path, values: Mapping[str, str]) -> None:
    """The installer, unit and explanation, with the bundle's own facts put in."""
    for name in ("install.sh", "zhiwen-admin", "zhiwen.service", "zhiwen.env", "README.md"):
        text = (HERE / name).read_text(encoding="utf-8")
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("install.sh", "zhiwen-admin"):
        (folder / name).chmod(0o755)
    for name in ("LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder)


def write_sums(folder: Path) -> None:
    """SHA256SUMS over every file of the bundle."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def pack(folder: Path, target: Path) -> Path:
    """The folder as a tar.gz, appearing under its name only when whole."""
    partial = target.with_name(target.name + ".partial")
    with (
        partial.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=EPOCH, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in (folder, *sorted(folder.rglob("*"))):
            archive.add(path, path.relative_to(folder.parent).as_posix(), recursive=False, filter=_anonymous)
    return partial.rename(target)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    member.mtime = EPOCH
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member


def _parsed(wheels: Path) -> list[tuple[Path, str, Version]]:
    names = [(path, parse_wheel_filename(path.name)) for path in sorted(wheels.glob("*.whl"))]
    return [(path, str(parsed[0]), parsed[1]) for path, parsed in names]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def execute(command: list[str | Path]) -> None:
    """Run it; its own words go to standard error. Raises `BundleFailed`."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    if subprocess.run(command, stdout=sys.stderr, env=environment).returncode:
        raise BundleFailed(f"{' '.join(map(str, command[1:4]))} failed; its message stands above")


if __name__ == "__main__":
    sys.exit(main())
