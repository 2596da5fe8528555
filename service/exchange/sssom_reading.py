"""Reviewed mappings of an SSSOM table as verdicts: of another base, or of a reviewer's tool."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from analysis.same_text import NONE, mark, parts_of
from engines.store import Reader
from ontology import names
from ontology.model import Ontology
from service import glossary
from service.exchange import sssom_writing as written
from service.exchange.decisions_in import Fault, Gathered, Place, one_of, several
from service.exchange.tables import ImportUnusable, delimiter_of, text_lines
from service.exchange.wording import lively
from service.review_words import relation_of

if TYPE_CHECKING:
    from ingest.decisions import Decision
    from ingest.review import Verdict

_NEEDED: Final = ("subject_id", "predicate_id", "object_id")
_BY_HAND: Final = ("semapv:ManualMappingCuration", "semapv:MappingReview")
_BUILT_IN: Final = {
    "sssom": "https://w3id.org/sssom/",
    "owl": names.PREFIXES["owl"],
    "rdf": names.PREFIXES["rdf"],
    "rdfs": names.PREFIXES["rdfs"],
    "skos": names.PREFIXES["skos"],
    "semapv": "https://w3id.org/semapv/vocab/",
}
_CURIE: Final = re.compile(r"([A-Za-z_][\w.\-]*):(?!//)(.*)")
_MOST_META: Final = 200_000  # characters
_STATUSES: Final = ("accepted", "rejected", "not-applicable")


def is_sssom(text: str) -> bool:
    """Whether a text looks like an SSSOM table: its columns are named so."""
    heading = next((line for line in text.split("\n") if not _meta(line)), "")
    cells = {cell.strip().strip('"') for cell in heading.split(delimiter_of(heading))}
    return cells.issuperset(_NEEDED)


@dataclass(frozen=True, slots=True)
class _Base:
    """What stands here: practices' texts, requirements' statements, decisions, by id."""

    texts: Mapping[str, str]
    statements: Mapping[str, str]
    clauses: frozenset[str]
    decisions: "Mapping[str, Mapping[str, Decision]]"


def gather(text: str, reader: Reader, ontology: Ontology, gathered: Gathered) -> None:
    """Read every mapping. Raises `ImportUnusable` when it is no table."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = next((place for place, line in enumerate(lines) if not _meta(line)), len(lines))
    if head == len(lines) or not lines[head].strip():
        raise ImportUnusable("没有找到列名所在的一行；应为 SSSOM/TSV：# 开头的说明之后，是列名和各行对应。")
    meta = _metadata(lines[:head])
    delimiter = delimiter_of(lines[head])
    columns = [cell.strip().strip('"') for cell in lines[head].rstrip(delimiter + " ").split(delimiter)]
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise ImportUnusable(f"缺少列 {'、'.join(missing)}；应为 SSSOM/TSV 文件。")
    rows = list(_rows(lines[head + 1 :], delimiter, columns, head + 2, gathered))
    prefixes = {**_BUILT_IN, **_prefixes(meta)}
    ids = sorted({id for _, row in rows if (id := _id(row["subject_id"], prefixes)) is not None})
    base = _base(reader, ontology, ids)
    for place, row in rows:
        mapping = _Mapping({**_propagated(meta, columns), **row}, prefixes, base, gathered)
        gathered.add(place, mapping.verdict, *(_id(row[slot], prefixes) for slot in ("subject_id", "object_id")))


def _rows(
    lines: Sequence[str], delimiter: str, columns: Sequence[str], first: int, gathered: Gathered
) -> Iterator[tuple[Place, dict[str, str]]]:
    for line in text_lines(lines, delimiter, len(columns), first):
        place = Place(line.number)
        if line.fault:
            gathered.fault(place, Fault("broken_row", f"这一行{line.fault}；请检查制表符和引号"))
        else:
            yield place, {name: lively(cell) for name, cell in zip(columns, line.cells, strict=True)}


def _base(reader: Reader, ontology: Ontology, ids: Sequence[str]) -> _Base:
    from ingest.decisions import read_decisions

    nodes = reader.nodes(ids=ids, label="Practice") if ids else iter(())
    return _Base(
        texts={node.id: str(node.properties.get("text") or "") for node in nodes},
        statements={point.id: point.zh for point in ontology.requirements},
        clauses=frozenset(clause.id for clause in ontology.matchable_clauses),
        decisions=read_decisions(reader),
    )


@dataclass(frozen=True, slots=True)
class _Mapping:
    """One row, with what the set says for all."""

    row: Mapping[str, str]
    prefixes: Mapping[str, str]
    base: _Base
    gathered: Gathered

    def verdict(self) -> "Verdict | str":
        """The row's verdict, or why it is none. Raises `Fault`."""
        from ingest.review import Verdict

        if "sssom:NoTermFound" in (self.row["subject_id"], self.row["object_id"]):
            return "没有对应的对象（NoTermFound）"
        practice, requirement = self._known("subject_id"), self._known("object_id")
        if requirement in self.base.clauses:
            return "是做法与条款的对应，核定以要求要点为准"
        status = self._status()
        if status is None:
            return "没有人核定过（系统建议）"
        if self.row.get(written.SUSPECT, "").strip() == "true":
            return f"{glossary.SUSPECT}：给出的一方在核定之后{glossary.REWORDED}，还没有重新核定"
        if practice not in self.base.texts:
            raise Fault("unknown_practice", f"本库没有标识符为 {practice} 的做法；须先存入同一来源的材料")
        if requirement not in self.base.statements:
            raise Fault("unknown_requirement", f"没有标识符为 {requirement} 的要求要点")
        verdict = Verdict(
            practice=practice,
            requirement=requirement,
            status=status,
            relation=self._relation(),
            reviewer=self.gathered.reviewer(self._person()),
            comment=self.row.get("comment", "").strip() or None,
            repeatable=True,
            via="sssom",
            entered_by=self.gathered.terms.entered_by,
        )
        return replace(verdict, mark=self._mark(verdict))

    def _known(self, slot: str) -> str:
        said = self.row[slot].strip()
        if not said:
            raise Fault("broken_row", f"这一行缺少 {slot}")
        found = _id(said, self.prefixes)
        if found is None and _CURIE.fullmatch(said) is None:
            raise Fault("broken_row", f"{slot} 的“{said[:60]}”既不是 CURIE，也不是网址")
        if found is None:
            prefix = said.partition(":")[0]
            raise Fault("unknown_prefix", f"{slot} 的“{said[:60]}”读不懂：前缀 {prefix[:20]} 不在文件头的 curie_map 中")
        return found

    def _status(self) -> str | None:
        predicate = _id(self.row["predicate_id"], self.prefixes)
        negated = self.row.get("predicate_modifier", "").strip()
        if negated not in ("", "Not"):
            raise Fault("unknown_predicate", f"predicate_modifier 应为空或 Not，不是“{negated[:20]}”")
        if predicate == "notApplicable":
            said = "not-applicable"
        elif predicate == "satisfies":
            said = "rejected" if negated else "accepted"
        else:
            shown = self.row["predicate_id"][:60]
            raise Fault(
                "unknown_predicate", f"谓词“{shown}”不是 zw:satisfies 或 zw:notApplicable，含义不同，不能当作佐证"
            )
        own = self.row.get(written.STATUS, "").strip()
        if own == "proposed":
            return None
        if own and own != said:
            raise Fault("contradiction", f"{written.STATUS} 为 {own[:20]}，与谓词（{said}）不符；请改正其一")
        if own or self._person() or self.row.get("mapping_justification", "").strip() in _BY_HAND:
            return self._agreed(said)
        return None

    def _agreed(self, said: str) -> str | None:
        """A reviewer may disagree with the mapping as it stands in the file (-1 to 1, 0: undecided)."""
        agreement = self.row.get("reviewer_agreement", "").strip()
        if not agreement:
            return said
        try:
            number = float(agreement)
        except ValueError:
            number = 2.0
        if not -1 <= number <= 1:
            raise Fault("bad_number", f"reviewer_agreement 应为 -1 到 1 之间的数，不是“{agreement[:20]}”")
        if number > 0:
            return said
        if number < 0 and said == "accepted":
            return "rejected"
        return None

    def _person(self) -> str | None:
        slots = ("reviewer_label", "reviewer_id", "author_label", "author_id")
        found = one_of("、".join(several(self.row.get(slot, ""))) for slot in slots)
        return None if found == written.UNNAMED else found

    def _relation(self) -> str | None:
        said = self.row.get(written.RELATION, "").strip()
        found = relation_of(said) if said else None
        if said and found is None:
            raise Fault("unknown_relation", f"{written.RELATION} 应为 full、partial 或 none，不是“{said[:20]}”")
        return found

    def _mark(self, verdict: "Verdict") -> str | None:
        """What the other side looked at, with the decision that stands here. Raises `Fault`: decided_already."""
        from ingest.review_verdicts import decided_by, same_as

        text, statement = self.base.texts[verdict.practice], self.base.statements[verdict.requirement]
        decision = self.base.decisions.get(verdict.practice, {}).get(verdict.requirement)
        standing = decision if decision and decision.holds(text, statement) else None
        if standing and not self.gathered.terms.replace and not same_as(standing, verdict):
            message = f"{decided_by(standing)}，与文件不同；要以文件为准，导入时请选择替换（--replace）"
            raise Fault("decided_already", message, "conflict")
        seen = parts_of(self.row.get(written.SEEN, ""))
        if seen is None:
            return None
        value = decision.record().value if decision else None
        here = mark(verdict.practice, verdict.requirement, text, statement, value).rpartition("-")[2] if value else NONE
        return "-".join((*seen[:3], here))


def _meta(line: str) -> bool:
    return line.lstrip('\ufeff"').startswith("#")


def _metadata(lines: Sequence[str]) -> dict[str, Any]:
    """The YAML in front of the table; Excel leaves quotes around its lines and tabs behind them."""
    import yaml

    plain = []
    for line in lines:
        text = line.lstrip("\ufeff").rstrip("\t, ")
        if text.startswith('"#'):
            text = text[1:].removesuffix('"').replace('""', '"')
        plain.append(text.lstrip("#").rstrip())
    joined = "\n".join(plain)
    if len(joined) > _MOST_META:
        raise ImportUnusable("文件头的说明太长，不像 SSSOM 文件。")
    try:
        found = yaml.safe_load(joined) if joined.strip() else {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ImportUnusable(f"文件头（# 开头的部分）不是有效的 YAML：{str(error).splitlines()[0][:80]}。") from error
    if not isinstance(found, dict):
        raise ImportUnusable("文件头（# 开头的部分）应为“名称: 值”的 YAML。")
    return found


def _prefixes(meta: Mapping[str, Any]) -> dict[str, str]:
    given = meta.get("curie_map")
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _propagated(meta: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str]:
    """Slots that the set states for all its mappings."""
    slots = ("mapping_justification", "reviewer_label", "author_label", "predicate_modifier")
    return {slot: str(meta[slot]) for slot in slots if slot in meta and slot not in columns}


def _id(said: str, prefixes: Mapping[str, str]) -> str | None:
    """The id that a CURIE or an IRI ends in; `None` for a prefix that nobody declares."""
    said = said.strip()
    if (found := _CURIE.fullmatch(said)) is not None:
        if found[1] not in prefixes:
            return None
        said = prefixes[found[1]] + found[2]
    elif "://" not in said:
        return None
    return unquote(names.local(said))
