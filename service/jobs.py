"""Uploads as jobs: accepted at once, ingested one after another, their progress kept in the store.

An upload lies under `ZHIWEN_HOME/uploads/<job>/` until it is done, so that a restart takes it up again. Of a job on
this machine the process tells whether it is still worked on. Nothing here can see the processes of another machine
or container: its jobs are taken up when none of them has changed for `STALE_AFTER`.
"""

import hashlib
import logging
import os
import queue
import secrets
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from engines.store import ChangeSet, Record, Store

log = logging.getLogger("zhiwen.jobs")
STALE_AFTER: Final = timedelta(hours=2)  # many times what the largest file takes on the slowest store
_UNFINISHED: Final = ("queued", "running")
_LOOK_AGAIN_S: Final = 600.0
_INTERRUPTED: Final = {
    "code": "interrupted",
    "message": "服务在处理结束时中断，结果未记下；请在材料列表中查看，没有则重新上传",
}

# Ingests one file as (path, collection, name, replace) and reports it as the command line would.
IngestFile = Callable[[Path, str, str, bool], dict[str, Any]]


class Jobs:
    """The queue of one server process. Records of kind `job` hold what clients may ask for."""

    def __init__(self, store: Store, uploads: Path, ingest: IngestFile) -> None:
        self._store = store
        self._uploads = uploads
        self._ingest = ingest
        self._host = _this_host()
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._mine: set[str] = set()  # waiting in the queue, or being worked on
        self._worker: threading.Thread | None = None
        self._lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take up what other processes left, now and later, and stop in good order at the end."""
        self._take_up()
        self._start()
        try:
            yield
        finally:
            self._stop()

    def folder(self) -> Path:
        """A new, empty folder whose name is the id of the job to be submitted."""
        folder = self._uploads / ("job-" + secrets.token_hex(8))
        folder.mkdir(parents=True)
        return folder

    def submit(self, folder: Path, file: Path, *, collection: str, name: str, replace: bool) -> dict[str, Any]:
        """Queue the file (inside `folder`) and return the job's record."""
        value = {
            "state": "queued",
            "collection": collection,
            "name": name,
            "file": file.name,
            "replace": replace,
            "created_at": _now(),
            "total": 1,
            "done": 0,
            "sources": [],
            **self._here(),
        }
        self._mine.add(folder.name)
        self._save(folder.name, value)
        self._put(folder.name)
        return public(folder.name, value)

    def get(self, job: str) -> dict[str, Any] | None:
        value = self._load(job)
        return public(job, value) if value else None

    def _take_up(self) -> None:
        for job, value in self._left_behind():
            if (self._uploads / job).is_dir():
                self._save(job, {**value, **self._here()})
                self._put(job)
            else:
                self._finish(job, value, {"source": value["name"], "status": "failed", **_INTERRUPTED})

    def _left_behind(self) -> list[tuple[str, dict[str, Any]]]:
        """Jobs that a process which no longer runs, or one elsewhere that makes no progress, has not finished."""
        with self._store.reading() as reader:
            records = [(record.key, dict(record.value)) for record in reader.records("job") if record.value]
        latest: dict[str, str] = {}
        for _, value in records:
            host = value.get("host", self._host)
            latest[host] = max(latest.get(host, ""), value.get("updated_at", ""))
        working = {host for host, at in latest.items() if host != self._host and _recent(at)}
        return [
            (job, value)
            for job, value in records
            if value["state"] in _UNFINISHED and job not in self._mine and not self._worked_on(value, working)
        ]

    def _worked_on(self, value: dict[str, Any], working: set[str]) -> bool:
        host = value.get("host", self._host)
        return _alive(int(value["process"])) if host == self._host else host in working

    def _here(self) -> dict[str, Any]:
        return {"host": self._host, "process": os.getpid()}

    def _put(self, job: str) -> None:
        self._mine.add(job)
        self._queue.put(job)
        self._start()

    def _start(self) -> None:
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="zhiwen-jobs", daemon=True)
                self._worker.start()

    def _stop(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        if worker:
            self._queue.put(None)
            worker.join(timeout=30)

    def _work(self) -> None:
        while True:
            try:
                job = self._queue.get(timeout=_LOOK_AGAIN_S)
            except queue.Empty:
                self._look_again()
                continue
            if job is None:
                return
            try:
                self._run(job)
            except Exception:
                log.exception("job %s", job)
            finally:
                self._mine.discard(job)

    def _look_again(self) -> None:
        try:
            self._take_up()
        except Exception as error:
            log.warning("looking for jobs left behind: %s", error)

    def _run(self, job: str) -> None:
        value = self._load(job)
        if not value:
            return
        self._save(job, {**value, **self._here(), "state": "running"})
        file = self._uploads / job / value["file"]
        try:
            report = self._ingest(file, value["collection"], value["name"], value["replace"])
        except Exception as error:
            log.exception("job %s", job)
            report = {"source": value["name"], "status": "failed", "code": "internal_error", "message": str(error)}
        if report.get("code") == "store_failed":
            log.warning("job %s: %s", job, report["message"])
        # The upload goes first: whoever reads that a marked document was refused may rely on its being gone.
        shutil.rmtree(self._uploads / job, ignore_errors=True)
        self._finish(job, value, report)

    def _finish(self, job: str, value: dict[str, Any], report: dict[str, Any]) -> None:
        state = "failed" if report["status"] == "failed" else "done"
        self._save(job, {**value, "state": state, "done": 1, "sources": [report], "finished_at": _now()})

    def _load(self, job: str) -> dict[str, Any] | None:
        with self._store.reading() as reader:
            return next((dict(record.value) for record in reader.records("job", key=job) if record.value), None)

    def _save(self, job: str, value: dict[str, Any]) -> None:
        self._store.apply(ChangeSet(records=(Record("job", job, {**value, "updated_at": _now()}),)))


def public(job: str, value: dict[str, Any]) -> dict[str, Any]:
    """What clients see of a job."""
    hidden = {"process", "host", "updated_at", "file"}
    return {"id": job, **{name: part for name, part in value.items() if name not in hidden}}


def _alive(process: int) -> bool:
    if process == os.getpid():
        return False  # an earlier process that had our number
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _this_host() -> str:
    """The host's name, and something that tells machines of one name apart and outlasts a restart."""
    try:
        machine = Path("/etc/machine-id").read_bytes()
    except OSError:
        machine = b""
    return f"{socket.gethostname()}-{hashlib.sha256(machine).hexdigest()[:8]}"


def _recent(at: str) -> bool:
    return bool(at) and datetime.now(UTC) - datetime.fromisoformat(at) < STALE_AFTER


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
