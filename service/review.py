"""Review as all faces take it: the queue, decisions one or many, their history, and lists that go out and come back."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from queries.answers import Status
from queries.records import Answer

if TYPE_CHECKING:
    from ingest.review import Outcome, Verdict
    from queries.review import QueueQuestion, ReviewQueue
    from queries.review_records import HistoryAnswer, OrphansAnswer
    from service.parts import Parts
    from service.review_sheet import ImportReport

# Every reader sees everything: access labels are kept with the documents, but no face tells readers apart yet.
ALL = None
MOST_AT_ONCE = 500
MOST_ROWS = 20_000
Progress = Callable[[int, int], None]


class QueueFilters(BaseModel):
    """What of the queue; the field names are the query parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    organization: str | None = Field(None, max_length=200, description="只要这家单位（含下级）的：标识符或名称")
    collection: str | None = Field(None, max_length=200, description="只要这个材料集的")
    clause: str | None = Field(None, max_length=100, description="只要这一条款的")
    requirement: str | None = Field(None, max_length=100, description="只要这一要求要点的")
    practice: str | None = Field(None, max_length=100, description="只要这条做法的")
    min_confidence: float | None = Field(None, ge=0, le=1, description="把握程度不低于")
    max_confidence: float | None = Field(None, ge=0, le=1, description="把握程度不高于")
    status: Status | None = Field(None, description="核定状态；不给则为待核的")
    suspect: bool | None = Field(None, description="true 只要存疑的，false 只要不存疑的")
    stage: Literal["differs", "suspect", "first", "proposed", "decided"] | None = Field(
        None, description="等待的原因：differs 分歧，suspect 存疑，first 已初核，proposed 系统建议，decided 已有结论"
    )
    awaited_from: str | None = Field(None, max_length=100, description="我是谁：不列本人已初核的")

    def question(self) -> "QueueQuestion":
        from queries.review import QueueQuestion

        said = self.model_dump(exclude={"min_confidence", "max_confidence", "limit", "cursor"})
        return QueueQuestion(**said, least=self.min_confidence, most=self.max_confidence)


class QueueRequest(QueueFilters):
    limit: int = Field(20, ge=1, le=100, description="最多几条")
    cursor: str | None = Field(None, max_length=500, description="上一页给出的 next")


class WorkbookRequest(QueueFilters):
    limit: int = Field(1000, ge=1, le=MOST_ROWS, description="最多几行，按队列的次序")


class HistoryRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    practice: str | None = Field(None, max_length=100, description="只要这条做法的")
    requirement: str | None = Field(None, max_length=100, description="只要这一要求要点的")
    reviewer: str | None = Field(None, max_length=100, description="只要这个人核定过的")
    limit: int = Field(20, ge=1, le=100, description="最多几条")
    cursor: str | None = Field(None, max_length=500, description="上一页给出的 next")


class DecisionRequest(BaseModel):
    """A verdict on a practice and a requirement."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practice: str = Field(min_length=1, max_length=100, description="做法的标识符")
    requirement: str = Field(min_length=1, max_length=100, description="要求要点的标识符")
    status: Status = Field(
        description="accepted 采信，rejected 不采信，not-applicable 不适用（须有 comment），proposed 撤回"
    )
    relation: Literal["full", "partial", "none"] | None = Field(None, description="佐证程度")
    comment: str | None = Field(None, max_length=2000, description="理由")
    corrected_to: str | None = Field(
        None, max_length=100, description="更正为这一要求要点：原来的不采信，这一条采信，一步完成；status 为 rejected"
    )
    reviewer: str | None = Field(None, max_length=100, description="核定人；有密钥时为密钥的名称")
    mark: str | None = Field(None, max_length=60, description="队列给出的 mark；做法、要求要点或结论已变时拒绝")


class DecisionResult(Answer):
    """What came of a verdict. `outcome`: recorded, first, differs, withdrawn, unchanged, refused, conflict.

    status, suspect: how the pair stands now; `None` where nothing stands between the two.
    """

    practice: str
    requirement: str
    outcome: str
    code: str | None = None
    message: str | None = None
    status: Status | None = None
    relation: str | None = None
    reviewer: str | None = None
    suspect: bool = False


class ReviewOperations:
    """The part of the registry that reviews. Raises `queries.errors.QuestionError` and `StoreError`."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts

    @property
    def by_two(self) -> bool:
        """Whether a decision takes two persons."""
        return self._parts.settings.review_by_two

    def queue(self, request: QueueRequest) -> "ReviewQueue":
        from queries.review import review_queue

        self._fresh()
        with self._parts.store.reading() as reader:
            return review_queue(reader, request.question(), access=ALL, limit=request.limit, cursor=request.cursor)

    def history(self, request: HistoryRequest) -> "HistoryAnswer":
        from queries.review_records import history

        self._fresh()
        with self._parts.store.reading() as reader:
            return history(reader, access=ALL, **request.model_dump())

    def orphans(self, *, limit: int = 20, cursor: str | None = None) -> "OrphansAnswer":
        from queries.review_records import orphans

        self._fresh()
        with self._parts.store.reading() as reader:
            return orphans(reader, limit=limit, cursor=cursor)

    def decide(
        self,
        given: Sequence[DecisionRequest],
        *,
        reviewer: str,
        via: str,
        entered_by: str | None = None,
        dry_run: bool = False,
    ) -> list[DecisionResult]:
        """What came of each verdict, in order; a refused one stops no other. `reviewer`: of those that name nobody."""
        from ingest.review import Verdict

        verdicts = [
            Verdict(**(each.model_dump() | {"reviewer": each.reviewer or reviewer}), via=via, entered_by=entered_by)
            for each in given
        ]
        return [result_of(outcome) for outcome in self.settle(verdicts, dry_run=dry_run)]

    def settle(
        self, verdicts: "Sequence[Verdict]", *, dry_run: bool = False, progress: Progress | None = None
    ) -> "list[Outcome]":
        """`ingest.review.Reviewer.decide_many` over the parts as they are now."""
        self._fresh()
        return self._parts.reviewer.decide_many(verdicts, dry_run=dry_run, progress=progress)

    def workbook(self, request: WorkbookRequest) -> bytes:
        """The queue as an XLSX workbook to be filled in."""
        from queries.review import review_queue
        from service.review_workbook import workbook

        self._fresh()
        with self._parts.store.reading() as reader:
            found = review_queue(reader, request.question(), access=ALL, limit=request.limit)
        left = found.total - len(found.results)
        return workbook(found.results, self._parts.ontology, left=left, by_two=self.by_two)

    def import_file(
        self,
        file: Path,
        name: str,
        *,
        reviewer: str | None,
        only_as: str | None = None,
        entered_by: str | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> "ImportReport":
        """Take in a filled workbook (or a list as CSV or JSON lines) called `name`.

        reviewer: of rows that name nobody. only_as: rows that name somebody else are refused.
        Raises `service.review_sheet.SheetUnusable` when nothing of it can be read.
        """
        from service.review_sheet import import_rows

        self._fresh()
        return import_rows(
            file,
            name,
            self._parts.ontology,
            self.settle,
            reviewer=reviewer,
            only_as=only_as,
            entered_by=entered_by,
            dry_run=dry_run,
            progress=progress,
        )

    def _fresh(self) -> None:
        """Take up what others changed; a base that was never opened before gets its content now."""
        self._parts.follow_ontology()
        _ = self._parts.ontology


def result_of(outcome: "Outcome") -> DecisionResult:
    """An outcome as the faces tell it."""
    said: dict[str, Any] = dict(outcome.relation.properties) if outcome.relation else {}
    return DecisionResult(
        practice=outcome.verdict.practice,
        requirement=outcome.verdict.requirement,
        outcome=outcome.outcome,
        code=outcome.code or None,
        message=outcome.message or None,
        status=said.get("status"),
        relation=said.get("relation"),
        reviewer=said.get("reviewer"),
        suspect=bool(said.get("suspect")),
    )
