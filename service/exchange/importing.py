"""One door for every file of decisions: an SSSOM table, the trace matrix, or a review workbook, told by content."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from service.exchange import matrix_reading, sssom_reading
from service.exchange.decisions_in import Gathered, Progress, Terms, settle
from service.exchange.self_assessment_workbook import COLUMNS as SELF_ASSESSMENT
from service.exchange.tables import ImportUnusable, heading_within, load
from service.review_sheet import ImportReport, SheetUnusable

if TYPE_CHECKING:
    from ingest.review import Outcome
    from service.parts import Parts

KINDS: Final = {"sssom": "SSSOM 对应表", "matrix": "对照表", "review": "核定表"}


def import_decisions(
    parts: "Parts",
    file: Path,
    name: str,
    terms: Terms,
    decide: "Callable[..., list[Outcome]]",
    progress: Progress | None = None,
) -> tuple[str, ImportReport]:
    """What kind of file it was (a key of `KINDS`), and what came of its rows.

    Raises `ImportUnusable` for a file of which nothing can be taken in; `StoreError`.
    """
    content = load(file)
    matrix = matrix_reading.matrix_sheets(content)
    gathered = Gathered(terms)
    if matrix:
        from ingest.decisions import read_decisions

        with parts.store.reading() as reader:
            decided = read_decisions(reader)
        matrix_reading.gather(matrix, decided, gathered)
        return "matrix", settle(gathered, decide, progress)
    if sssom_reading.is_sssom(content.text):
        with parts.store.reading() as reader:
            sssom_reading.gather(content.text, reader, parts.ontology, gathered)
        return "sssom", settle(gathered, decide, progress)
    if any(heading_within(lines, SELF_ASSESSMENT[4:]) for lines in content.sheets.values()):
        raise ImportUnusable(
            "这是对标自评表：自评意见、改进措施等由本单位留存和上报，不导入知识库；"
            "要改核定结论，请用对照表（zhiwen export --format xlsx）或核定表（zhiwen review export）。"
        )
    return "review", _review(parts, file, name, terms, decide, progress)


def _review(
    parts: "Parts",
    file: Path,
    name: str,
    terms: Terms,
    decide: "Callable[..., list[Outcome]]",
    progress: Progress | None,
) -> ImportReport:
    from service.review_sheet import import_rows

    try:
        return import_rows(
            file,
            name,
            parts.ontology,
            decide,
            reviewer=terms.reviewer,
            only_as=terms.only_as,
            entered_by=terms.entered_by,
            dry_run=terms.dry_run,
            progress=progress,
        )
    except SheetUnusable as error:
        raise ImportUnusable(
            "不认识这个文件；可导入 SSSOM 对应表（.tsv）、对照表（.xlsx、.csv）、核定表（.xlsx、.csv、.jsonl）。"
            f"作为核定表读取时：{error}"
        ) from error
