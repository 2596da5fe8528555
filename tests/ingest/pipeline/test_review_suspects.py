"""Decisions on what has changed meanwhile: flagged, listed, without effect until confirmed; and what survives."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.alignment.model import Aligner, Alignment
from analysis.alignment.shipped import load_shipped
from engines.copying import copy
from engines.embedded.store import open_embedded
from engines.store import ChangeSet, StoreUnavailable
from ingest.pipeline import Ingester
from ingest.rebuild import rebuild
from ingest.removal import delete_document
from ingest.review import Reviewer, Verdict
from ingest.review_suspects import follow_wording, reworded
from ingest.source import Source
from ontology.graph import Relation
from ontology.model import Ontology
from queries.coverage import coverage
from queries.review import QueueQuestion, ReviewItem, review_queue
from queries.review_records import history, orphans
from tests.ingest.pipeline.parts import Site, case_text, contents, parts

SOURCE = Source("默认", "a.csv")
WORDS = "厂党委把车间划成责任区，每个责任区由一名党员负责，公示质量指标，每月由支部检查并通报结果"


def _ingest(site: Site, tmp_path: Path, text: str, *, numbered: bool = True) -> str:
    path = tmp_path / "a.csv"
    number, heading = ("A-1,", "编号,") if numbered else ("", "")
    path.write_text(f"{heading}企业,主要做法\n{number}甲公司,{text}\n", encoding="utf-8")
    assert site.ingester.ingest_file(path, SOURCE, replace=True).status in ("stored", "replaced")
    with site.store.reading() as reader:
        return next(iter(reader.texts(owner=SOURCE.document))).id


def _relation(site: Site, practice: str, requirement: str) -> Relation | None:
    with site.store.reading() as reader:
        found = [
            one for one in reader.relations(type="SATISFIES") if (one.source, one.target) == (practice, requirement)
        ]
    return found[0] if found else None


def _queue(site: Site, **asked: Any) -> list[ReviewItem]:
    with site.store.reading() as reader:
        return list(review_queue(reader, QueueQuestion(**asked), access=None, limit=100).results)


def _state(site: Site, requirement: str) -> str:
    with site.store.reading() as reader:
        answer = coverage(reader, access=None)
    return next(point.state for clause in answer.clauses for point in clause.requirements if point.id == requirement)


def _unproposed(site: Site, practice: str) -> str:
    return next(one.id for one in site.ontology.requirements if _relation(site, practice, one.id) is None)


@pytest.mark.parametrize("proposed", [True, False])
def test_an_accepted_decision_on_another_text_waits_to_be_confirmed(site: Site, tmp_path: Path, proposed: bool) -> None:
    practice = _ingest(site, tmp_path, WORDS)
    requirement = "execution-6" if proposed else _unproposed(site, practice)
    site.reviewer.decide(practice, requirement, "accepted", relation="full", reviewer="王工", comment="现场看过")
    assert _state(site, requirement) == "covered"
    assert _ingest(site, tmp_path, WORDS + "，结果记入党员积分") == practice
    now = _relation(site, practice, requirement)
    assert now is not None
    assert (now.properties["status"], now.properties["suspect"]) == ("proposed", True)
    assert now.properties.get("reviewer") is None
    assert _state(site, requirement) == "likely"
    (item,) = _queue(site, suspect=True)
    assert (item.stage, item.changed) == ("suspect", ("practice",))
    assert item.decision is not None
    assert (item.decision.status, item.decision.reviewer) == ("accepted", "王工")
    assert _queue(site)[0].stage == "suspect"
    site.reviewer.decide(practice, requirement, "accepted", relation="full", reviewer="李工")
    assert _queue(site, suspect=True) == []
    assert _state(site, requirement) == "covered"
    with site.store.reading() as reader:
        (pair,) = history(reader, access=None, practice=practice, requirement=requirement).results
    assert [(step.reviewer, step.current) for step in pair.steps] == [("王工", False), ("李工", True)]


def test_a_rejection_on_another_text_gives_way_to_a_new_proposal(site: Site, tmp_path: Path) -> None:
    practice = _ingest(site, tmp_path, WORDS)
    other = _unproposed(site, practice)
    for requirement in ("execution-6", other):
        site.reviewer.decide(practice, requirement, "rejected", reviewer="王工")
    _ingest(site, tmp_path, WORDS + "，结果记入党员积分")
    first, second = _relation(site, practice, "execution-6"), _relation(site, practice, other)
    assert first is not None
    assert second is not None
    assert (first.properties["status"], second.properties["status"]) == ("proposed", "rejected")
    assert {item.requirement.id for item in _queue(site, suspect=True)} == {"execution-6", other}


def test_widths_and_blanks_are_no_change(site: Site, tmp_path: Path) -> None:
    practice = _ingest(site, tmp_path, WORDS)
    site.reviewer.decide(practice, "execution-6", "accepted")
    _ingest(site, tmp_path, f'" {WORDS.replace("，", ", ")} "')
    now = _relation(site, practice, "execution-6")
    assert now is not None
    assert now.properties["status"] == "accepted"


def test_without_a_number_the_decision_is_kept_as_an_orphan(site: Site, tmp_path: Path) -> None:
    practice = _ingest(site, tmp_path, WORDS, numbered=False)
    site.reviewer.decide(practice, "execution-6", "accepted", reviewer="王工")
    after = _ingest(site, tmp_path, WORDS + "，结果记入党员积分", numbered=False)
    assert after != practice
    with site.store.reading() as reader:
        (orphan,) = orphans(reader).results
    assert (orphan.practice, orphan.missing, orphan.document) == (practice, "practice", SOURCE.document)
    assert (orphan.decision.status, orphan.collection, orphan.name) == ("accepted", "默认", "a.csv")
    assert orphan.title
    _ingest(site, tmp_path, WORDS, numbered=False)
    now = _relation(site, practice, "execution-6")
    assert now is not None
    assert now.properties["status"] == "accepted"
    with site.store.reading() as reader:
        assert orphans(reader).results == ()


def test_deleting_the_material_forgets_its_words(site: Site, tmp_path: Path) -> None:
    practice = _ingest(site, tmp_path, WORDS)
    site.reviewer.decide(practice, "execution-6", "accepted", reviewer="王工", comment="现场看过")
    delete_document(site.store, site.originals, SOURCE.document)
    with site.store.reading() as reader:
        (orphan,) = orphans(reader).results
        kept = [record for record in reader.records() if record.kind in ("decision", "review")]
    assert (orphan.title, orphan.document, orphan.decision.comment) == (None, None, "现场看过")
    assert len(kept) == 2
    assert not any(WORDS[:6] in str(record.value) for record in kept)
    again = _ingest(site, tmp_path, WORDS)
    assert again == practice
    assert _state(site, "execution-6") == "covered"


def _reworded(ontology: Ontology, requirement: str, zh: str) -> Ontology:
    points = tuple(
        point.model_copy(update={"zh": zh}) if point.id == requirement else point for point in ontology.requirements
    )
    return ontology.model_copy(update={"requirements": points})


def test_a_requirement_worded_anew_makes_its_decisions_suspect_at_once(site: Site, tmp_path: Path) -> None:
    practice = _ingest(site, tmp_path, WORDS)
    site.reviewer.decide(practice, "execution-6", "accepted", reviewer="王工")
    site.reviewer.decide(practice, "execution-7", "accepted", reviewer="王工")
    with site.store.reading() as reader:
        before = contents(reader, SOURCE.document)
    other = _reworded(site.ontology, "execution-6", "按本单位章程划分质量党建责任区")
    assert reworded(site.ontology, other) == {"execution-6"}
    assert follow_wording(site.store, site.originals, other, reworded(site.ontology, other)) == 1
    changed, kept = _relation(site, practice, "execution-6"), _relation(site, practice, "execution-7")
    assert changed is not None
    assert kept is not None
    assert (changed.properties["status"], changed.properties["suspect"]) == ("proposed", True)
    assert kept.properties["status"] == "accepted"
    follow_wording(site.store, site.originals, site.ontology, reworded(other, site.ontology))
    with site.store.reading() as reader:
        assert contents(reader, SOURCE.document) == before


class _Renamed(Aligner):
    """The shipped aligner under another name, sure of nothing: what another model could be."""

    @property
    def model(self) -> str:
        return "other-model"

    def align_many(self, texts: Sequence[str]) -> list[Alignment]:
        return [
            replace(
                one,
                clauses=tuple(replace(score, proposed=False) for score in one.clauses),
                requirements=tuple(replace(score, proposed=False) for score in one.requirements),
            )
            for one in super().align_many(texts)
        ]


def test_decisions_survive_another_model_and_a_copy(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "case.txt"
    path.write_text(case_text(5), encoding="utf-8")
    source = Source("默认", "case.txt")
    site.ingester.ingest_file(path, source)
    with site.store.reading() as reader:
        pairs = [(one.source, one.target) for one in reader.relations(owner=source.document, type="SATISFIES")]
    site.reviewer.decide(*pairs[0], "accepted", relation="full", reviewer="王工")
    site.reviewer.decide(*pairs[1], "rejected", reviewer="王工", comment="不是")
    known = parts()
    other = Ingester(
        site.store,
        site.ontology,
        _Renamed(site.ontology, load_shipped()),
        known.annotator,
        known.citation_finder,
        known.embedder,
        site.home / "files",
    )
    assert [report.status for report in rebuild(other)] == ["rebuilt"]
    with site.store.reading() as reader:
        left = {(one.source, one.target): one.properties for one in reader.relations(type="SATISFIES")}
        steps = history(reader, access=None).results
    assert {pair: said["status"] for pair, said in left.items()} == {pairs[0]: "accepted", pairs[1]: "rejected"}
    assert {said["model"] for said in left.values()} == {"other-model"}
    target = open_embedded(tmp_path / "copy.db")
    copy(site.store, target)
    with target.reading() as reader:
        assert history(reader, access=None).results == steps
        assert {(one.source, one.target): one.properties["status"] for one in reader.relations(type="SATISFIES")} == {
            pairs[0]: "accepted",
            pairs[1]: "rejected",
        }
    copied = Reviewer(target, site.ontology, other.analyst.judge, site.originals)
    copied.decide(*pairs[0], "proposed", reviewer="李工")
    with target.reading() as reader:
        (pair,) = history(reader, access=None, practice=pairs[0][0], requirement=pairs[0][1]).results
    assert [step.outcome for step in pair.steps] == ["recorded", "withdrawn"]
    target.close()


def test_a_batch_settles_each_and_writes_a_document_once(site: Site, tmp_path: Path) -> None:
    practice = _ingest(site, tmp_path, WORDS)
    before = site.store.status().generation
    outcomes = site.reviewer.decide_many(
        [
            Verdict(practice, "execution-6", "accepted", reviewer="王工"),
            Verdict("practice-none", "execution-6", "accepted"),
            Verdict(practice, "execution-6", "not-applicable"),
            Verdict(practice, "execution-7", "rejected", corrected_to="execution-8", reviewer="王工"),
            Verdict(practice, "execution-6", "accepted", reviewer="王工"),
        ]
    )
    assert [(outcome.outcome, outcome.code) for outcome in outcomes] == [
        ("recorded", ""),
        ("refused", "unknown_practice"),
        ("refused", "reason_needed"),
        ("recorded", ""),
        ("unchanged", ""),
    ]
    assert site.store.status().generation == before + 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"status": "accepted", "relation": "none"}, "contradiction"),
        ({"status": "rejected", "relation": "full"}, "contradiction"),
        ({"status": "accepted", "corrected_to": "execution-7"}, "contradiction"),
        ({"status": "rejected", "corrected_to": "execution-6"}, "contradiction"),
        ({"status": "rejected", "corrected_to": "execution-99"}, "unknown_requirement"),
        ({"status": "not-applicable", "comment": " \n"}, "reason_needed"),
        ({"status": "accepted", "comment": "长" * 2001}, "too_long"),
    ],
)
def test_contradictory_verdicts_are_refused(site: Site, tmp_path: Path, more: dict[str, Any], code: str) -> None:
    practice = _ingest(site, tmp_path, WORDS)
    (outcome,) = site.reviewer.decide_many([Verdict(practice, "execution-6", **more)])
    assert (outcome.outcome, outcome.code) == ("refused", code)


def test_numbers_of_persons_in_a_reason_are_masked(site: Site, tmp_path: Path) -> None:
    practice = _ingest(site, tmp_path, WORDS)
    now = site.reviewer.decide(practice, "execution-6", "accepted", comment="已电话核实 13812345678")
    assert now is not None
    assert "13812345678" not in str(now.properties["comment"])


def test_an_interrupted_batch_leaves_every_pair_whole(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    practices = []
    for number in (5, 6):
        path = tmp_path / f"case{number}.txt"
        path.write_text(case_text(number), encoding="utf-8")
        source = Source("默认", path.name)
        site.ingester.ingest_file(path, source)
        with site.store.reading() as reader:
            practices += [text.id for text in reader.texts(owner=source.document)]
    verdicts = [Verdict(practice, "execution-6", "accepted", reviewer="王工") for practice in practices]
    applied: list[ChangeSet] = []
    apply = site.store.apply

    def once(changes: ChangeSet) -> int:
        if applied:
            raise StoreUnavailable("磁盘已满")
        applied.append(changes)
        return apply(changes)

    monkeypatch.setattr(site.store, "apply", once)
    with pytest.raises(StoreUnavailable):
        site.reviewer.decide_many(verdicts)
    monkeypatch.undo()
    with site.store.reading() as reader:
        decided = {record.key.partition("|")[0] for record in reader.records("decision")}
        shown = {one.source for one in reader.relations(type="SATISFIES") if one.properties["status"] == "accepted"}
    assert decided == shown
    assert 0 < len(decided) < len(practices)
    outcomes = site.reviewer.decide_many([replace(verdict, repeatable=True) for verdict in verdicts])
    assert {outcome.outcome for outcome in outcomes} == {"recorded", "unchanged"}
