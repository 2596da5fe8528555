"""The same load on both engines side by side, and Neo4j's own retriever on the same server, data and embedder.

    python -m bench.engines --sizes 1000,10000 --engines embedded,neo4j,graphrag --laws laws.jsonl.zst --json figures.json

The service is asked over HTTP as its users ask it; the retrievers are compared in one process, without the service.
Every figure of a run is taken on one machine, one after another: read the ratios. `load` is the machine's load average
when a part began; Neo4j and what asks it share the processors. CPU is processor time, in ms a question, of service and
server together: where others use the machine, too, it says more than the time that passed.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.material import sentences, write_case_lists
from bench.serving import ZHIWEN, Call, Service, cpu_s, environment_of, memory_mb, p, served, timed, together

ENGINES = ("embedded", "neo4j", "graphrag")
SERVER = Path(__file__).parent.parent / "docker" / "neo4j" / "server.py"
CLIENTS = 8
_SAY_S = 30.0  # between lines of progress in a log
_QUERY = 14  # characters of a practice's text that stand for a question about it

Figures = dict[str, float]


@dataclass(frozen=True)
class Material:
    """What is stored and what is asked. `sought`: the external id of the practice that each question is a part of."""

    folder: Path
    size: int
    questions: tuple[str, ...]
    sought: tuple[str, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000", help="passages, comma-separated")
    parser.add_argument("--engines", default=",".join(ENGINES), help="comma-separated; graphrag needs neo4j")
    parser.add_argument("--laws", type=Path, help="statutes as text material (laws.jsonl or laws.jsonl.zst)")
    parser.add_argument("--rounds", type=int, default=100, help="questions of each kind")
    parser.add_argument("--folder", type=Path, help="where to keep bases and server, for another look (else removed)")
    parser.add_argument("--json", type=Path, help="write the figures here, after every size")
    given = parser.parse_args()
    # For the retrieval in this process, as `environment_of` does for the others; numpy is not loaded yet.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    engines = given.engines.split(",")
    if unknown := set(engines) - set(ENGINES):
        parser.error(f"no such engine: {', '.join(sorted(unknown))}")
    if "graphrag" in engines and "neo4j" not in engines:
        parser.error("graphrag is asked on the server that neo4j fills: name both")
    pool = sentences(given.laws)
    figures: dict[int, dict[str, Figures]] = {}
    for size in (int(part) for part in given.sizes.split(",")):
        with _folder(given.folder, size) as folder:
            figures[size] = measure(folder, size, pool, engines, given.rounds)
        show(size, figures[size])
        if given.json:
            given.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


@contextmanager
def _folder(given: Path | None, size: int) -> Iterator[Path]:
    if given is None:
        with tempfile.TemporaryDirectory(prefix="zhiwen-bench-") as made:
            yield Path(made)
    else:
        folder = given.absolute() / str(size)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder


def measure(folder: Path, size: int, pool: list[str], engines: Sequence[str], rounds: int) -> dict[str, Figures]:
    """All figures at one size, by engine; times in ms, rates a second, memory and disk in MB."""
    say(f"— {size:,} passages")
    texts = write_case_lists(folder / "cases", size, pool)
    chance = random.Random(11)
    places = [chance.randrange(size) for _ in range(rounds)]
    cuts = [chance.randrange(max(1, len(texts[place]) - _QUERY)) for place in places]
    questions = tuple(texts[place][cut : cut + _QUERY] for place, cut in zip(places, cuts, strict=True))
    material = Material(folder / "cases", size, questions, tuple(f"B{place:06}" for place in places))
    found: dict[str, Figures] = {}
    if "embedded" in engines:
        home = folder / "embedded"
        found["embedded"] = _engine("embedded", material, environment_of(home), rounds)
        found["embedded"]["disk MB"] = _disk_mb(*home.glob("zhiwen.db*"))
    if "neo4j" in engines:
        with server(folder / "server") as (login, process):
            settings = {
                "ZHIWEN_STORE": login["uri"],
                "ZHIWEN_NEO4J_USER": login["user"],
                "ZHIWEN_NEO4J_PASSWORD": login["password"],
            }
            environment = environment_of(folder / "neo4j", **settings)
            found["neo4j"] = _engine("neo4j", material, environment, rounds, process)
            found["neo4j"]["server memory MB"] = memory_mb(process)
            if "graphrag" in engines:
                from bench.peers import compare

                embedded = folder / "embedded" / "zhiwen.db" if "embedded" in engines else None
                for name, figures in compare(
                    login, process, embedded, material.questions, material.sought, say
                ).items():
                    found.setdefault(name, {}).update(figures)
        # Stopped: until then much of it is in the server's memory.
        data = folder / "server" / "data"
        found["neo4j"]["disk MB"] = _disk_mb(data / "databases")
        found["neo4j"]["disk of logs MB"] = _disk_mb(data / "transactions")
    return found


@contextmanager
def server(home: Path) -> Iterator[tuple[dict[str, str], int]]:
    """A Neo4j server of our own, empty; how to log in, and its process."""
    say("  starting Neo4j …")
    done = subprocess.run([sys.executable, SERVER, "start", "--home", home], stdout=subprocess.PIPE, check=True)
    try:
        state = json.loads((home / "zhiwen-server.json").read_text(encoding="utf-8"))
        yield json.loads(done.stdout), int(state["pid"])
    finally:
        subprocess.run([sys.executable, SERVER, "stop", "--home", home], check=True)


def _engine(name: str, material: Material, environment: dict[str, str], rounds: int, *server: int) -> Figures:
    """`server`: the process of the database server, where there is one; its processor time counts."""
    figures: Figures = {"load": os.getloadavg()[0]}
    before = _children_s() + cpu_s(*server)
    figures["ingest passages/s"] = _ingest(name, material, environment)
    figures["ingest, CPU s per 1,000"] = (_children_s() + cpu_s(*server) - before) / material.size * 1e3
    say(f"  {name}: starting the service …")
    with served(environment) as service:
        figures["start-up ms"] = service.start_ms
        figures |= _asked(name, service, material, rounds, server)
        figures["service memory MB"] = service.peak_mb
    return figures


def _children_s() -> float:
    """Processor seconds of all processes that were started here and have ended, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ingest(name: str, material: Material, environment: dict[str, str]) -> float:
    """Passages a second by the command line, from files to committed."""
    files = len(list(material.folder.iterdir()))
    started = time.perf_counter()
    command = [str(ZHIWEN), "ingest", str(material.folder), "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert process.stdout is not None
    stored = 0
    for done, line in enumerate(process.stdout, 1):
        stored += int(json.loads(line).get("practices") or 0)
        rate = stored / (time.perf_counter() - started)
        say(f"  {name}: {done} of {files} files, {stored:,} practices, {rate:,.0f}/s", again=done < files)
    if process.wait() or stored != material.size:
        raise SystemExit(
            f"{name}: ingest ended with {process.returncode}, {stored} of {material.size} practices stored"
        )
    return stored / (time.perf_counter() - started)


def _asked(name: str, service: Service, material: Material, rounds: int, server: Sequence[int]) -> Figures:
    questions = material.questions
    first = [service.get("/v1/search", q=question) for question in questions[:10]]
    practices = [result["practice"]["id"] for answer in first for result in answer["results"]]
    enterprises = sorted({each["practice"]["organization"]["name"] for a in first for each in a["results"]})
    calls: dict[str, Call] = {
        "search": lambda turn: service.get("/v1/search", q=questions[turn % len(questions)]),
        "scoped search": lambda turn: service.get(
            "/v1/search", q=questions[turn % len(questions)], organization=enterprises[turn % len(enterprises)]
        ),
        "practice": lambda turn: service.get(f"/v1/practices/{practices[turn % len(practices)]}"),
        "trace": lambda turn: service.get(f"/v1/trace/{practices[turn % len(practices)]}", depth=2, direction="out"),
        "coverage of one": lambda turn: service.get("/v1/coverage", organization=enterprises[turn % len(enterprises)]),
        "coverage of all": lambda _: service.get("/v1/coverage"),
    }
    figures: Figures = {}
    for kind, call in calls.items():
        say(f"  {name}: {kind} …", again=True)
        timed(call, 5)
        before = cpu_s(service.process.pid, *server)
        times = timed(call, max(10, rounds // 5) if kind == "coverage of all" else rounds)
        used = cpu_s(service.process.pid, *server) - before
        figures |= {f"{kind} p50": p(times, 50), f"{kind} p99": p(times, 99), f"{kind}, CPU": used / len(times) * 1e3}
    say(f"  {name}: {CLIENTS} clients …", again=True)
    mixed = [calls[kind] for kind in ("search", "scoped search", "practice", "trace", "coverage of one")]
    rate, times = together(mixed, CLIENTS, max(10, rounds // 2))
    figures |= {
        f"{CLIENTS} clients, questions/s": rate,
        f"{CLIENTS} clients p50": p(times, 50),
        f"{CLIENTS} clients p99": p(times, 99),
    }
    figures["own text in first 10"] = _share_found(service, material)
    say(f"  {name}: search p50 {figures['search p50']:.1f} ms, {rate:.0f} questions/s of {CLIENTS} clients")
    return figures


def _share_found(service: Service, material: Material) -> float:
    """How often the practice that a question is a part of is among the first ten (or one of their siblings)."""
    found = 0
    for question, sought in zip(material.questions, material.sought, strict=True):
        answer = service.get("/v1/search", q=question)
        found += any(result["practice"]["external_id"] == sought for result in answer["results"])
    return found / len(material.questions)


def _disk_mb(*places: Path) -> float:
    files = [file for place in places for file in ([place] if place.is_file() else place.rglob("*"))]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


_said = 0.0  # when something was said last


def say(text: str, *, again: bool = False) -> None:
    """Progress, on the error stream; `again`: the next one takes its place on a terminal, elsewhere only some are shown."""
    global _said
    terminal, now = sys.stderr.isatty(), time.monotonic()
    if again and not terminal and now - _said < _SAY_S:
        return
    _said = now
    print(text.ljust(78) if terminal else text, end="\r" if again and terminal else "\n", file=sys.stderr, flush=True)


def show(size: int, found: Mapping[str, Figures]) -> None:
    """The figures of one size as a table, each engine against the first."""
    names = list(found)
    print(f"\n{size:,} passages\n\n| | " + " | ".join(names) + " | ratio to " + names[0] + " |")
    print("|---" * (len(names) + 2) + "|")
    rows: list[str] = list(dict.fromkeys(row for figures in found.values() for row in figures))
    for row in rows:
        values: list[Any] = [found[name].get(row) for name in names]
        ratios = [f"× {value / values[0]:.2g}" for value in values[1:] if value is not None and values[0]]
        shown = " | ".join("" if value is None else f"{value:,.4g}" for value in values)
        print(f"| {row} | {shown} | {', '.join(ratios) if row != 'load' else ''} |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
