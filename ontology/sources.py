"""The files of the ontology: where they lie, what they hash to, and how one is parsed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ontology import names
from ontology.problems import OntologyInvalid, Problem

if TYPE_CHECKING:
    from rdflib import Graph

_HOME = Path(__file__).parent
TURTLE = _HOME / "turtle"
SHAPES = _HOME / "shapes"

# Words about our words, and the alignment to published models: no content of the standard.
NOT_CONTENT = frozenset({"alignment-gbt48000.ttl"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file and what it says. Shipped files go by name; an overlay's by name as well."""

    name: str
    graph: "Graph"


def shipped_files() -> tuple[Path, ...]:
    """All shipped Turtle files, the alignment included, by name."""
    return tuple(sorted(TURTLE.glob("*.ttl")))


def overlay_files(overlay_dir: Path | None) -> tuple[Path, ...]:
    """The overlay's `*.ttl`, by name; none when the folder does not exist."""
    if overlay_dir is None or not overlay_dir.exists():
        return ()
    if not overlay_dir.is_dir():
        raise OntologyInvalid(
            [
                Problem(
                    overlay_dir.name,
                    None,
                    None,
                    "overlay-folder",
                    "应为存放 *.ttl 的文件夹，却是一个文件。请改为文件夹。",
                )
            ]
        )
    return tuple(sorted(path for path in overlay_dir.glob("*.ttl") if path.is_file()))


def fingerprint(overlay_dir: Path | None) -> str:
    """Hash of every file that makes the ontology: Turtle, shapes, this package's code, the overlay. Parses nothing."""
    digest = hashlib.sha256()
    groups = (
        ("shipped", shipped_files()),
        ("shapes", tuple(sorted(SHAPES.glob("*.ttl")))),
        ("code", tuple(sorted(_HOME.glob("*.py")))),
        ("overlay", overlay_files(overlay_dir)),
    )
    for group, paths in groups:
        for path in paths:
            content = _read(path)
            digest.update(f"{group}\0{path.name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()[:32]


def parse(path: Path) -> Parsed:
    """Parse one Turtle file. Raises `OntologyInvalid` with the line of a syntax error."""
    from rdflib import Graph
    from rdflib.plugins.parsers.notation3 import BadSyntax

    try:
        text = _read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable(
            path, None, "encoding", "不是UTF-8编码。请在编辑器里另存为UTF-8（记事本：另存为，编码选UTF-8）。"
        ) from error
    graph = Graph("SimpleMemory", bind_namespaces="none")
    try:
        graph.parse(data=text, format="turtle", publicID=names.BASE_IRI)
    except BadSyntax as error:
        # rdflib has no public attribute for the bare reason.
        reason = str(error).partition("Bad syntax (")[2].partition(") at ^")[0]
        advice = "请检查这一行及上一行：句末的“.”、分隔的“;”“,”、成对的引号，以及是否写了所用前缀的 @prefix。"
        raise _unreadable(
            path, error.lines + 1, "syntax", f"Turtle语法错误（{reason or '无法解析'}）。{advice}"
        ) from error
    except (
        Exception
    ) as error:  # rdflib's parser lets all sorts out on broken text: IndexError at a cut-off end, for one
        raise _unreadable(
            path,
            None,
            "syntax",
            f"无法解析（{type(error).__name__}：{error}）。请对照 docs/overlay.md 的示例检查写法。",
        ) from error
    return Parsed(path.name, graph)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(
            path, None, "readable", f"无法读取（{error.strerror}）。请检查文件是否还在、是否允许读取。"
        ) from error


def _unreadable(path: Path, line: int | None, rule: str, message: str) -> OntologyInvalid:
    return OntologyInvalid([Problem(path.name, line, None, rule, message)])
