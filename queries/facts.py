"""Facts: what the ontology, or a site's overlay, does hold, returned as the answer to a question that asks for it."""

import re
from collections.abc import Iterator
from typing import Final

from analysis.folding import fold
from analysis.numerals import parse_number
from ontology.model import Certainty, Clause, Document, Gap, Ontology, Term
from queries.answers import FactRecord
from queries.gaps import about_standard, all_definitions, asked
from queries.understanding import Understanding

_PARTS_ASKED: Final = re.compile(
    r"哪[几些\d三四五六七八九]?[项条章]|几[项条章]|[\d三四五六七八九][项条]|(?:包括|包含|分为)(?:了)?(?:哪|什么)|which (?:clauses|items)|how many"
)
_TERMS_ASKED: Final = re.compile(
    r"术语(?:都|分别|各)?(?:是|有|包括)|哪[些几五\d]?个?术语|几个术语|(?:which|what|list of) (?:the )?terms|terms (?:are )?defined"
)
_CHAPTER: Final = re.compile(r"第\s*([0-9一二三四五六七八九十]{1,3})\s*章|chapter\s+(\d{1,2})")
_CHAPTER_ASKED: Final = re.compile(
    r"什么|哪|内容|标题|名称|有没有|是否|存在|what|which|exist|title|^\S{1,4}章[?？]?$|^chapter \d+\??$"
)
# 谁起草的, 由谁提出: of the standard, when it is named or nothing else is.
_BY_WHOM: Final = r"(?:谁|哪[个家些]?(?:单位|企业|协会|机构)?)(?:牵头|负责|主导)?"
_ALONE: Final = rf"^(?:是)?由?{_BY_WHOM}(?:{{verb}})(?:的|了)?[?？。]?$"
_PROPOSED: Final = (r"提出单位", r"提出", r"propos(?:ed|er|ing)")
_DRAFTED: Final = (
    r"起草单位|编制单位|起草人|起草小组|主编单位|牵头单位",
    r"起草|编制|编写|制定",
    r"draft(?:ed|er|ing)|who wrote",
)
_PUBLISHED: Final = (r"发布单位|发布机构", r"发布", r"publish(?:ed by|er)|who published")
# Title, the question, and the words by which the fact about the standard that answers it is known.
_STANDARD_FACTS: Final = (
    (
        "适用对象",
        re.compile(
            r"适用(?:于|范围|对象|的|哪|谁)|(?:谁|哪[些类])\S{0,4}(?:适用|能用|可以用)|面向(?:谁|哪)|appl(?:y|ies|icable) to|for whom"
        ),
        re.compile("面向|适用"),
    ),
    (
        "规定的内容",
        re.compile(r"规定了?(?:什么|哪)|主要内容|[哪几三]个?方面要求|what does .*(?:require|cover|specify)"),
        re.compile("规定"),
    ),
)


def facts_asked_for(ontology: Ontology, understood: Understanding) -> tuple[FactRecord, ...]:
    """What is held of what the query asks for; whether that was ever a gap does not matter."""
    folded = fold(understood.query)
    found = (
        *_of_gaps(ontology, folded, understood),
        *_of_chapters(ontology, folded, understood),
        *_of_terms(ontology, folded, understood),
        *_of_drafting(ontology, folded),
        *_of_standard(ontology, folded),
    )
    return tuple({(fact.id, fact.title, fact.text): fact for fact in found}.values())


def _of_gaps(ontology: Ontology, folded: str, understood: Understanding) -> Iterator[FactRecord]:
    """What a site has put where there was a gap, or, of a gap half open, what it has put there so far."""
    for gap in (*ontology.filled, *ontology.gaps):
        if asked(ontology, gap, folded, understood):
            held = tuple(_held(ontology, gap))
            yield from held
            if gap.filled_by and not held:
                yield _fact(ontology, gap.subject, gap.zh, gap.filled_by)


def _held(ontology: Ontology, gap: Gap) -> Iterator[FactRecord]:
    standard, subject = ontology.standard, ontology.things.get(gap.subject)
    given = _given(ontology, standard.sources)
    match gap.what:
        case "number" if standard.identifier:
            yield _fact(ontology, standard.id, "标准编号", standard.identifier, sources=given)
        case "dates":
            dates = ((standard.issued, "发布"), (standard.in_force, "实施"))
            known = "，".join(f"{date}{what}" for date, what in dates if date)
            if known:
                yield _fact(ontology, standard.id, "发布日期和实施日期", known, sources=given)
        case "items" if gap in ontology.filled:
            for point in ontology.requirements_of(gap.subject):
                title = f"“{subject.zh if subject else gap.subject}”的内容"
                yield _fact(ontology, point.id, title, point.zh, point.certainty, point.sources)
        case "reference-list":
            for cited in ontology.citations:
                document = ontology.things.get(cited.document)
                if cited.role == "normative" and cited.at == gap.subject and isinstance(document, Document):
                    yield _fact(ontology, document.id, "规范性引用文件", _named(document), cited.certainty)


def _of_chapters(ontology: Ontology, folded: str, understood: Understanding) -> Iterator[FactRecord]:
    """Which chapter has the number asked for, where a site has decided on the numbering."""
    if not any(reading.decided for reading in ontology.numbering) or not _CHAPTER_ASKED.search(folded):
        return
    numbers = {parse_number(match[1] or match[2]) for match in _CHAPTER.finditer(folded)}
    open_ones = {gap.subject for gap in ontology.gaps if gap.what == "chapter"}
    for clause in ontology.clauses:
        decided = clause.id in understood.chapters and clause.number and parse_number(clause.number) in numbers
        if decided and clause.id not in open_ones:
            sources = _given(ontology, clause.sources)
            yield _fact(ontology, clause.id, f"第{clause.number}章", clause.zh, clause.number_certainty, sources)


def _of_terms(ontology: Ontology, folded: str, understood: Understanding) -> Iterator[FactRecord]:
    """Definitions; the list of the terms defined; how many parts a clause has, and which."""
    for term in ontology.terms:
        gap = Gap(id=term.id, zh=term.zh, subject=term.id, what="definition")
        if (term.definition or term.gloss) and asked(ontology, gap, folded, understood):
            yield from _meaning(ontology, term)
    if _TERMS_ASKED.search(folded) and not all_definitions(folded):
        for term in ontology.terms:
            if term.defined:
                yield _fact(ontology, term.id, "标准界定的术语", term.zh, term.certainty, term.sources)
    if _PARTS_ASKED.search(folded):
        for clause in ontology.clauses:
            if clause.id in understood.clauses and clause.declared_items:
                yield from _parts(ontology, clause)


def _meaning(ontology: Ontology, term: Term) -> Iterator[FactRecord]:
    if term.definition:
        yield _fact(
            ontology,
            term.id,
            f"“{term.zh}”的定义",
            term.definition,
            term.definition_certainty,
            _given(ontology, term.sources),
        )
    elif term.gloss:
        place = (term.gloss_source,) if term.gloss_source else term.sources
        yield _fact(ontology, term.id, f"编制说明对“{term.zh}”的说法（不是定义）", term.gloss, term.certainty, place)


def _parts(ontology: Ontology, clause: Clause) -> Iterator[FactRecord]:
    parts = [part for part in ontology.clauses if part.parent == clause.id]
    for part in parts:
        yield _fact(ontology, part.id, f"“{clause.zh}”的条款", part.zh, part.certainty, part.sources)


def _of_drafting(ontology: Ontology, folded: str) -> Iterator[FactRecord]:
    """Who proposed, drafted and published the standard."""
    asked_kinds = {
        kind for kind, words in (("proposedBy", _PROPOSED), ("leadDraftedBy", _DRAFTED)) if _by_whom(folded, words)
    }
    published = _by_whom(folded, _PUBLISHED)
    titles = {"proposedBy": "提出单位", "leadDraftedBy": "牵头起草单位"}
    for said in ontology.statements:
        if said.kind in asked_kinds and said.subject == ontology.standard.id and said.object in ontology.things:
            by = ontology.things[said.object]
            yield _fact(ontology, by.id, titles[said.kind], by.zh, said.certainty, said.sources)
    for body in ontology.organizations:
        if "leadDraftedBy" in asked_kinds and body.zh.endswith("起草小组"):
            yield _fact(
                ontology, body.id, "起草小组", f"{body.zh}：{'、'.join(body.parts)}", body.certainty, body.sources
            )
        part = next((part for part in body.parts if part.endswith("发布单位")), None)
        if part and published:
            yield _fact(ontology, body.id, part, body.zh, body.certainty, body.sources)


def _by_whom(folded: str, words: tuple[str, str, str]) -> bool:
    noun, verb, english = words
    if re.search(noun, folded) or re.match(_ALONE.format(verb=verb), folded):
        return True
    if not about_standard(folded):
        return False
    return bool(
        re.search(rf"{_BY_WHOM}(?:{verb})|(?:{verb})(?:的|者)?(?:是|人是)?(?:谁|哪)", folded)
        or re.search(english, folded)
    )


def _of_standard(ontology: Ontology, folded: str) -> Iterator[FactRecord]:
    standard = ontology.standard
    for title, question, words in _STANDARD_FACTS:
        if question.search(folded) and (about_standard(folded) or question.match(folded)):
            for fact in standard.facts:
                if words.match(fact.text):
                    yield _fact(ontology, standard.id, title, fact.text, fact.certainty, standard.sources)


def _named(document: Document) -> str:
    return f"{document.identifier}《{document.zh}》" if document.identifier else f"《{document.zh}》"


def _given(ontology: Ontology, sources: tuple[str, ...]) -> tuple[str, ...]:
    """The sources that a site's own text has: what the note does not hold is not from the note."""
    note = {ontology.note.id, *(section.id for section in ontology.note_sections)}
    return tuple(source for source in sources if source not in note) or (ontology.standard.id,)


def _fact(
    ontology: Ontology,
    id: str,
    title: str,
    text: str,
    certainty: Certainty = Certainty.STATED,
    sources: tuple[str, ...] = (),
) -> FactRecord:
    return FactRecord(
        id=id, title=title, text=text, certainty=certainty.value, sources=sources or (ontology.standard.id,)
    )
