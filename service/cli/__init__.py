"""The command `zhiwen`: everything the service can do, from a terminal."""

import os
import sys

# One thread a query: with more, two cores spend their time handing work to each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Entry point: runs the command and turns every foreseen error into one Chinese line."""
    from service.cli.app import run

    sys.exit(run(sys.argv[1:]))
