"""A disk that can be full: a small file system in memory where mounting is allowed, else a limit on the server's files."""

import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.neo4j.servers import Server

SIZE_MB = 160
_LEFT = 2_000_000  # bytes that still fit when it is filled


class Disk(Protocol):
    folder: Path

    def fill(self, server: Server) -> None:
        """Leave room for little more."""
        ...

    def clear(self, server: Server) -> None:
        """Make room again."""
        ...


class _Mounted:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, server: Server) -> None:
        with self._ballast.open("wb") as ballast:
            ballast.write(bytes(shutil.disk_usage(self.folder).free - _LEFT))

    def clear(self, server: Server) -> None:
        self._ballast.unlink()


class _Limited:
    """Writes beyond a size fail as they do on a full disk: with an error of the operating system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, server: Server) -> None:
        logs = (self.folder / "home" / "data" / "transactions").rglob("neostore.transaction.db.*")
        self._limit(server, max(log.stat().st_size for log in logs) + _LEFT)

    def clear(self, server: Server) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Server, size: int) -> None:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A disk at `folder`."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0700", "tmpfs", str(folder)]
    if shutil.which("mount") and subprocess.run(["mount", *options], capture_output=True).returncode == 0:
        try:
            yield _Mounted(folder)
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        yield _Limited(folder)
