"""`make bench`: ingest, search, match, trace over HTTP, start-up and memory at growing sizes, with ratios.

Every figure of a run is taken on the same machine one after another; read the ratios, not the milliseconds.
The baseline of search is a plain scan of all texts for the query's character pairs, in this process, in the same run.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from bench.material import sentences, write_case_lists

BIN = Path(sys.executable).parent / "zhiwen"
ROUNDS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000", help="passages, comma-separated")
    parser.add_argument("--laws", type=Path, help="statutes as text material (laws.jsonl or laws.jsonl.zst)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args()
    pool = sentences(given.laws)
    figures = {}
    for size in (int(part) for part in given.sizes.split(",")):
        print(f"— {size:,} passages", flush=True)
        with tempfile.TemporaryDirectory(prefix="zhiwen-bench-") as folder:
            figures[size] = measure(Path(folder), size, pool)
    show(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


def measure(folder: Path, size: int, pool: list[str]) -> dict[str, float]:
    """All figures at one size; times in ms, rates a second, memory in MB."""
    texts = write_case_lists(folder / "cases", size, pool)
    env = {**os.environ, "ZHIWEN_HOME": str(folder / "home"), "OPENBLAS_NUM_THREADS": "1"}
    started = time.perf_counter()
    subprocess.run([BIN, "ingest", folder / "cases", "--json"], env=env, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    figures = {"ingest passages/s": size / seconds}
    queries = [text[at : at + 14] for text, at in _samples(texts)]
    started = time.perf_counter()
    subprocess.run([BIN, "search", queries[0], "--json"], env=env, check=True, stdout=subprocess.DEVNULL)
    figures["cold search ms"] = (time.perf_counter() - started) * 1e3
    figures.update(_served(env, queries, texts))
    figures["scan baseline p50"] = _scan(texts, queries[:20])
    figures["search p50 / scan p50"] = figures["search p50"] / figures["scan baseline p50"]
    return figures


def _samples(texts: list[str]) -> list[tuple[str, int]]:
    chance = random.Random(11)
    chosen = [texts[chance.randrange(len(texts))] for _ in range(ROUNDS)]
    return [(text, chance.randrange(max(1, len(text) - 14))) for text in chosen]


def _served(env: dict[str, str], queries: list[str], texts: list[str]) -> dict[str, float]:
    port = 8900 + os.getpid() % 90
    base = f"http://127.0.0.1:{port}"
    started = time.perf_counter()
    server = subprocess.Popen(
        [BIN, "serve", "--port", str(port)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(base + "/readyz", server)
        figures = {"start-up ms": (time.perf_counter() - started) * 1e3}
        first = _timed(lambda: _get(f"{base}/v1/search?q=" + urllib.parse.quote(queries[0])))
        figures["first search ms"] = first
        ids = [
            result["practice"]["id"]
            for query in queries[:10]
            for result in _get(f"{base}/v1/search?q=" + urllib.parse.quote(query))["results"]
        ]
        calls: dict[str, Callable[[int], object]] = {
            "search": lambda turn: _get(f"{base}/v1/search?q=" + urllib.parse.quote(queries[turn])),
            "match": lambda turn: _get(f"{base}/v1/match", {"text": texts[turn * 7 % len(texts)]}),
            "trace": lambda turn: _get(f"{base}/v1/trace/{ids[turn % len(ids)]}?depth=2&direction=out"),
        }
        for name, call in calls.items():
            times = sorted(_timed(lambda: call(turn)) for turn in range(ROUNDS))  # noqa: B023
            figures[f"{name} p50"] = times[ROUNDS // 2]
            figures[f"{name} p99"] = times[ROUNDS * 99 // 100]
        figures["memory MB"] = _memory(server.pid)
        return figures
    finally:
        server.terminate()
        server.wait(30)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(3000):
        if server.poll() is not None:
            raise SystemExit(f"the server ended with {server.returncode}")
        try:
            _get(url)
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the server did not answer within a minute")


def _get(url: str, body: dict[str, str] | None = None) -> dict[str, list[dict[str, dict[str, str]]]]:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, list[dict[str, dict[str, str]]]] = json.load(response)
    return answer


def _timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


def _memory(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _scan(texts: list[str], queries: list[str]) -> float:
    """p50 of ranking every text by how many of the query's character pairs it holds."""

    def scan(query: str) -> None:
        pairs = {query[at : at + 2] for at in range(len(query) - 1)}
        sorted(((sum(pair in text for pair in pairs), place) for place, text in enumerate(texts)), reverse=True)[:10]

    times = sorted(_timed(lambda: scan(query)) for query in queries)  # noqa: B023
    return times[len(times) // 2]


def show(figures: dict[int, dict[str, float]]) -> None:
    sizes = list(figures)
    print("| | " + " | ".join(f"{size:,}" for size in sizes) + " | growth |")
    print("|---" * (len(sizes) + 2) + "|")
    for name in figures[sizes[0]]:
        row = [figures[size][name] for size in sizes]
        growth = row[-1] / row[0] if row[0] else float("nan")
        print(f"| {name} | " + " | ".join(f"{value:,.4g}" for value in row) + f" | × {growth:.3g} |")


if __name__ == "__main__":
    main()
