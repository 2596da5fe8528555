"""The wheel holds everything that the installed product reads, and nothing that only the project itself needs."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.deployment.conftest import ROOT

FOR_THE_PROJECT_ALONE = ("queries/judged/", "analysis/alignment/training/used_sources.sha256")


def files_of(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def in_checkout(packages: tuple[str, ...]) -> set[str]:
    """All files of the packages that git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *packages]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {path for path in listed.split("\0") if path and (ROOT / path).exists()}


def test_every_module_and_data_file_is_in_the_wheel(wheel: Path, maker: ModuleType) -> None:
    wanted = {path for path in in_checkout(maker.PACKAGES) if not path.startswith(FOR_THE_PROJECT_ALONE)}
    assert any(path.startswith("service/samples/") and not path.isascii() for path in wanted)
    assert wanted - files_of(wheel) == set()


def test_nothing_else_is_in_the_wheel(wheel: Path, maker: ModuleType) -> None:
    own = {path for path in files_of(wheel) if not path.startswith("zhiwen-")}
    assert own - in_checkout(maker.PACKAGES) == set()
    assert [path for path in own if path.startswith(FOR_THE_PROJECT_ALONE)] == []


def test_the_wheel_carries_licence_and_command(wheel: Path) -> None:
    names = {path.partition("/")[2] for path in files_of(wheel) if path.startswith("zhiwen-")}
    assert {"licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"} <= names


def test_the_unpacked_wheel_answers_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Ontology, query files, models and samples come from the wheel alone."""
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import service.cli.app as app\n"
        "assert app.__file__.startswith(sys.argv[1]), app.__file__\n"
        "sys.exit(app.run(sys.argv[2:]))\n"
    )
    environment = {**os.environ, "ZHIWEN_HOME": str(tmp_path / "home")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-c", program, str(site), *arguments, "--json"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    def zhiwen(*arguments: str) -> Any:
        done = run(*arguments)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    assert zhiwen("samples")["stored"] > 10
    assert zhiwen("search", "质量党建责任区")["results"]
    assert all(finding["well"] for finding in zhiwen("doctor"))
    refused = run("train", "--with-decisions")
    # Not for want of the texts that it would train on.
    assert "可供学习的结论太少" in refused.stderr, refused.stderr[-2000:]
