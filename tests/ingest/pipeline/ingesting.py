"""A process that loads the parts once and then forks one process for each ingest asked for: those can be killed.

A request is a line of JSON: home, folder, collection, output. The answer is the new process's id. The process
writes a line for each source to its output, and `done` at the end.
"""

import json
import os
import signal
import sys
from pathlib import Path

from tests.ingest.pipeline.parts import Site, parts


def main() -> None:
    parts()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need not be waited for
    print("ready", flush=True)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _ingest(**json.loads(line))
            os._exit(0)
        print(process, flush=True)


def _ingest(home: str, folder: str, collection: str, output: str) -> None:
    with open(output, "w", encoding="utf-8", buffering=1) as lines:
        site = Site(Path(home))
        for report in site.ingester.ingest_paths([Path(folder)], collection, replace=True):
            lines.write(json.dumps(report.as_json()) + "\n")
        site.close()
        lines.write('"done"\n')


if __name__ == "__main__":
    main()
