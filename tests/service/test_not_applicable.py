"""不适用 said by one unit bounds nobody else: coverage and the self-assessment form, by unit, group and collection."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest

from ingest.review import Verdict
from queries.answers import CoverageAnswer, RequirementCoverage
from service import glossary
from service.bootstrap import Application
from service.cli.app import run
from tests.service.exchange_site import GROUP, closing, exported, judged, pairs, site, statuses

PLANT = "一分厂"
SHOP = "二车间"
SCOPES: tuple[dict[str, Any], ...] = (
    {"organization": SHOP},
    {"organization": PLANT},
    {"organization": GROUP},
    {"collection": "一厂"},
)


class Said(NamedTuple):
    """Requirements: `shop`, `group`: 不适用 by that unit, nothing else known; `shared`: by the group, proposed below."""

    application: Application
    shop: str
    group: str
    shared: str


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Said]:
    with closing(site(tmp_path_factory.mktemp("set-aside") / "home")) as application:
        with application.store.reading() as reader:
            practices = {node.properties["external_id"]: node.id for node in reader.nodes(label="Practice")}
            points = sorted(node.id for node in reader.nodes(label="Requirement"))
        proposed = pairs(application)
        free = [point for point in points if point not in {requirement for _, requirement in proposed}]
        by_group = {requirement for practice, requirement in proposed if practice == practices["E-3"]}
        shared = next(
            requirement
            for practice, requirement in proposed
            if practice == practices["E-2"] and requirement not in by_group
        )
        verdicts = (
            Verdict(practices["E-2"], free[0], "not-applicable", None, "李核", "本车间无此业务"),
            Verdict(practices["E-3"], free[1], "not-applicable", None, "李核", "集团无此业务"),
            Verdict(practices["E-3"], shared, "not-applicable", None, "李核", "集团机关无此业务"),
        )
        outcomes = application.reviewer.decide_many(verdicts)
        assert all(outcome.outcome == "recorded" for outcome in outcomes), outcomes
        yield Said(application, free[0], free[1], shared)


def point(answer: CoverageAnswer, id: str) -> RequirementCoverage:
    return next(row for clause in answer.clauses for row in clause.requirements if row.id == id)


def test_a_workshop_sets_aside_for_itself_alone(said: Said) -> None:
    own, *wider = (said.application.operations.coverage(**scope) for scope in (*SCOPES, {}))
    assert point(own, said.shop).state == "not-applicable"
    assert own.not_applicable == 1
    for answer in wider:
        found = point(answer, said.shop)
        assert (found.state, found.not_applicable) == ("none-seen", 1)


def test_a_group_sets_aside_for_itself_and_for_none_below(said: Said) -> None:
    coverage = said.application.operations.coverage
    assert point(coverage(organization=GROUP), said.group).state == "not-applicable"
    below = point(coverage(organization=PLANT), said.group)
    assert (below.state, below.not_applicable) == ("none-seen", 0)
    assert coverage(organization=GROUP).total == coverage(collection="一厂").total - 1


def test_a_proposal_below_outweighs_what_the_group_said(said: Said) -> None:
    found = point(said.application.operations.coverage(organization=GROUP), said.shared)
    assert (found.state, found.not_applicable) == ("likely", 1)


@pytest.mark.parametrize("accepted_only", [False, True])
@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: str(*scope.values()))
def test_the_form_counts_as_coverage_does(said: Said, scope: dict[str, Any], accepted_only: bool) -> None:
    form = exported(said.application, "self-assessment", **scope, accepted_only=accepted_only)
    book = openpyxl.load_workbook(io.BytesIO(form))
    cells = {str(row[0]): str(row[1]) for row in book["封面"].iter_rows(values_only=True) if row[0]}
    answer = said.application.operations.coverage(**scope)
    counted = {
        "covered": answer.covered,
        "likely": answer.likely,
        "none-seen": answer.none_seen,
        "not-applicable": answer.not_applicable,
    }
    assert {state: cells[words] for state, words in glossary.COVERAGE.items()} == {
        state: f"{count} 条" for state, count in counted.items()
    }


def test_the_form_says_for_whom_it_is_not_applicable(said: Said) -> None:
    def entries(**scope: Any) -> list[str]:
        sheet = openpyxl.load_workbook(io.BytesIO(exported(said.application, "self-assessment", **scope)))["对标自评表"]
        return [str(cell) for (cell,) in sheet.iter_rows(min_row=4, min_col=3, max_col=3, values_only=True)]

    own, group = entries(organization=SHOP), entries(organization=GROUP)
    (told,) = [each for each in own if "本车间无此业务" in each]
    assert "只就该做法所在单位而言" not in told
    place = next(place for place, each in enumerate(group) if "本车间无此业务" in each)
    assert "只就该做法所在单位而言" in group[place]
    assert group[place - 1] == glossary.NONE_SEEN


def test_the_command_line_tells_of_whom_it_speaks_and_sets_apart_what_was_turned_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(judged(tmp_path / "home")) as application:
        decided = statuses(application)
    practice, requirement = next(pair for pair, what in decided.items() if what[0] == "rejected")
    accepted = [pair for pair, what in decided.items() if what[0] == "accepted"]
    monkeypatch.setenv("ZHIWEN_HOME", str(tmp_path / "home"))

    def said(*words: str) -> str:
        assert run(words) == 0
        return capsys.readouterr().out

    for id, other in ((practice, requirement), (requirement, practice)):
        (line,) = [each for each in said("show", id).splitlines() if f"（{other}）" in each and "〔不采信" in each]
        assert line.strip().startswith(f"{glossary.TURNED_DOWN}：")
    (line,) = [each for each in said("show", accepted[0][0]).splitlines() if f"（{accepted[0][1]}）" in each]
    assert line.strip().startswith(f"{glossary.RELATION_TYPE['SATISFIES']}：")
    assert "〔另有 1 条做法核定为不适用，只就其所在单位而言〕" in said("coverage", "--collection", "一厂")
