"""The reading process: its limits hold, its death is survived, and it leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from ingest.readers import sandbox, wire
from ingest.readers.document import SourceDocument
from ingest.readers.errors import ReadFailed
from ingest.readers.limits import Limits
from ingest.readers.sandbox import ReaderWorker, read_in_child
from tests.ingest.readers.files import docx, para

TEXT = "党员骨干包片抓质量。"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def own() -> Iterator[ReaderWorker]:
    with ReaderWorker() as worker:
        yield worker


def refused(worker: ReaderWorker, path: Path) -> ReadFailed:
    with pytest.raises(ReadFailed) as caught:
        worker.read(path, path.name)
    return caught.value


def pid_of(worker: ReaderWorker) -> int:
    assert worker._child is not None
    return worker._child.pid


@pytest.mark.parametrize(
    ("does", "code"),
    [
        ("import time; time.sleep(600)", "timeout"),
        ("\nwhile True: pass", "timeout"),
        ("import os; os.abort()", "crashed"),
        ("import ctypes; ctypes.string_at(0)", "crashed"),
        ("raise MemoryError", "out_of_memory"),
        ("import os; os.write(1, (1 << 60).to_bytes(8, 'big'))", "crashed"),
        ("import os; os.write(1, (7).to_bytes(8, 'big') + b'garbage')", "crashed"),
        ("import os; os.write(1, (2).to_bytes(8, 'big') + b'[]')", "crashed"),
        ("import os; os.write(1, b'123')", "crashed"),
    ],
)
def test_whatever_happens_to_the_process_is_an_answer(
    does: str, code: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ReaderWorker(Limits(seconds=1.0)) as worker, monkeypatch.context() as patch:
        patch.setattr(sandbox, "_START", does)
        failure = refused(worker, file)
        patch.undo()
        worker.limits = Limits()

        assert failure.code == code
        assert "请" in failure.message
        assert worker.read(file, "a.txt").text == TEXT


def test_real_parsing_is_stopped_by_the_clock(tmp_path: Path, file: Path) -> None:
    rows = "".join(f"{n},甲公司,第{n}项做法\n" for n in range(300_000))
    big = tmp_path / "big.csv"
    big.write_text("编号,企业,主要做法\n" + rows, encoding="utf-8")
    with ReaderWorker(Limits(seconds=0.2)) as worker:
        assert refused(worker, big).code == "timeout"


def test_memory_is_limited(tmp_path: Path, own: ReaderWorker, file: Path) -> None:
    path = docx(tmp_path / "a.docx", para("质") * 20_000)
    own.limits = Limits(memory=48 << 20)

    assert refused(own, path).code == "out_of_memory"

    own.limits = Limits()
    assert own.read(path, "a.docx").text.startswith("质\n质")


def test_too_many_rows_and_too_large_results_are_refused(tmp_path: Path, own: ReaderWorker) -> None:
    path = tmp_path / "a.csv"
    path.write_text("编号,主要做法\n" + "".join(f"{n},做法\n" for n in range(60)), encoding="utf-8")
    own.limits = replace(Limits(), rows=50)
    assert refused(own, path).code == "too_large"
    own.limits = replace(Limits(), result=1_000)
    assert refused(own, path).code == "too_large"


def test_one_process_serves_many_files_and_is_replaced_when_it_died(own: ReaderWorker, file: Path) -> None:
    own.read(file, "a.txt")
    first = pid_of(own)
    own.read(file, "b.txt")
    assert pid_of(own) == first

    os.kill(first, signal.SIGKILL)
    assert own._child is not None
    own._child.wait()

    assert own.read(file, "c.txt").name == "c.txt"
    assert pid_of(own) != first


def test_an_interrupted_read_does_not_answer_the_next(
    own: ReaderWorker, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("另一份。", encoding="utf-8")

    def interrupt(_: IO[bytes]) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(own, "_answer", interrupt)
        with pytest.raises(KeyboardInterrupt):
            own.read(other, "other.txt")

    assert own.read(file, "a.txt").text == TEXT


def test_threads_take_turns(own: ReaderWorker, tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.txt" for n in range(40)]
    for path in paths:
        path.write_text(f"第 {path.stem} 份材料。", encoding="utf-8")

    with ThreadPoolExecutor(8) as pool:
        documents: list[SourceDocument] = list(pool.map(lambda path: own.read(path, path.name), paths))

    assert [document.text for document in documents] == [f"第 {path.stem} 份材料。" for path in paths]


def test_one_file_alone(file: Path) -> None:
    assert read_in_child(file, "a.txt", Limits()).text == TEXT


def test_a_closed_worker_has_no_process_left(file: Path) -> None:
    with ReaderWorker() as worker:
        worker.read(file, "a.txt")
        child = worker._child
    assert child is not None
    assert child.returncode is not None


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_the_process_ends_when_its_parent_is_killed(file: Path) -> None:
    program = (
        "import sys, pathlib; from ingest.readers.sandbox import ReaderWorker; w = ReaderWorker();"
        f"w.read(pathlib.Path({str(file)!r}), 'a.txt'); print(w._child.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert _runs(child)
        parent.kill()
    for _ in range(600):
        if not _runs(child):
            return
        time.sleep(0.05)
    pytest.fail("the reading process outlived its parent")


def _runs(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def test_the_process_loads_nothing_heavy() -> None:
    program = "import sys, ingest.readers.child, ingest.readers.tables; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, encoding="utf-8"
    ).stdout.split()

    assert not {"spacy", "rdflib", "numpy", "pydantic", "sklearn", "ladybug", "python_calamine"} & set(loaded)


def test_a_document_survives_the_journey(own: ReaderWorker, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"编号,主要做法,备注\n001,{TEXT},x\n", encoding="utf-8")

    document = own.read(path, "a.csv")

    assert wire.decode(wire.encode(document), "a.csv") == document
