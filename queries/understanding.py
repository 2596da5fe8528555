"""What a query names: clauses, requirements, concepts and documents, by label, number, statement or near to it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from analysis.alignment.model import Aligner
from analysis.citations import CitationFinder, CitationMention
from analysis.concepts import LabelIndex, Mention
from analysis.folding import fold
from analysis.numerals import parse_number
from analysis.tokens import query_tokens
from ontology.model import Ontology, Thing
from queries.intent import load_intent
from queries.ranking import strongest
from queries.slips import SlipFinder, Suggestion
from queries.wording import LONG, Wording, read_wording
from queries.words import Unit

_NUMERAL: Final = "[0-9一二三四五六七八九十]{1,3}"
_CHAPTER: Final = re.compile(rf"第\s*({_NUMERAL})\s*章|chapter\s+(\d{{1,2}})(?![\d.])")
# "5.9" is a clause when it is called one, or where nothing makes it a quantity.
_DOTTED: Final = re.compile(
    r"(?<![\d.])(\d{1,2}(?:\.\d{1,2}){1,3})(?![\d.])(?!\s?[%‰]|\s?[万亿千百]?[倍元个项次名人件条年月日吨米秒天小分成])"
    r"|(?:第|条款|章节|clause\s*|section\s*)\s*(\d{1,2}(?:\.\d{1,2})+)(?![\d.])"
)
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_NEAR: Final = 0.6  # share of a label's bigrams in the query from which it is taken as meant
_SHORTEST_NEAR: Final = 5  # shorter labels share bigrams with anything
_NEAR_ENGLISH: Final = 0.5
_MOST_ENGLISH: Final = 3
_UNKNOWN_WORD: Final = 0.2
_SHORT_NUMBER: Final = 2
_ID: Final = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")  # as answers print them: execution-6
_SOUNDS: Final = 5
# Three single characters or more with gaps between them are one line set wide.
_WIDE: Final = re.compile(r"(?<![\u4e00-\u9fff])[\u4e00-\u9fff](?:\s+[\u4e00-\u9fff]){2,}(?![\u4e00-\u9fff])")
_LONGEST_NEAR: Final = 60  # longer queries are descriptions, not names


@dataclass(frozen=True, slots=True)
class Understanding:
    """What `query` was taken to name and to say.

    tokens:       what is looked for, everything added included; of a long text the weightiest (`shortened`)
    typed:        the tokens of the query as it was typed
    units:        the things asked for, each in all its wordings
    requirements, clauses: id → strength in 0…1, named by label, number or statement, or near to it
    mentions:     concepts, by place, none inside another
    added:        Chinese that the query means but does not spell: of English words and names, of misspelt words
    reworded:     spoken words → the written ones that are looked for as well
    suggestions:  words taken for slips, and what they are taken for; both are looked for
    sounds_like, sounds_about: requirements and clauses that the model of intents takes it for; id → probability
    topic:        probability that it is about any clause
    searched:     the text that stands for the query where vectors are compared
    """

    query: str
    tokens: tuple[str, ...]
    typed: tuple[str, ...]
    units: tuple[Unit, ...]
    clauses: dict[str, float]
    requirements: dict[str, float]
    mentions: tuple[Mention, ...]
    citations: tuple[CitationMention, ...]
    chapters: tuple[str, ...]  # clause ids named by a chapter number
    numbering: dict[str, tuple[str, ...]]  # numbers that are inferred, as the standard's are not published → clause ids
    added: tuple[str, ...]
    reworded: dict[str, tuple[str, ...]]
    suggestions: tuple[Suggestion, ...]
    sounds_like: dict[str, float]
    sounds_about: dict[str, float]
    topic: float
    searched: str
    shortened: bool

    @property
    def worded(self) -> bool:
        """Whether it says anything beside numbers of a digit or two, which stand in any text."""
        return any(len(token) > _SHORT_NUMBER or not token.isdigit() for token in self.typed)

    def shown(self, ontology: Ontology) -> dict[str, Any]:
        """For `SearchAnswer.understood`: ids and Chinese labels; only what there is."""

        def named(ids: Iterable[str]) -> list[dict[str, str]]:
            return [{"id": id, "title": ontology.things[id].zh} for id in dict.fromkeys(ids) if id in ontology.things]

        concepts = (mention.node for mention in self.mentions if mention.node not in self.clauses | self.requirements)
        shown: dict[str, Any] = {
            "clauses": named(self.clauses),
            "requirements": named(self.requirements),
            "concepts": named(concepts),
            "documents": named(citation.document for citation in self.citations if citation.document),
            "added": list(self.added),
            "reworded": [{"said": said, "as": list(written)} for said, written in self.reworded.items()],
            "suggestions": [{"typed": each.typed, "meant": each.meant} for each in self.suggestions],
            "numbering": [{"number": number, "clauses": named(ids)} for number, ids in self.numbering.items()],
            "shortened": len(self.tokens) if self.shortened else 0,
        }
        return {name: found for name, found in shown.items() if found}


@dataclass(frozen=True, slots=True)
class _Read:
    """What stands in a query, before anything is guessed from it."""

    wording: Wording
    mentions: tuple[Mention, ...]
    citations: tuple[CitationMention, ...]
    chapters: tuple[str, ...]
    numbering: dict[str, tuple[str, ...]]
    clauses: dict[str, float]
    requirements: dict[str, float]


class QueryReader:
    """Understands queries against one ontology. Raises nothing: a query that names nothing is empty of names."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._clause_ids = {clause.id for clause in ontology.clauses}
        self._requirement_ids = {requirement.id for requirement in ontology.requirements}
        self._ids = self._clause_ids | self._requirement_ids

    def understand(self, query: str) -> Understanding:
        query = _closed_up(query)
        read = self._read(query)
        wording, mentions = read.wording, read.mentions
        likely = self._intent.align(wording.sounding) if wording.tokens else None
        return Understanding(
            query=query,
            tokens=wording.tokens,
            typed=wording.typed,
            units=wording.units,
            clauses=read.clauses,
            requirements=dict(sorted(read.requirements.items(), key=lambda item: (-item[1], item[0]))),
            mentions=tuple(mention for mention in mentions if mention.node not in self._ids),
            citations=read.citations,
            chapters=read.chapters,
            numbering=read.numbering,
            added=wording.added,
            reworded=wording.reworded,
            suggestions=wording.suggestions,
            sounds_like=strongest(((each.id, each.confidence) for each in likely.requirements), _SOUNDS)
            if likely
            else {},
            sounds_about=strongest(((each.id, each.confidence) for each in likely.clauses), _SOUNDS) if likely else {},
            topic=likely.on_topic if likely else 0.0,
            searched=wording.searched,
            shortened=wording.shortened,
        )

    def sounding(self, query: str) -> str:
        """The text that stands for the query where the model of intents judges it."""
        return self._read(query).wording.sounding

    def searched(self, query: str) -> str:
        """The text that stands for the query where vectors are compared."""
        return self._read(query).wording.searched

    def _read(self, query: str) -> "_Read":
        mentions = _outermost(self._labels.find(query))
        citations = tuple(self._citations.find(query))
        taken = [(citation.start, citation.end) for citation in citations]
        folded = fold(query)
        chapters, dotted = self._numbered(folded, taken)
        near = self._near(query, mentions)
        titled = {mention.node for mention in mentions}
        # A title beside a number tells which of the numberings is meant.
        numbers = {
            number: tuple(id for id in ids if id in titled) or ids for number, ids in (chapters | dotted).items()
        }
        numbered = tuple(id for ids in numbers.values() for id in ids)
        named = (*numbered, *(id for id in _ID.findall(folded) if id in self._ids))
        clauses, requirements = self._named(mentions, near, named)
        labels = self._unspelt(folded, mentions, (*near, *named))
        wording = read_wording(folded, self._suggestions(folded, mentions, taken), labels)
        guessed = {
            number: ids for number, ids in numbers.items() if self._numbering_open and not titled.issuperset(ids)
        }
        in_chapters = tuple(id for number in chapters for id in numbers[number])
        return _Read(wording, mentions, citations, in_chapters, guessed, clauses, requirements)

    def _named(
        self, mentions: tuple[Mention, ...], near: dict[str, float], named: Sequence[str]
    ) -> tuple[dict[str, float], dict[str, float]]:
        """Clauses and requirements with the strength they are named with."""
        clauses = dict.fromkeys((mention.node for mention in mentions if mention.node in self._clause_ids), 1.0)
        clauses |= dict.fromkeys((id for id in named if id in self._clause_ids), 1.0)
        requirements = {id: strength for id, strength in near.items() if id in self._requirement_ids}
        spelt = (*(mention.node for mention in mentions), *named)
        requirements |= dict.fromkeys((id for id in spelt if id in self._requirement_ids), 1.0)
        for mention in mentions:
            for id in self._by_object.get(mention.node, ()):
                requirements.setdefault(id, 0.9)
        return clauses, requirements

    def _suggestions(
        self, folded: str, mentions: tuple[Mention, ...], taken: list[tuple[int, int]]
    ) -> tuple[Suggestion, ...]:
        if len(folded) > LONG:
            return ()
        formulas = [(each.start, each.end) for each in mentions if each.node in self._formulas]
        return self._slips.find(folded, [*taken, *formulas])

    def _numbered(
        self, folded: str, taken: list[tuple[int, int]]
    ) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
        """Chapter numbers, and dotted numbers, that name clauses in any numbering still open → their ids."""
        chapters: dict[str, tuple[str, ...]] = {}
        for match in _CHAPTER.finditer(folded):
            value = parse_number(match[1] or match[2])
            if value is not None and not _inside(match.start(), taken):
                chapters |= self._clauses_at(str(int(value)))
        dotted: dict[str, tuple[str, ...]] = {}
        for match in _DOTTED.finditer(folded):
            if not _inside(match.start(), taken):
                dotted |= self._clauses_at(match[1] or match[2])
        return chapters, dotted

    def _clauses_at(self, number: str) -> dict[str, tuple[str, ...]]:
        ids = self._by_number.get(number, ())
        return {number: tuple(ids)} if ids else {}

    def _near(self, query: str, mentions: tuple[Mention, ...]) -> dict[str, float]:
        """Labels most of whose bigrams are in the query (or, of an English query, whose words are), though not as such."""
        folded = fold(query)
        bigrams = _bigrams(folded)
        if not bigrams:
            return self._near_english(_words(folded))
        if len(folded) > _LONGEST_NEAR:
            return {}
        # 质量文化 is not 企业质量文化 misspelt: what a label that stands there explains is no sign of another.
        explained = frozenset[str]().union(*(_bigrams(fold(mention.text)) for mention in mentions))
        shares = {
            id: len(parts & bigrams) / len(parts)
            for id, parts in self._label_bigrams.items()
            if not parts & bigrams <= explained
        }
        return _nearest(shares, _NEAR)

    def _near_english(self, words: frozenset[str]) -> dict[str, float]:
        counts = {word: sum(word in parts for parts in self._label_words.values()) for word in words}
        # A word of no label may be a synonym or beside the point: it weighs little either way.
        weights = {word: 1 / (1 + count) if count else _UNKNOWN_WORD for word, count in counts.items()}
        whole = sum(weights.values())
        shares = {
            id: sum(weights[word] for word in parts & words) / whole
            for id, parts in self._label_words.items()
            if len(parts & words) > 1
        }
        return dict(list(_nearest(shares, _NEAR_ENGLISH).items())[:_MOST_ENGLISH])

    def _unspelt(self, folded: str, mentions: tuple[Mention, ...], meant: Iterable[str]) -> tuple[str, ...]:
        """Labels of what is named that the query does not spell."""
        labels = [mention.label for mention in mentions] + [self._ontology.things[id].zh for id in meant]
        return tuple(dict.fromkeys(label for label in labels if fold(label) not in folded))

    @cached_property
    def _intent(self) -> Aligner:
        return load_intent(self._ontology)

    @cached_property
    def _labels(self) -> LabelIndex:
        return LabelIndex(self._ontology)

    @cached_property
    def _formulas(self) -> frozenset[str]:
        return frozenset(formulation.id for formulation in self._ontology.formulations)

    @cached_property
    def _slips(self) -> SlipFinder:
        return SlipFinder(fold(name) for thing in self._nameable for name in (thing.zh, *thing.alt))

    @cached_property
    def _citations(self) -> CitationFinder:
        return CitationFinder(self._ontology)

    @cached_property
    def _numbering_open(self) -> bool:
        return not any(reading.decided for reading in self._ontology.numbering)

    @cached_property
    def _by_number(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for clause in self._ontology.clauses:
            decided = clause.number_scheme not in (None, "H1", "H2") and clause.number is not None
            numbers = {clause.number} if decided else {clause.number, *clause.numbers.values()}
            for number in sorted(number for number in numbers if number):
                found.setdefault(number, []).append(clause.id)
        return found

    @cached_property
    def _by_object(self) -> dict[str, list[str]]:
        """Requirements by the thing that they ask for: 质量党建责任区 → execution-6."""
        found: dict[str, list[str]] = {}
        for requirement in self._ontology.requirements:
            if requirement.object_id and requirement.object_id.startswith("m-"):
                found.setdefault(requirement.object_id, []).append(requirement.id)
        return found

    @cached_property
    def _nameable(self) -> tuple[Thing, ...]:
        ontology = self._ontology
        return (*ontology.requirements, *ontology.mechanisms, *ontology.terms)

    @cached_property
    def _label_bigrams(self) -> dict[str, frozenset[str]]:
        return {thing.id: _bigrams(fold(thing.zh)) for thing in self._nameable if len(thing.zh) >= _SHORTEST_NEAR}

    @cached_property
    def _label_words(self) -> dict[str, frozenset[str]]:
        labels = {thing.id: _words(fold(thing.en)) for thing in self._nameable if thing.en}
        return {id: words for id, words in labels.items() if len(words) > 1}


def _closed_up(query: str) -> str:
    """质 量 文 化, as it is copied from a heading set wide, without the gaps; anything else as it is."""
    return _WIDE.sub(lambda line: "".join(line[0].split()), query)


def _nearest(shares: dict[str, float], least: float) -> dict[str, float]:
    """Those that are near enough, nearest first, and only those about as near as the nearest."""
    nearest = max(shares.values(), default=0.0)
    kept = {id: share for id, share in shares.items() if share >= max(least, nearest - 0.15)}
    return dict(sorted(kept.items(), key=lambda item: (-item[1], item[0])))


def _outermost(mentions: list[Mention]) -> tuple[Mention, ...]:
    """Without mentions that lie wholly inside a longer one: 企业质量文化 names not 质量文化 too."""
    return tuple(
        mention
        for mention in mentions
        if not any(
            other.start <= mention.start
            and mention.end <= other.end
            and other.end - other.start > mention.end - mention.start
            for other in mentions
        )
    )


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(
        text[at : at + 2] for at in range(len(text) - 1) if _HAN.match(text[at]) and _HAN.match(text[at + 1])
    )


def _words(text: str) -> frozenset[str]:
    """English content words, roughly reduced to their stems."""
    return frozenset(
        re.sub(r"(?:ies|ing|es|s|ed|y)$", "", word) for word in query_tokens(text) if word.isascii() and len(word) > 2
    )
