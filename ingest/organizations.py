"""Organisations in levels (集团—单位—党支部—班组): from columns or one written name to nodes and PART_OF."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from analysis.organizations import find_organization, level_of, split_levels
from ingest.source import short_hash
from ontology.graph import Node, Relation

# From the top down, with the level that a name has when it does not tell.
_COLUMNS: Final = (("group", "集团"), ("enterprise", "单位"), ("party_organization", "党支部"), ("team", "班组"))
_COMMITTEE = re.compile(r"(?:党委|党组|党工委|党委会|委员会)$")
_WITHIN_ENTERPRISE: Final = frozenset({"党支部", "班组"})


@dataclass(frozen=True, slots=True)
class Level:
    """One organisation of a path; `stated` = a column or header names it, else found in the text."""

    name: str
    level: str
    stated: bool = True


@dataclass(frozen=True, slots=True)
class OrganizationContent:
    """The organisations of a practice from the top down. `id`, `name` are the lowest one's, `path` all ids."""

    id: str | None
    name: str | None
    path: tuple[str, ...]
    nodes: tuple[Node, ...]
    relations: tuple[Relation, ...]
    stated: bool = True


def levels_of(cells: Mapping[str, str]) -> tuple[Level, ...]:
    """The path that the columns group, enterprise, party_organization and team give.

    An enterprise's name may run through several levels. A branch or team keeps its whole name but for what
    stands above it already (炼钢作业区党支部 is one level); a Party committee is that of the enterprise, not
    an organisation below it.
    """
    found: dict[str, Level] = {}
    for column, usual in _COLUMNS:
        written = cells.get(column, "")
        names = split_levels(written)
        if column in ("party_organization", "team"):
            names = _below(written, names, found)
            if found and len(names) == 1 and _COMMITTEE.search(names[0]):
                names = ()
        for name in names:
            found.setdefault(name, Level(name, level_of(name) or usual))
    return tuple(found.values())


def _below(written: str, names: tuple[str, ...], above: Mapping[str, Level]) -> tuple[str, ...]:
    rest = names
    while len(rest) > 1 and rest[0] in above:
        rest = rest[1:]
    whole = "".join(rest)
    return (whole,) if len(rest) > 1 and whole in written else rest


def levels_in(text: str) -> tuple[Level, ...]:
    """The path of the enterprise that a title or first sentence speaks of, if it names one."""
    name = find_organization(text)
    return tuple(Level(part, level_of(part) or "单位", stated=False) for part in split_levels(name)) if name else ()


@lru_cache(maxsize=4096)
def organization_content(
    levels: tuple[Level, ...], ownership: str | None, industry: str | None, region: str | None
) -> OrganizationContent:
    """Nodes and PART_OF of a path. Ownership, industry and region are the enterprise's, not its branch's or team's."""
    path = ["/".join(level.name for level in levels[: depth + 1]) for depth in range(len(levels))]
    ids = tuple("org-" + short_hash(names) for names in path)
    enterprise = max((at for at, level in enumerate(levels) if level.level not in _WITHIN_ENTERPRISE), default=0)
    nodes = []
    for at, (id, level) in enumerate(zip(ids, levels, strict=True)):
        own = {"ownership": ownership, "industry": industry, "region": region} if at == enterprise else {}
        certainty = "stated" if level.stated else "inferred"
        names = tuple(each.name for each in levels[: at + 1])
        properties = {"title": level.name, "level": level.level, "path": names, "certainty": certainty, **own}
        nodes.append(Node(id, "Organization", properties))
    relations = [
        Relation(child, "PART_OF", parent, properties={"certainty": node.properties["certainty"]})
        for node, child, parent in zip(nodes[1:], ids[1:], ids, strict=False)
    ]
    lowest = levels[-1] if levels else None
    return OrganizationContent(
        id=ids[-1] if ids else None,
        name=lowest.name if lowest else None,
        path=ids,
        nodes=tuple(nodes),
        relations=tuple(relations),
        stated=lowest.stated if lowest else True,
    )
