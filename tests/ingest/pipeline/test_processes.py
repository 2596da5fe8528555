"""Real processes: killed at any moment, and two at once with a reader."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engines.store import Reader, Scope
from ingest.source import Source
from tests.ingest.pipeline.parts import Site, case_text, contents, files_of, parts

ROOT = Path(__file__).parents[3]
KILLS = 12
SCOPE = Scope(kinds=frozenset({"practice"}))
WORDS = ("质量", "党员", "支部")  # each practice has one of them


class Ingest:
    """A process that ingests a folder, and the reports it has written so far."""

    def __init__(self, process: int, output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def lines(self) -> list[Any]:
        """Whole lines only: the last may have been cut off by a kill."""
        text = self._output.read_text(encoding="utf-8") if self._output.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line != "done"]

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        return True

    def wait_for(self, lines: int) -> None:
        while self.alive and len(self.lines) < lines:
            time.sleep(0.001)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        while self.alive:
            time.sleep(0.001)


Start = Callable[[Path, Path, str], Ingest]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts ingesting processes: real ones, forked from one that has loaded the models."""
    outputs = tmp_path_factory.mktemp("outputs")
    command = [sys.executable, "-m", "tests.ingest.pipeline.ingesting"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as parent:
        requests, answers = parent.stdin, parent.stdout
        assert requests is not None
        assert answers is not None
        assert answers.readline() == "ready\n"
        started: list[Ingest] = []

        def starting(home: Path, folder: Path, collection: str) -> Ingest:
            output = outputs / f"{len(started)}.jsonl"
            request = {"home": str(home), "folder": str(folder), "collection": collection, "output": str(output)}
            requests.write(json.dumps(request) + "\n")
            requests.flush()
            started.append(Ingest(int(answers.readline()), output))
            return started[-1]

        yield starting
        for ingest in started:
            ingest.kill()
        parent.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "材料"
    made.mkdir()
    for number in range(60):
        (made / f"{number:02}.txt").write_text(case_text(number, 1 + number % 5), encoding="utf-8")
    return made


def _expected(home: Path, folder: Path, collection: str) -> dict[str, dict[str, Any]]:
    """What an undisturbed ingest makes of each file: document id → contents."""
    site = Site(home)
    list(site.ingester.ingest_paths([folder], collection))
    with site.store.reading() as reader:
        ids = [node.id for node in reader.nodes(label="Document") if node.properties.get("content_hash")]
        made = {id: _timeless(contents(reader, id)) for id in ids}
    site.close()
    return made


def _timeless(held: dict[str, Any]) -> dict[str, Any]:
    held["nodes"] = [
        (id, label, {k: v for k, v in properties.items() if k != "stored_at"})
        for id, label, properties in held["nodes"]
    ]
    return held


def test_kill_at_any_moment_leaves_every_reported_source_whole_and_no_other_half(
    start: Start, tmp_path: Path, folder: Path
) -> None:
    expected = _expected(tmp_path / "undisturbed", folder, "默认")
    home = tmp_path / "home"
    Site(home).close()
    chance = random.Random(20261125)
    reported: set[str] = set()
    cut_short = 0
    for _ in range(KILLS):
        ingest = start(home, folder, "默认")
        # Some die while they start, some right behind a commit, some amid one.
        before = len(reported)
        ingest.wait_for(before + chance.choice([0, 1, 2, 3]))
        time.sleep(chance.random() * 0.06)
        ingest.kill()
        cut_short += ingest.lines[-1:] != ["done"]
        reported |= {report["document"] for report in ingest.reports}
        _check_whole(home, expected, reported)
    assert cut_short >= KILLS // 2, "too few were killed half way: make the folder larger"
    assert reported
    ingest = start(home, folder, "默认")
    ingest.wait_for(len(expected) + 1)
    assert ingest.lines[-1] == "done"
    assert {report["status"] for report in ingest.reports} <= {"stored", "unchanged"}
    _check_whole(home, expected, set(expected))


def _check_whole(home: Path, expected: dict[str, dict[str, Any]], reported: set[str]) -> None:
    """Every reported document is there; whatever is there is whole, in the truth and in search; nothing else is."""
    site = Site(home)
    try:
        with site.store.reading() as reader:
            stored = {
                n.id: str(n.properties["content_hash"])
                for n in reader.nodes(label="Document")
                if n.properties.get("content_hash")
            }
            assert reported <= stored.keys()
            owned = {id: _timeless(contents(reader, id)) for id in stored}
            assert owned == {id: expected[id] for id in stored}
            practices = {node.id for node in reader.nodes(label="Practice")}
            assert practices == {id for held in owned.values() for id, label, _ in held["nodes"] if label == "Practice"}
            assert {hit.id for hit in reader.match_words(WORDS, SCOPE, 10_000)} == practices
            if stored:
                query = parts().embedder.embed_queries(["质量 党员 培训"])[0]
                assert {
                    hit.id for hit in reader.match_vector(query, parts().embedder.fingerprint, SCOPE, 10_000)
                } == practices
            with site.originals.locked():
                site.originals.collect(reader)
        assert files_of(site) == set(stored.values())
    finally:
        site.close()


def test_two_processes_and_a_reader(start: Start, tmp_path: Path, folder: Path) -> None:
    """Both ingest overlapping sources; this process reads, searches and ingests one document itself meanwhile."""
    home = tmp_path / "home"
    site = Site(home)
    other = tmp_path / "乙"
    other.mkdir()
    for number in range(40, 90):
        (other / f"{number:02}.txt").write_text(case_text(number, 2), encoding="utf-8")
    seen: list[int] = []
    try:
        both = start(home, folder, "默认"), start(home, other, "默认")
        while any(ingest.alive for ingest in both):
            with site.store.reading() as reader:
                practices = sum(1 for _ in reader.nodes(label="Practice"))
                assert len(reader.match_words(WORDS, SCOPE, 10_000)) == practices
                seen.append(len(_hashes(reader)))
            if len(seen) == 3:
                (tmp_path / "own.txt").write_text(case_text(99), encoding="utf-8")
                assert site.ingester.ingest_file(tmp_path / "own.txt", Source("本进程", "own.txt")).status == "stored"
        assert [ingest.lines[-1] for ingest in both] == ["done", "done"]
        assert seen == sorted(seen)
        assert len(set(seen)) > 3, "the reader saw nothing of what the others did"
        reports = [report for ingest in both for report in ingest.reports]
        assert {report["status"] for report in reports} <= {"stored", "replaced", "unchanged"}
        with site.store.reading() as reader:
            hashes = _hashes(reader)
            assert len(reader.match_words(WORDS, SCOPE, 10_000)) == sum(1 for _ in reader.nodes(label="Practice"))
        assert len(hashes) == 91
        assert files_of(site) == set(hashes)
    finally:
        site.close()


def _hashes(reader: Reader) -> list[str]:
    return [
        str(node.properties["content_hash"])
        for node in reader.nodes(label="Document")
        if node.properties.get("content_hash")
    ]
