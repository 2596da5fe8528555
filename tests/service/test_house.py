"""The house keeps its promises about itself: documentation is complete, names collide with nobody, nothing is sent out."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

from service import settings
from service.rest.problems import TITLES

ROOT = Path(__file__).parent.parent.parent
PACKAGES = {"ontology", "engines", "analysis", "ingest", "queries", "service", "bench"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    text = read("docs/operation.md")
    for setting in settings.DECLARED:
        assert f"`{setting.variable}`" in text, setting.variable


def test_every_route_and_problem_code_is_documented() -> None:
    text = read("docs/api.md")
    routes = re.findall(
        r'@router\.(get|post|delete)\("([^"]+)"',
        "".join(path.read_text(encoding="utf-8") for path in (ROOT / "service/rest").glob("*.py")),
    )
    assert len(routes) > 15
    for _, path in routes:
        assert path.removeprefix("/v1") in text, path
    for code in TITLES:
        assert f"`{code}`" in text, code


def test_every_ingest_code_is_documented() -> None:
    from ingest.readers.errors import REASONS

    text = read("docs/ingest.md")
    for code in REASONS:
        assert f"`{code}`" in text, code


def test_package_names_belong_to_us_alone() -> None:
    owners = importlib.metadata.packages_distributions()
    for package in PACKAGES - {"bench"}:
        assert set(owners.get(package, ["zhiwen"])) == {"zhiwen"}, package


def test_no_address_of_a_machine_or_registry_is_in_the_project() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if not path.exists():
            continue  # deleted, and not yet committed so
        if path.suffix in {".py", ".md", ".toml", ".txt", ".ttl", ".xml", ".html"} or path.name in {"Makefile", "run"}:
            assert not re.search(r"/(?:root|home/\w+)/", path.read_text(encoding="utf-8")), name


_OFFLINE = """
import sys
def hook(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in ("127.0.0.1", "::1"):
        raise SystemExit(f"went out to {arguments[1]}")
    if event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", "::1", "localhost", None):
        raise SystemExit(f"asked for the address of {arguments[0]}")
sys.addaudithook(hook)
from service.cli.app import run
raise SystemExit(run(sys.argv[1:]))
"""


def test_nothing_is_sent_out(tmp_path: Path) -> None:
    case = tmp_path / "a.txt"
    case.write_text("某厂党支部组织党员攻关，班组提出改善提案120件，返修率下降12%。", encoding="utf-8")
    for words in (["ingest", str(case)], ["search", "党员攻关"], ["match", "党员攻关"], ["doctor"], ["rebuild"]):
        done = subprocess.run(
            [sys.executable, "-c", _OFFLINE, *words],
            env={"ZHIWEN_HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        assert "went out" not in done.stderr
