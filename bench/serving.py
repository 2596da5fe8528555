"""A `zhiwen serve` process under measurement: started, asked over HTTP by one client or several, ended."""

import http.client
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ZHIWEN = Path(sys.executable).parent / "zhiwen"
_START_SECONDS = 300


class Service:
    """A running server; every question has a connection of its own, as a script's have."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]", start_ms: float) -> None:
        self.port, self.process, self.start_ms = port, process, start_ms

    def get(self, path: str, **parameters: object) -> Any:
        """The JSON answer. Raises `RuntimeError` for any status but 200."""
        return json.loads(self.text(path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")))

    def text(self, address: str, *, accept: str = "application/json") -> str:
        """The body of the answer. Raises `RuntimeError` for any status but 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        with closing(connection):
            connection.request("GET", address, headers={"Accept": accept})
            response = connection.getresponse()
            body = response.read().decode("utf-8")
        if response.status != 200:
            raise RuntimeError(f"{address}: {response.status} {body[:300]}")
        return body

    @property
    def peak_mb(self) -> float:
        """Most memory that the process has had."""
        return memory_mb(self.process.pid, "VmHWM")


def memory_mb(process: int, which: str = "VmRSS") -> float:
    """Memory of a process by a line of /proc/PID/status."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.split(which + ":")[1].split()[0]) / 1024


def cpu_s(*processes: int) -> float:
    """Processor seconds that the processes have used so far: what a loaded machine does not falsify."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(environment: dict[str, str]) -> Iterator[Service]:
    """A server over the settings of `environment`, on a free port."""
    started = time.perf_counter()
    command = [str(ZHIWEN), "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        port = _port_of(process)
        service = Service(port, process, 0.0)
        _wait(service)
        service.start_ms = (time.perf_counter() - started) * 1e3
        yield service
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _port_of(process: "subprocess.Popen[bytes]") -> int:
    assert process.stdout is not None
    said = ""
    for raw in process.stdout:
        said += (line := raw.decode("utf-8", "replace"))
        if "http://127.0.0.1:" in line:
            # What it says later must not fill the pipe.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            digits = line.split("http://127.0.0.1:")[1]
            return int("".join(character for character in digits[:5] if character.isdigit()))
    raise SystemExit(f"the server did not start:\n{said}")


def _wait(service: Service) -> None:
    for _ in range(_START_SECONDS * 50):
        if service.process.poll() is not None:
            raise SystemExit(f"the server ended with {service.process.returncode}")
        try:
            service.get("/readyz")
            return
        except (OSError, RuntimeError, http.client.HTTPException):
            time.sleep(0.02)
    raise SystemExit("the server did not become ready")


Call = Callable[[int], object]


def timed(call: Call, rounds: int) -> list[float]:
    """Milliseconds of `call(0)` … `call(rounds - 1)`, in ascending order."""
    times = []
    for turn in range(rounds):
        started = time.perf_counter()
        call(turn)
        times.append((time.perf_counter() - started) * 1e3)
    return sorted(times)


def together(calls: Sequence[Call], clients: int, rounds: int) -> tuple[float, list[float]]:
    """Questions a second, and their milliseconds in order, when `clients` go through `calls` in turn at once."""
    times: list[list[float]] = [[] for _ in range(clients)]
    failures: list[BaseException] = []

    def ask(client: int) -> None:
        try:
            for turn in range(rounds):
                call = calls[(client + turn) % len(calls)]
                times[client] += timed(lambda _: call(client * rounds + turn), 1)  # noqa: B023
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failures:
        raise failures[0]
    every = sorted(each for those in times for each in those)
    return len(every) / seconds, every


def p(times: Sequence[float], percent: int) -> float:
    """A percentile of ascending figures."""
    return times[min(len(times) - 1, len(times) * percent // 100)]


def environment_of(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process over that home: this one's, without settings of the developer's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZHIWEN_")}
    return {**kept, "ZHIWEN_HOME": str(home), "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", **more}
