"""Real Neo4j servers for the tests, started when first asked for and ended with the session.

`ZHIWEN_TEST_NEO4J=bolt://user:password@host:port` names another server to use; all it holds is wiped.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import neo4j

from engines.copying import copy
from engines.embedded.store import open_embedded
from engines.neo4j import open_neo4j
from engines.neo4j.store import Neo4jStore
from engines.store import Store

SCRIPT = Path(__file__).parent.parent.parent / "docker" / "neo4j" / "server.py"
GIVEN = "ZHIWEN_TEST_NEO4J"


_opened: list[Neo4jStore] = []


def close_all() -> None:
    """Close the stores of all servers."""
    while _opened:
        _opened.pop().close()


@lru_cache
def start_script() -> str | None:
    """The script that starts a server, where it has what it needs (or a server is given)."""
    if os.environ.get(GIVEN):
        return str(SCRIPT)
    code = f"import runpy, sys; sys.exit(not runpy.run_path({str(SCRIPT)!r})['available']())"
    return str(SCRIPT) if subprocess.run([sys.executable, "-c", code]).returncode == 0 else None


@dataclass(frozen=True)
class Server:
    """One server; `home` is None when it is not ours to stop."""

    uri: str
    user: str
    password: str
    home: Path | None = None

    def open(self, **options: Any) -> Neo4jStore:
        """The store in this server's database."""
        given: dict[str, Any] = {"user": self.user, "password": self.password, "uri": self.uri, **options}
        store = open_neo4j(given.pop("uri"), **given)
        _opened.append(store)
        return store

    def run(self, *statements: str) -> list[dict[str, Any]]:
        """Run statements past the store; the rows of the last."""
        rows: list[dict[str, Any]] = []
        with (
            neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password)) as driver,
            driver.session() as session,
        ):
            for statement in statements:
                rows = session.run(statement).data()
        return rows

    def wipe(self) -> None:
        """Empty the database; constraints and indexes stay, except those of vector sets."""
        names = self.run(
            "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS",
            "SHOW VECTOR INDEXES YIELD name RETURN name",
        )
        self.run(*(f"DROP INDEX `{row['name']}`" for row in names))

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self.home is not None
        return int(json.loads((self.home / "zhiwen-server.json").read_text(encoding="utf-8"))["pid"])

    def stop(self) -> None:
        """End it in good order."""
        subprocess.run([sys.executable, str(SCRIPT), "stop", "--home", str(self.home)], check=True, timeout=120)

    def kill(self) -> None:
        """SIGKILL."""
        pid = self.pid
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        for _ in range(200):
            if not Path(f"/proc/{pid}").exists() or ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8"):
                return
            time.sleep(0.02)

    def start_again(self, *settings: str) -> None:
        """Start it after `stop` or `kill`, at the same address."""
        assert self.home is not None
        assert start(self.home, *settings).uri == self.uri


def start(home: Path, *settings: str) -> Server:
    """A server with its data in `home`; `settings` of Neo4j as NAME=VALUE, none: those of its last start."""
    command = [sys.executable, str(SCRIPT), "start", "--home", str(home)]
    command += [word for setting in settings for word in ("--set", setting)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    return Server(home=home, **json.loads(done.stdout))


def fill(store: Store, backup: Path) -> None:
    """Bring a backup's content into an empty store."""
    file = open_embedded(backup, create=False)
    try:
        copy(file, store)
    finally:
        file.close()


class Servers:
    """`main` for most tests; `spare` for those that need a second database or kill the server."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="zhiwen-neo4j-")
        self._started: dict[str, Server] = {}
        self._home: Path | None = None

    def get(self, name: str) -> Server:
        """The server of that name."""
        if name not in self._started:
            given = os.environ.get(GIVEN)
            if given and name == "main":
                parts = urlsplit(given)
                address = parts._replace(netloc=f"{parts.hostname}:{parts.port or 7687}").geturl()
                self._started[name] = Server(address, unquote(parts.username or "neo4j"), unquote(parts.password or ""))
            else:
                self._started[name] = start(Path(self._folder.name) / name)
        return self._started[name]

    def open_home(self, home: Path) -> Neo4jStore:
        """The store that stands for a test's folder; one with a backup file in it is restored on the spare server."""
        backup = home / "zhiwen.db"
        if backup.exists():
            spare = self.get("spare")
            spare.wipe()
            store = spare.open()
            fill(store, backup)
            return store
        if home != self._home:
            self._home = home
            self.get("main").wipe()
        return self.get("main").open()

    def end(self) -> None:
        """Kill what was started here and remove its data."""
        for server in self._started.values():
            if server.home is not None:
                server.kill()
        self._started.clear()
        self._folder.cleanup()


servers = Servers()
