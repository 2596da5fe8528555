"""Finds which documents a text cites, and which clauses of them: by number, by title, by short name."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from analysis.folding import fold_forms, fold_width
from analysis.identifiers import Identifier, find_identifiers
from analysis.numerals import parse_number
from analysis.titles import find_titles, title_key
from ontology.model import Certainty, Document, Ontology

_SHORT_NAMES: Final = Path(__file__).with_name("short_names.json")
_NUMERAL: Final = "[零〇一二三四五六七八九十百千两\\d]{1,7}"
_DOTTED: Final = r"\d{1,2}(?:\.\d{1,2}){1,4}"
_ANNEX: Final = r"附录\s?[A-Z](?:\.\d{1,2}){0,3}(?![A-Za-z])"
_CLAUSE: Final = re.compile(
    rf"(?P<article>第{_NUMERAL}条)(?:第{_NUMERAL}款)?(?:第?[（(]?{_NUMERAL}[）)]?项)?"
    rf"|(?P<chapter>第{_NUMERAL}[章节])"
    rf"|(?P<annex>{_ANNEX})|(?<=[和、及与])(?:总纲|引言|参考文献)"
    rf"|(?:第\s?)?(?<![\d.])(?P<dotted>{_DOTTED})\s?(?:条款|条|款)(?![\d.])"
    rf"|(?:第\s?)?(?<![\d.])(?P<plain>\d{{1,2}})\s?(?:条款|章)(?![\d.])"
)
# "GB/T 32230 中 5.3": a bare number is a clause only right behind the document, and never before a unit or %.
_BARE: Final = re.compile(
    rf"(?:\s|标准|的|中|[，,]){{0,4}}第?(?P<dotted>{_DOTTED})(?![\d.]|\s?[%‰年月日号个项次名人万亿元分米克吨倍成版]|\s?[A-Za-z])(?:\s?条款?)?"
)
_FURTHER_BARE: Final = re.compile(
    rf"\s?(?:[、/]|和|及|与|以及)\s?(?P<dotted>{_DOTTED})(?![\d.]|\s?[%‰年月日个项次万亿元分米克吨倍])(?:\s?条款?)?"
)
_NAMED: Final = re.compile(r"(?:的|中的?|》)*(?P<named>总纲|引言|参考文献)")
# "本办法第三条" is a clause of the text itself, whatever document was named before.
_SELF: Final = re.compile(r"本(?:标准|文件|规范|办法|条例|规定|制度|章程|细则|手册|法|合同|协议)")
# A covering letter stands for what it prints: 关于印发〈…〉的通知.
_PRINTED: Final = re.compile(r"(?:印发|发布|公布|转发)[《〈](?P<name>[^《》〈〉]+)[》〉]")
_JOINT: Final = re.compile(r"[\s的中之（(，,]{0,3}")
# How far behind a document its clauses may stand, in characters, within one line.
_REACH: Final = 80

Form = Literal["number", "title", "short"]


@dataclass(frozen=True, slots=True)
class CitationMention:
    """A citation at `start:end`, where `text` stands.

    `document` is the ontology's id, `None` for a document that it does not know; `identifier` the canonical
    number as cited; `title` the words inside 《》 or the short name; `clause` the ontology's id of the clause
    cited, `clause_text` its name as written, also where the ontology does not hold it; `dated` whether a
    standard is cited with its year.
    """

    document: str | None
    identifier: str | None
    title: str | None
    clause: str | None
    dated: bool
    start: int
    end: int
    text: str
    form: Form
    clause_text: str | None = None


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Something a clause may belong to: a citation, or (`mention` None) a title that is no document."""

    start: int
    end: int
    mention: CitationMention | None


def _number_key(base: str) -> str:
    """GB and GB/T share one series, so that a forgotten /T still finds its standard."""
    return re.sub(r"^gb(?:/[tz])?", "gb", base)


def _distinct(name: str) -> bool:
    """Whether a title is long enough to cite by itself; 质量管理体系 要求, closed up, is an everyday phrase."""
    return len(name) > 5 and " " not in name


def clause_keys(name: str) -> tuple[str, ...]:
    """The keys of a clause's name, the likeliest first: 第三十条 → 条30; 第5章 → 章5, 5; 5.3条 → 5.3; 附录A → 附录a."""
    plain = re.sub(r"\s", "", fold_width(name)).lower()
    match = re.match(r"第?(.+?)(条款|条|款|章|节)", plain)
    if not match:
        return (plain,)
    number, kind = match[1], match[2][0]
    if "." in number:
        return (number,)
    value = parse_number(number)
    counted = number if value is None else str(int(value))
    return (f"{kind}{counted}", counted)


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end in sorted(spans):
        start = max(start, position)
        if end > start:
            pieces += (text[position:start], "\0" * (end - start))
            position = end
    return "".join((*pieces, text[position:]))


class CitationFinder:
    """Resolves citations to the ontology's documents and clauses. No language library is loaded."""

    def __init__(self, ontology: Ontology) -> None:
        documents = (ontology.standard, *ontology.documents)
        self._by_number: dict[str, str] = {}
        self._by_title: dict[str, str] = {}
        for document in documents:
            self._learn(document)
        self._names = self._short_names(documents)
        self._clauses: dict[tuple[str, str], str] = {}
        # The standard's own numbers count only where they are stated: a hypothesis resolves nothing.
        stated = [clause for clause in ontology.clauses if clause.number_certainty is Certainty.STATED]
        for clause in (*ontology.document_clauses, *stated):
            for key in clause_keys(clause.number) if clause.number else ():
                self._clauses.setdefault((clause.document, key), clause.id)

    def _learn(self, document: Document) -> None:
        for item in find_identifiers(document.identifier or ""):
            self._by_number.setdefault(_number_key(item.base), document.id)
        for name in (document.zh, *document.alt):
            self._by_title.setdefault(title_key(name), document.id)

    def _short_names(self, documents: tuple[Document, ...]) -> dict[str, str]:
        """Names that cite without 《》: full titles, alternative labels, and the curated ones."""
        known = {document.id for document in documents}
        names = {
            name: document.id for document in documents for name in (document.zh, *document.alt) if _distinct(name)
        }
        curated: dict[str, list[str]] = json.loads(_SHORT_NAMES.read_text(encoding="utf-8"))
        for id, spellings in curated.items():
            for name in spellings if id in known else ():
                names.setdefault(name, id)
                self._by_title.setdefault(title_key(name), id)
        return names

    @cached_property
    def _name_pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._folded_names, key=len, reverse=True)
        # 入党章程 holds 党章, and is none.
        return (
            re.compile("(?:" + "|".join(map(re.escape, longest_first)) + ")(?!程)")
            if longest_first
            else re.compile("(?!)")
        )

    @cached_property
    def _folded_names(self) -> dict[str, str]:
        return {fold_width(name): id for name, id in self._names.items()}

    def find(self, text: str) -> list[CitationMention]:
        """All citations by place; `text[m.start:m.end] == m.text`.

        A title with its number behind it (《…》（粤组通〔2018〕44号）) is one citation. A clause right behind
        its document makes one citation with it; a further clause, up to 80 characters on in the same line,
        is a citation of its own. Linear in the length of the text.
        """
        folded = fold_forms(text)
        anchors = self._titles(text, folded)
        masked = _masked(folded, ((anchor.start, anchor.end) for anchor in anchors))
        anchors += self._numbers(text, masked)
        masked = _masked(folded, ((anchor.start, anchor.end) for anchor in anchors))
        anchors += self._shorts(text, masked)
        anchors = _joined(text, sorted(anchors, key=lambda anchor: anchor.start))
        masked = _masked(folded, ((anchor.start, anchor.end) for anchor in anchors))
        return self._with_clauses(text, masked, anchors)

    def _titles(self, text: str, folded: str) -> list[_Anchor]:
        anchors = []
        for title in find_titles(folded):
            id = self._by_title.get(title_key(title.name))
            inside = find_identifiers(title.name)
            printed = _PRINTED.search(title.name) if id is None else None
            if printed:
                id = self._by_title.get(title_key(printed["name"]))
            if id is None and inside:
                id = self._by_number.get(_number_key(inside[0].base))
            mention = None
            if id or inside or title.document:
                mention = CitationMention(
                    document=id,
                    identifier=inside[0].display if inside else None,
                    title=text[title.start + 1 : title.end - 1],
                    clause=None,
                    dated=bool(inside and inside[0].edition),
                    start=title.start,
                    end=title.end,
                    text=text[title.start : title.end],
                    form="title",
                )
            anchors.append(_Anchor(title.start, title.end, mention))
        return anchors

    def _numbers(self, text: str, masked: str) -> list[_Anchor]:
        return [_Anchor(item.start, item.end, self._by(item, text)) for item in find_identifiers(masked)]

    def _by(self, item: Identifier, text: str) -> CitationMention:
        return CitationMention(
            document=self._by_number.get(_number_key(item.base)),
            identifier=item.display,
            title=None,
            clause=None,
            dated=item.edition is not None,
            start=item.start,
            end=item.end,
            text=text[item.start : item.end],
            form="number",
        )

    def _shorts(self, text: str, masked: str) -> list[_Anchor]:
        anchors = []
        for match in self._name_pattern.finditer(masked):
            name = text[match.start() : match.end()]
            mention = CitationMention(
                self._folded_names[match[0]], None, name, None, False, match.start(), match.end(), name, "short"
            )
            anchors.append(_Anchor(match.start(), match.end(), mention))
        return anchors

    def _clause_of(self, document: str | None, name: str) -> str | None:
        if document is None:
            return None
        return next((id for key in clause_keys(name) if (id := self._clauses.get((document, key)))), None)

    def _with_clauses(self, text: str, masked: str, anchors: list[_Anchor]) -> list[CitationMention]:
        found: list[CitationMention] = []
        for at, anchor in enumerate(anchors):
            limit = anchors[at + 1].start if at + 1 < len(anchors) else len(masked)
            if anchor.mention is not None:
                reach = masked[anchor.end : min(limit, anchor.end + _REACH)].partition("\n")[0]
                found += self._cited(text, anchor.mention, anchor.end, reach)
        return found

    def _cited(self, text: str, mention: CitationMention, offset: int, reach: str) -> Iterator[CitationMention]:
        """The mention, with its clauses named in `reach`, the text that follows it at `offset`."""
        clauses = [
            (offset + start, offset + end, name)
            for start, end, name in _clause_names(reach, bare=mention.identifier is not None)
        ]
        if clauses and _JOINT.fullmatch(text[mention.end : clauses[0][0]]):
            _, end, name = clauses.pop(0)
            yield replace(
                mention,
                clause=self._clause_of(mention.document, name),
                clause_text=name,
                end=end,
                text=text[mention.start : end],
            )
        else:
            yield mention
        for start, end, name in clauses:
            clause = self._clause_of(mention.document, name)
            yield replace(mention, clause=clause, clause_text=name, start=start, end=end, text=text[start:end])


def _clause_names(reach: str, *, bare: bool) -> list[tuple[int, int, str]]:
    """Start, end and name of the clauses in what follows a document, up to the words that speak of another.

    `bare` admits numbers without 条 right behind it, as standards are cited.
    """
    itself = _SELF.search(reach)
    if itself:
        reach = reach[: itself.start()]
    found: list[tuple[int, int, str]] = []
    position = 0
    number = _BARE.match(reach) if bare else None
    while number:
        found.append((number.start("dotted"), number.end(), number["dotted"]))
        position = number.end()
        number = _FURTHER_BARE.match(reach, position)
    named = _NAMED.match(reach)
    if named:
        found.append((named.start("named"), named.end("named"), named["named"]))
        position = named.end()
    for match in _CLAUSE.finditer(reach, position):
        name = match[0] if match["article"] is None else match["article"]
        found.append((match.start(), match.end(), name))
    return found


def _joined(text: str, anchors: list[_Anchor]) -> list[_Anchor]:
    """A title or name with its number in brackets behind it (or the other way round) becomes one anchor."""
    joined: list[_Anchor] = []
    for anchor in anchors:
        previous = joined[-1] if joined else None
        one = previous and previous.mention and anchor.mention and _one(text, previous.mention, anchor.mention)
        if one:
            joined[-1] = _Anchor(one.start, one.end, one)
        else:
            joined.append(anchor)
    return joined


def _one(text: str, first: CitationMention, second: CitationMention) -> CitationMention | None:
    named, numbered = (second, first) if first.form == "number" else (first, second)
    if named.form == "number" or numbered.form != "number" or named.identifier:
        return None
    between, behind = text[first.end : second.start], text[second.end : second.end + 1]
    bracketed = re.fullmatch(r"\s?[（(]\s?", between) and behind in ("）", ")")
    adjoining = named is second and re.fullmatch(r"\s?", between)
    if not bracketed and not adjoining:
        return None
    if named.document and numbered.document and named.document != numbered.document:
        return None
    end = second.end + (1 if bracketed else 0)
    return replace(
        named,
        document=named.document or numbered.document,
        identifier=numbered.identifier,
        dated=numbered.dated,
        start=first.start,
        end=end,
        text=text[first.start : end],
    )
