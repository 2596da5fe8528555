"""Decisions: recorded, shown at once, and alive after everything else has been made anew."""

from pathlib import Path

import pytest

from engines.store import IndexedText, Scope
from ingest.rebuild import rebuild
from ingest.removal import delete_document
from ingest.review import ReviewRefused
from ingest.source import Source
from ontology.graph import Relation
from tests.ingest.pipeline.parts import Site, case_text, contents, parts

SOURCE = Source("默认", "a.txt")


@pytest.fixture
def path(site: Site, tmp_path: Path) -> Path:
    made = tmp_path / "a.txt"
    made.write_text(case_text(5), encoding="utf-8")
    assert site.ingester.ingest_file(made, SOURCE).status == "stored"
    return made


def _satisfies(site: Site) -> list[Relation]:
    with site.store.reading() as reader:
        return list(reader.relations(owner=SOURCE.document, type="SATISFIES"))


def _text(site: Site, practice: str) -> IndexedText:
    with site.store.reading() as reader:
        return next(iter(reader.texts(ids=[practice])))


def _status(site: Site, practice: str, requirement: str) -> object:
    return {(one.source, one.target): one.properties["status"] for one in _satisfies(site)}.get((practice, requirement))


def _unproposed(site: Site, practice: str) -> str:
    proposed = {one.target for one in _satisfies(site) if one.source == practice}
    return next(one.id for one in reversed(site.ontology.requirements) if one.id not in proposed)


def test_accepting_a_proposal_shows_everywhere(site: Site, path: Path) -> None:
    first = _satisfies(site)[0]
    now = site.reviewer.decide(
        first.source, first.target, "accepted", relation="full", reviewer="王工", comment="现场看过"
    )
    assert now is not None
    (stored,) = [one for one in _satisfies(site) if (one.source, one.target) == (first.source, first.target)]
    assert {name: stored.properties[name] for name in ("status", "relation", "reviewer", "comment", "method")} == {
        "status": "accepted", "relation": "full", "reviewer": "王工", "comment": "现场看过", "method": "auto",
    }  # fmt: skip
    for kept in ("confidence", "explanation", "start", "end", "quote", "model"):
        assert stored.properties[kept] == first.properties[kept]
    facets = _text(site, first.source).facets
    assert f"{first.target}:accepted" in facets["requirement_status"]
    assert "accepted" in facets["status"]
    with site.store.reading() as reader:
        scope = Scope(facets={"requirement_status": frozenset({f"{first.target}:accepted"})})
        vector = parts().embedder.embed_queries(["质量"])[0]
        assert [hit.id for hit in reader.match_vector(vector, parts().embedder.fingerprint, scope, 5)] == [first.source]
        clause = site.ontology.requirement(first.target).clause
        (evidence,) = [r for r in reader.relations(type="EVIDENCES") if (r.source, r.target) == (first.source, clause)]
        assert evidence.properties["status"] == "accepted"
        record = next(iter(reader.records("decision", key=f"{first.source}|{first.target}")))
    assert record.value is not None
    assert record.value["status"] == "accepted"
    assert record.value["statement"] == site.ontology.requirement(first.target).zh


def test_a_rejection_is_kept_and_no_longer_found_by_requirement(site: Site, path: Path) -> None:
    first = _satisfies(site)[0]
    site.reviewer.decide(first.source, first.target, "rejected", relation="none", reviewer="王工")
    assert _status(site, first.source, first.target) == "rejected"
    facets = _text(site, first.source).facets
    assert first.target not in facets.get("requirement", ())
    assert f"{first.target}:rejected" in facets["requirement_status"]


def test_withdrawing_brings_back_exactly_what_was(site: Site, path: Path) -> None:
    with site.store.reading() as reader:
        before, vectors = contents(reader), site.store.status().vector_sets
    first = _satisfies(site)[0]
    other = _unproposed(site, first.source)
    for requirement in (first.target, other):
        site.reviewer.decide(first.source, requirement, "accepted")
        site.reviewer.decide(first.source, requirement, "rejected")
    assert _status(site, first.source, other) == "rejected"
    for requirement in (first.target, other):
        site.reviewer.decide(first.source, requirement, "proposed")
    with site.store.reading() as reader:
        assert contents(reader) == before
        assert list(reader.records("decision")) == []
        vector = parts().embedder.embed_queries(["质量责任区"])[0]
        assert len(reader.match_vector(vector, parts().embedder.fingerprint, Scope(), 50)) == 3
    assert site.store.status().vector_sets == vectors


def test_a_decision_may_name_what_was_not_proposed(site: Site, path: Path) -> None:
    practice = _satisfies(site)[0].source
    requirement = _unproposed(site, practice)
    now = site.reviewer.decide(practice, requirement, "accepted", relation="partial")
    assert now is not None
    assert (now.properties["method"], now.properties["status"]) == ("manual", "accepted")
    assert isinstance(now.properties["confidence"], float)
    with site.store.reading() as reader:
        text = str(next(iter(reader.nodes(ids=[practice]))).properties["text"])
        clauses = {one.target for one in reader.relations(type="EVIDENCES") if one.source == practice}
    assert str(now.properties["quote"]) in text
    assert site.ontology.requirement(requirement).clause in clauses


@pytest.mark.parametrize("again", ["rebuild", "delete", "replace"])
def test_decisions_survive(site: Site, path: Path, again: str) -> None:
    first, second = _satisfies(site)[:2]
    other = _unproposed(site, first.source)
    site.reviewer.decide(first.source, first.target, "accepted", relation="full", reviewer="王工")
    site.reviewer.decide(second.source, second.target, "rejected")
    site.reviewer.decide(first.source, other, "not-applicable", comment="无此业务")
    decided = _satisfies(site)
    if again == "rebuild":
        assert [report.status for report in rebuild(site.ingester)] == ["rebuilt"]
    elif again == "delete":
        delete_document(site.store, site.originals, SOURCE.document)
        assert _satisfies(site) == []
        site.ingester.ingest_file(path, SOURCE)
    else:
        path.write_text(
            case_text(5) + "\n另附说明一段，介绍本厂开展质量工作的有关情况，供评审时参考使用。\n", encoding="utf-8"
        )
        assert site.ingester.ingest_file(path, SOURCE, replace=True).status == "replaced"
    kept = {(one.source, one.target): one for one in _satisfies(site)}
    for one in decided:
        assert kept[one.source, one.target].properties == one.properties


def test_a_changed_practice_is_judged_anew_and_its_decision_waits(site: Site, tmp_path: Path) -> None:
    table = tmp_path / "b.csv"
    source = Source("默认", "b.csv")
    words = "厂党委把车间划成责任区，每个责任区由一名党员负责，公示质量指标，每月由支部检查并通报结果"

    def ingest(text: str) -> None:
        table.write_text(f"编号,企业,主要做法\nA-1,甲公司,{text}\n", encoding="utf-8")
        site.ingester.ingest_file(table, source, replace=True)

    def status() -> object:
        with site.store.reading() as reader:
            return {
                one.target: one.properties["status"]
                for one in reader.relations(owner=source.document, type="SATISFIES")
            }.get(requirement)

    ingest(words)
    with site.store.reading() as reader:
        practice = next(iter(reader.texts(owner=source.document))).id
    requirement = site.ontology.requirements[0].id
    site.reviewer.decide(practice, requirement, "accepted")
    ingest(words + "，结果记入党员积分")
    assert status() != "accepted"
    ingest(words)
    assert status() == "accepted"


@pytest.mark.parametrize(
    ("practice", "requirement", "status", "relation", "code"),
    [
        ("practice-none", "execution-1", "accepted", None, "unknown_practice"),
        (None, "execution-999", "accepted", None, "unknown_requirement"),
        (None, "execution-1", "maybe", None, "unknown_status"),
        (None, "execution-1", "accepted", "whole", "unknown_relation"),
    ],
)
def test_an_impossible_decision_is_refused(
    site: Site, path: Path, practice: str | None, requirement: str, status: str, relation: str | None, code: str
) -> None:
    with site.store.reading() as reader:
        before = contents(reader)
    with pytest.raises(ReviewRefused) as refused:
        site.reviewer.decide(practice or _satisfies(site)[0].source, requirement, status, relation=relation)
    assert refused.value.code == code
    with site.store.reading() as reader:
        assert contents(reader) == before
        assert list(reader.records("decision")) == []
