"""The named Cypher reads: one `.cypher` file a question, its parameters declared in its head and checked before it runs.

A head is the run of `//` lines at the top of a file:

    // One sentence that says what the query answers.
    // param ids: strings
    // slot label: label

`param NAME: TYPE` declares `$NAME`; types are `string`, `strings` (one or more), `int`, `float`, `bool`.
`slot NAME: ALLOWED` declares `{{NAME}}`, an identifier that Cypher cannot take as a parameter: `label` (any node
label of `ontology.graph`) or a list `A | B` of what it may be.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from engines.store import ReadQuery
from ontology.graph import NODES

_TYPES: Final = {"string": str, "int": int, "float": float, "bool": bool}
_DECLARATION: Final = re.compile(r"(param|slot)\s+([a-z_]+)\s*:\s*(.+)")
_PARAMETER: Final = re.compile(r"\$([A-Za-z_]\w*)")
_SLOT: Final = re.compile(r"\{\{([A-Za-z_]\w*)\}\}")


class CatalogueError(Exception):
    """A `.cypher` file whose head and text disagree; the message names file and fault."""


class QueryMisused(ValueError):
    """A query asked for with parameters that its head does not declare; the message names what is declared."""


@dataclass(frozen=True, slots=True)
class CypherFile:
    """A query as written: `parameters` name → type, `slots` name → what it may hold."""

    name: str
    sentence: str
    text: str
    parameters: Mapping[str, str]
    slots: Mapping[str, str]

    def bind(self, values: Mapping[str, Any]) -> ReadQuery:
        """The query with its slots filled, ready to run. Raises `QueryMisused`."""
        declared = {**self.parameters, **self.slots}
        missing, unknown = declared.keys() - values.keys(), values.keys() - declared.keys()
        if missing or unknown:
            faults = [f"missing {name}" for name in sorted(missing)] + [f"unknown {name}" for name in sorted(unknown)]
            signature = ", ".join(f"{name}: {kind}" for name, kind in declared.items()) or "nothing"
            raise QueryMisused(f"query {self.name}: {', '.join(faults)}; it takes {signature}")
        parameters = {name: self._checked(name, values[name]) for name in self.parameters}
        text = _SLOT.sub(lambda found: self._filled(found.group(1), values[found.group(1)]), self.text)
        return ReadQuery(self.name, text, parameters)

    def _checked(self, name: str, value: Any) -> Any:
        kind = self.parameters[name]
        if kind == "strings":
            # A bare string is a sequence of strings too, and an empty list has no type on one of the engines.
            fits = isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 0
            if fits and all(isinstance(item, str) for item in value):
                return list(value)
        elif isinstance(value, _TYPES[kind]) and not (kind in ("int", "float") and isinstance(value, bool)):
            return value
        wanted = "one or more strings" if kind == "strings" else f"a {kind}"
        raise QueryMisused(f"query {self.name}: parameter {name} must be {wanted}, not {value!r}")

    def _filled(self, name: str, value: Any) -> str:
        allowed = self.slots[name]
        choices = tuple(NODES) if allowed == "label" else tuple(part.strip() for part in allowed.split("|"))
        if value not in choices:
            raise QueryMisused(f"query {self.name}: slot {name} must be one of {', '.join(choices)}, not {value!r}")
        return str(value)


def parse(name: str, source: str) -> CypherFile:
    """Read one file's head and text. Raises `CatalogueError` when they disagree."""
    lines = source.splitlines()
    body = next((place for place, line in enumerate(lines) if not line.startswith("//")), len(lines))
    head = [line[2:].strip() for line in lines[:body]]
    text = "\n".join(lines[body:]).strip()
    sentence = " ".join(line for line in head if not _is_declaration(line))
    if not sentence or not text:
        raise CatalogueError(f"{name}.cypher: needs a sentence in its head and a query below it")
    declared: dict[str, dict[str, str]] = {"param": {}, "slot": {}}
    for line in head:
        if not _is_declaration(line):
            continue
        found = _DECLARATION.fullmatch(line)
        if found is None:
            raise CatalogueError(
                f"{name}.cypher: cannot read {line!r}; write `param name: type` or `slot name: allowed`"
            )
        word, declared_name, kind = found.groups()
        if word == "param" and kind not in (*_TYPES, "strings"):
            raise CatalogueError(
                f"{name}.cypher: parameter {declared_name} has type {kind!r}; known are {', '.join((*_TYPES, 'strings'))}"
            )
        if declared_name in declared["param"] or declared_name in declared["slot"]:
            raise CatalogueError(f"{name}.cypher: {declared_name} is declared twice")
        declared[word][declared_name] = kind
    for what, pattern in (("param", _PARAMETER), ("slot", _SLOT)):
        used = set(pattern.findall(text))
        if used != declared[what].keys():
            faults = [f"{each} is declared but not used" for each in sorted(declared[what].keys() - used)]
            faults += [f"{each} is used but not declared" for each in sorted(used - declared[what].keys())]
            raise CatalogueError(f"{name}.cypher: {what} {'; '.join(faults)}")
    return CypherFile(name, sentence, text, declared["param"], declared["slot"])


def _is_declaration(line: str) -> bool:
    return line.startswith(("param ", "slot "))


class Catalogue:
    """All `.cypher` files of a folder, read at first use."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder

    @cached_property
    def files(self) -> Mapping[str, CypherFile]:
        """Every query by name. Raises `CatalogueError` for the first file that is wrong."""
        found = [entry for entry in self._folder.iterdir() if entry.name.endswith(".cypher")]
        names = sorted((entry.name.removesuffix(".cypher"), entry) for entry in found)
        return {name: parse(name, entry.read_text(encoding="utf-8")) for name, entry in names}

    def query(self, query_name: str, /, **parameters: Any) -> ReadQuery:
        """The named query with checked parameters and filled slots. Raises `QueryMisused`."""
        file = self.files.get(query_name)
        if file is None:
            raise QueryMisused(f"no query is named {query_name!r}; there are {', '.join(self.files)}")
        return file.bind(parameters)


catalogue: Final = Catalogue(files("queries"))
