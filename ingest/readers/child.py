"""The reading process: takes requests on its input, reads one file after another, answers on its output."""

import json
import os
import sys
from pathlib import Path
from typing import BinaryIO

from ingest.readers.errors import ReadFailed
from ingest.readers.limits import Limits
from ingest.readers.read import read_file
from ingest.readers.wire import encode

_STDERR_BYTES = 1_000_000


def main() -> None:
    """Serve until the input ends. A request is a line of JSON; an answer 8 bytes of length and the result."""
    requests = sys.stdin.buffer
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.setrecursionlimit(4_000)
    _limit_for_good()
    while line := requests.readline():
        request = json.loads(line)
        limits = Limits(**request["limits"])
        _limit(limits)
        _answer(answers, _result(Path(request["path"]), request["name"], limits), limits)


def _result(path: Path, name: str, limits: Limits) -> bytes:
    try:
        return encode(read_file(path, name, limits))
    except ReadFailed as failure:
        return encode(failure)
    except MemoryError:
        return encode(ReadFailed("out_of_memory"))
    except RecursionError:
        return encode(ReadFailed("too_deep"))
    except Exception as error:  # whatever a hostile file provokes must not end the batch
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return encode(ReadFailed("crashed", f"内部错误 {type(error).__name__}"))


def _answer(answers: BinaryIO, result: bytes, limits: Limits) -> None:
    if len(result) > limits.result:
        result = encode(ReadFailed("too_large", f"正文超过 {limits.result // 1_000_000} MB"))
    answers.write(len(result).to_bytes(8, "big") + result)
    answers.flush()


def _limit_for_good() -> None:
    try:
        import resource
    except ImportError:  # no such limits on Windows: there only the clock bounds it
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_STDERR_BYTES, _STDERR_BYTES))


def _limit(limits: Limits) -> None:
    """Bound memory, and processor time from now on (it counts over the process's whole life)."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    memory = limits.memory if hard == resource.RLIM_INFINITY else min(limits.memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (memory, hard))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    seconds = spent + int(limits.seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds if hard == resource.RLIM_INFINITY else min(seconds, hard), hard))


if __name__ == "__main__":
    main()
