"""Several processes on one embedded store, and processes killed in the middle of writing."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from engines.embedded.store import open_embedded
from engines.store import ReadQuery
from tests.contract.content import ANY, STANDARD, vector

PRACTICES = 8

# Applies documents until it is done or killed; says which one is committed, once it is.
_WRITER = f"""
import sys
from dataclasses import replace
from pathlib import Path
from engines.embedded.store import open_embedded
from engines.store import ChangeSet, Record
from tests.contract.content import document

def whole(name, round):
    parts = [document(f"{{name}}-{{n}}", text=f"第{{round}}轮") for n in range({PRACTICES})]
    owner = f"doc-{{name}}"
    joined = dict(owner=owner, removes=(owner,), records=(Record("job", name, {{"round": round}}),))
    for field in ("nodes", "relations", "texts"):
        joined[field] = tuple(x for part in parts for x in getattr(part, field))
    joined["vectors"] = {{"fitted-1": {{k: v for part in parts for k, v in part.vectors["fitted-1"].items()}}}}
    return ChangeSet(**joined)

store = open_embedded(Path(sys.argv[1]))
for round in range(int(sys.argv[4])):
    for number in range(int(sys.argv[3])):
        name = f"{{sys.argv[2]}}{{number}}"
        generation = store.apply(whole(name, round))
        print(name, round, generation, flush=True)
"""


def _write(path: Path, prefix: str, documents: int, rounds: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path), prefix, str(documents), str(rounds)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def _check_whole(path: Path, reported: dict[str, int]) -> None:
    """Every document is there whole, of one round, and at least of the one last reported."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    store = open_embedded(path)
    with store.reading() as reader:
        jobs = {record.key: record.value or {} for record in reader.records("job")}
        assert jobs.keys() >= reported.keys()
        for name, value in jobs.items():
            assert value["round"] >= reported.get(name, 0)
            practices = list(reader.nodes(owner=f"doc-{name}", label="Practice"))
            assert len(practices) == len(list(reader.texts(owner=f"doc-{name}"))) == PRACTICES
            assert {node.properties["text"] for node in practices} == {f"第{value['round']}轮"}
            assert len(list(reader.relations(owner=f"doc-{name}", type="SATISFIES"))) == PRACTICES
        total = len(jobs) * PRACTICES
        assert reader.read(ReadQuery("count", "MATCH (p:Practice) RETURN count(*) AS n")) == [{"n": total}]
        assert len(reader.match_words(["质量"], ANY, 10_000)) == total
        near = reader.match_vector(vector(1, 0, 0), "fitted-1", ANY, 10_000) if total else []
        assert len(near) == total
    store.close()


def _reported(output: str) -> dict[str, int]:
    # The last line may be torn.
    lines = [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return {name: int(round_) for name, round_, _ in lines}


def test_two_processes_write_while_a_third_reads(tmp_path: Path) -> None:
    path = tmp_path / "zhiwen.db"
    store = open_embedded(path)
    store.apply(STANDARD)
    writers = [_write(path, prefix, documents=10, rounds=2) for prefix in ("x", "y")]
    seen = [0]
    while any(writer.poll() is None for writer in writers):
        with store.reading() as reader:
            held = reader.read(ReadQuery("count", "MATCH (p:Practice) RETURN count(*) AS n"))[0]["n"]
            assert held == len(reader.match_words(["质量"], ANY, 10_000)) == len(list(reader.nodes(label="Practice")))
            assert held % PRACTICES == 0
            seen.append(held)
    outputs = [writer.communicate()[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen == sorted(seen)
    reported = {name: round_ for output in outputs for name, round_ in _reported(output).items()}
    assert reported == {f"{prefix}{number}": 1 for prefix in "xy" for number in range(10)}
    assert len({line.split()[2] for output in outputs for line in output.splitlines()}) == 40
    with store.reading() as reader:
        assert len(reader.match_words(["质量"], ANY, 10_000)) == 20 * PRACTICES
    assert store.projection_loads["words"] == store.projection_loads["graph"] == 1
    store.close()
    _check_whole(path, reported)


def test_killed_at_random_moments_leaves_whole_change_sets(tmp_path: Path) -> None:
    path = tmp_path / "zhiwen.db"
    store = open_embedded(path)
    store.apply(STANDARD)
    store.close()
    moments = random.Random(20)
    reported: dict[str, int] = {}
    killed = 0
    for run in range(12):
        writer = _write(path, f"r{run}-", documents=4, rounds=100_000)
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(moments.uniform(0, 0.15))
        writer.send_signal(signal.SIGKILL)
        rest = writer.communicate()[0]
        killed += writer.returncode == -signal.SIGKILL
        reported = {**reported, **_reported(first + rest)}
        _check_whole(path, reported)
    assert killed == 12


def test_stores_made_at_once_are_one(tmp_path: Path) -> None:
    path = tmp_path / "new" / "zhiwen.db"
    program = (
        "import sys; from pathlib import Path; from engines.embedded.store import open_embedded; from engines.store import *\n"
        "open_embedded(Path(sys.argv[1])).apply(ChangeSet(records=(Record('job', sys.argv[2], {}),)))"
    )
    makers = [subprocess.Popen([sys.executable, "-c", program, str(path), str(number)]) for number in range(5)]
    assert [maker.wait(60) for maker in makers] == [0] * 5
    store = open_embedded(path)
    with store.reading() as reader:
        assert [record.key for record in reader.records("job")] == list("01234")
        assert reader.generation == 5
    store.close()
