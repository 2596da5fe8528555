"""Reading files in a child process that can be killed, so that no file takes the service down."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Lock, Timer
from types import TracebackType
from typing import IO, Final

from ingest.readers.document import SourceDocument
from ingest.readers.errors import ReadFailed
from ingest.readers.limits import DEFAULT_LIMITS, Limits
from ingest.readers.wire import decode

_ROOT: Final = str(Path(__file__).resolve().parents[2])
# Without `site`, the child starts in a fraction of the time; it is told where libraries are.
_START: Final = "import sys; sys.path[:] = sys.argv[1:]; from ingest.readers.child import main; main()"
_PASSED: Final = ("SYSTEMROOT", "PATH", "TMPDIR", "TEMP", "LD_LIBRARY_PATH")
_FILES_A_CHILD: Final = 2_000


class ReaderWorker:
    """Reads files one after another in a child process, which is replaced when a file has killed it.

    A context manager; may be shared between threads, which then take turns. The child starts with the
    first file. Read a copy that nobody changes: the child opens the path itself.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self._child: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._served = 0
        self._lock = Lock()

    def __enter__(self) -> "ReaderWorker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, path: Path, name: str) -> SourceDocument:
        """The document in file `path`, which its source calls `name`. Raises `ReadFailed`."""
        with self._lock:
            if self._served >= _FILES_A_CHILD:
                self._stop()
            try:
                return decode(self._ask(path, name), name)
            except ReadFailed as failure:
                if failure.code in {"out_of_memory", "crashed", "timeout"}:
                    self._stop()
                raise
            except BaseException:  # interrupted while waiting: the child's answer would be taken for the next file's
                self._stop()
                raise

    def close(self) -> None:
        """End the child process."""
        with self._lock:
            self._stop()

    def _ask(self, path: Path, name: str) -> bytes:
        child = self._running()
        assert child.stdin is not None
        assert child.stdout is not None
        expired: list[bool] = []

        def expire() -> None:
            expired.append(True)
            _kill(child)

        request = {"path": os.path.abspath(path), "name": name, "limits": asdict(self.limits)}
        alarm = Timer(self.limits.seconds, expire)
        alarm.daemon = True
        alarm.start()
        try:
            child.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            child.stdin.flush()
            answer = self._answer(child.stdout)
        except (BrokenPipeError, EOFError) as error:
            raise self._died(child, bool(expired)) from error
        finally:
            alarm.cancel()
        self._served += 1
        return answer

    def _answer(self, stream: IO[bytes]) -> bytes:
        length = int.from_bytes(_exactly(stream, 8), "big")
        if length > self.limits.result:
            raise ReadFailed("crashed", "解析结果过大")
        return _exactly(stream, length)

    def _died(self, child: subprocess.Popen[bytes], expired: bool) -> ReadFailed:
        _kill(child)
        status = child.wait()
        said = b""
        if self._stderr is not None:
            self._stderr.seek(0)
            said = self._stderr.read(1_000_000)
        if expired or status == -getattr(signal, "SIGXCPU", 0):
            return ReadFailed("timeout", f"超过 {self.limits.seconds:g} 秒")
        if b"emory allocation" in said or b"MemoryError" in said:
            return ReadFailed("out_of_memory", f"超过 {self.limits.memory / (1 << 20):.0f} MB")
        return ReadFailed("crashed")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._stop()
            self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
            paths = dict.fromkeys([_ROOT, *(os.path.abspath(entry) for entry in sys.path if entry)])
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _START, *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env={key: os.environ[key] for key in _PASSED if key in os.environ},
                start_new_session=True,
            )
            self._served = 0
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            _kill(child)
            child.wait()
            for stream in (child.stdin, child.stdout):
                if stream is not None:
                    _close(stream)
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None


def read_in_child(path: Path, name: str, limits: Limits = DEFAULT_LIMITS) -> SourceDocument:
    """The document in one file, read in a child process of its own. Raises `ReadFailed`."""
    with ReaderWorker(limits) as worker:
        return worker.read(path, name)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _close(stream: IO[bytes]) -> None:
    with suppress(BrokenPipeError):  # of a request that was never taken up
        stream.close()


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the child with all that it may have started."""
    if child.poll() is not None:
        return
    try:
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    except (ProcessLookupError, PermissionError):
        child.kill()
