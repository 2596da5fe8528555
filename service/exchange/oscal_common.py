"""What all OSCAL documents share: metadata, stable UUIDs, own properties, and JSON written piece by piece."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from itertools import chain, islice
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from ontology import names
from queries.errors import BadQuestion
from service import glossary
from service.exchange.selection import Material
from service.exchange.wording import BASIS, SAMPLE, one_line, printable

OSCAL_VERSION: Final = "1.2.2"
NS: Final = names.VOCABULARY.rstrip("#")
CATALOG_FILE: Final = "oscal-catalog.json"
PRACTICES_FILE: Final = "oscal-practices.json"
_PIECE: Final = 65536  # characters
_PRODUCT: Final = "质文图谱 Zhiwen"
Json = Any


class Identifiers:
    """UUIDs (version 5) under a site's base address: equal things have equal ones in every export."""

    def __init__(self, base_iri: str) -> None:
        self._space: UUID = uuid5(NAMESPACE_URL, base_iri)

    def of(self, *parts: str) -> str:
        return str(uuid5(self._space, "/".join(parts)))


def identifiers(material: Material) -> Identifiers:
    return Identifiers(material.about.base_iri)


def revision(material: Material) -> str:
    """Another for every state of what is given out: OSCAL wants a document's own UUID to change with it."""
    chosen = "accepted" if material.options.accepted_only else "every"
    return f"{material.scope_key}/{chosen}/{material.generation}/{material.about.ontology}"


def metadata(material: Material, title: str, *, practices: bool) -> dict[str, Json]:
    """Title, dates and the note on what this is. practices: whether material of enterprises is in the document."""
    product = identifiers(material).of("party", "product")
    remarks = BASIS + (SAMPLE if practices and material.sample else "")
    return {
        "title": one_line(title),
        "last-modified": material.about.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "version": f"{material.generation}" if practices else one_line(material.about.ontology)[:64],
        "oscal-version": OSCAL_VERSION,
        "props": properties(generator=f"zhiwen {material.about.version}", basis="compilation-note"),
        "roles": [{"id": "creator", "title": "生成"}],
        "parties": [{"uuid": product, "type": "organization", "name": _PRODUCT, "remarks": "软件，非官方工具"}],
        "responsible-parties": [{"role-id": "creator", "party-uuids": [product]}],
        "remarks": remarks,
    }


def properties(**named: str | None) -> list[dict[str, str]]:
    """Own properties, without those that say nothing; `_` in names is read as `-`."""
    return [
        {"name": name.replace("_", "-"), "ns": NS, "value": plain}
        for name, value in named.items()
        if value and (plain := one_line(value))
    ]


def resource(material: Material, name: str, title: str, description: str) -> dict[str, Json]:
    """A back-matter resource that points to another file of the same export."""
    return {
        "uuid": identifiers(material).of("resource", name),
        "title": title,
        "description": description,
        "rlinks": [{"href": name, "media-type": "application/oscal+json"}],
    }


def requirement_catalog(material: Material) -> dict[str, Json]:
    return resource(
        material,
        CATALOG_FILE,
        f"《{glossary.STANDARD_TITLE}》{glossary.REQUIREMENT_POINTS}",
        "用 oscal-catalog 格式导出",
    )


def without_empty(members: Mapping[str, Json]) -> dict[str, Json]:
    """OSCAL knows no empty lists and texts."""
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}


def markup(text: str) -> str:
    """Prose of ours or a practice's as OSCAL markup, its own signs kept from being read as such."""
    plain = printable(text)
    for sign in ("\\", "*", "`", "_", "[", "<", ">", "#", "{{", "~", "^"):
        plain = plain.replace(sign, "".join("\\" + each for each in sign))
    return plain


class Streamed:
    """A JSON object whose members are made one after another, while it is written."""

    def __init__(self, members: Iterable[tuple[str, Json]]) -> None:
        self.members = members


def streamed(value: Json, indent: int = 0) -> Iterator[str]:
    """JSON text of `value` in pieces: `Streamed` objects, and iterators as arrays, are written as they come."""
    pad = "  " * (indent + 1)
    if isinstance(value, Streamed):
        opened = "{\n"
        for name, member in value.members:
            yield f"{opened}{pad}{json.dumps(name)}: "
            yield from streamed(member, indent + 1)
            opened = ",\n"
        yield "{}" if opened == "{\n" else "\n" + "  " * indent + "}"
    elif isinstance(value, Iterator):
        opened = "[\n"
        for item in value:
            yield opened + pad
            yield from streamed(item, indent + 1)
            opened = ",\n"
        yield "[]" if opened == "[\n" else "\n" + "  " * indent + "]"
    else:
        yield json.dumps(value, ensure_ascii=False)


def encoded(kind: str, members: Iterable[tuple[str, Json]]) -> Iterator[bytes]:
    """The document of a kind, such as `catalog`, as UTF-8 in pieces of some size."""
    held: list[str] = []
    size = 0
    for piece in streamed(Streamed([(kind, Streamed(members))])):
        held.append(piece)
        size += len(piece)
        if size > _PIECE:
            yield "".join(held).encode("utf-8")
            held, size = [], 0
    yield ("".join(held) + "\n").encode("utf-8")


def some(items: Iterable[Json], material: Material) -> tuple[Json, Iterator[Json]]:
    """The first item, and all of them. Raises `BadQuestion` where there is none: OSCAL knows no empty lists."""
    iterator = iter(items)
    head = list(islice(iterator, 1))
    if not head:
        raise BadQuestion(f"{material.scope}：没有可导出的内容；请先存入材料，或不限于已采信的再导出")
    return head[0], chain(head, iterator)
