"""Commands that measure: how good search and alignment are on the gold set."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.bootstrap import opened
from service.cli.ask import Json
from service.cli.chinese import ChineseCommand, group
from service.cli.terminal import fail, say, say_json, table

if TYPE_CHECKING:
    from queries.gold import GoldSet
    from queries.measures import Figure

_GOLD: Final = Path(__file__).parents[2] / "tests" / "gold"
_RANKERS: Final = {"search": "检索", "words": "仅词语", "dense": "仅向量"}
_GROUPS: Final = {
    "all": "全部",
    "keyword": "关键词",
    "question": "问句",
    "colloquial": "口语",
    "typo": "错别字",
    "english": "英文",
    "requirement": "求佐证",
    "no-answer": "无答案",
    "zh": "中文",
    "en": "英文（语言）",
}
_LEVELS: Final = {"clauses": "条款", "requirements": "要求要点"}
_FIGURES: Final = {
    "first_right": "首位正确",
    "right_in_top_3": "前三位有正确",
    "micro_f1": "微平均 F1",
    "false_alarms": "无关者误报",
    "wrongly_silent": "相关者漏报",
}
_evaluate = group("evaluate", "评测：在自带的评测集上衡量检索和对条款的质量。")

Gold = Annotated[Path | None, typer.Option(help="评测集所在文件夹；默认为源代码中的 tests/gold")]


def register(app: typer.Typer) -> None:
    """Add this module's commands to the application."""
    _evaluate.command("search", cls=ChineseCommand)(search)
    _evaluate.command("alignment", cls=ChineseCommand)(alignment)
    app.add_typer(_evaluate, name="evaluate")


def search(gold: Gold = None, json: Json = False) -> None:
    """评测检索：nDCG@10、MRR、召回、该答未答、不该答而答、相关程度的校准误差，分提问方式和语言，附 95% 区间。"""
    from queries.evaluation import as_json, evaluate_search

    found = _read(gold)
    with opened() as application:
        rows = evaluate_search(found, application.ontology, application.embedder, application.aligner)
    if json:
        say_json(as_json(rows))
        return
    table(
        ("方法", "查询", "数", "nDCG@10", "MRR", "召回@10"),
        [
            (
                _RANKERS[row.ranker],
                _GROUPS.get(row.group, row.group),
                row.ndcg.queries,
                *(_cell(figure) for figure in (row.ndcg, row.mrr, row.recall)),
            )
            for row in rows
            if row.ndcg.queries
        ],
    )
    say()
    table(
        ("查询", "数", "该答未答", "不该答而答", "校准误差"),
        [
            (
                _GROUPS.get(row.group, row.group),
                row.ndcg.queries + row.answered.queries,
                *(_cell(figure) for figure in (row.silent, row.answered, row.ece)),
            )
            for row in rows
            if row.ranker == "search"
        ],
    )
    say("± 为 95% 自助法区间的半宽；差别小于它的，不能说明什么。")


def alignment(gold: Gold = None, json: Json = False) -> None:
    """评测对条款：评测集的做法所佐证的条款和要求要点，认出了多少，附 95% 区间。"""
    from queries.evaluation import evaluate_alignment

    found = _read(gold)
    with opened() as application:
        levels = evaluate_alignment(found, application.ontology, application.aligner)
    if json:
        say_json(
            {level: {name: asdict(figure) for name, figure in figures.items()} for level, figures in levels.items()}
        )
        return
    table(
        ("层次", *_FIGURES.values()),
        [(_LEVELS[level], *(_cell(figures[name]) for name in _FIGURES)) for level, figures in levels.items()],
    )
    say(f"做法 {len(found.practices)} 条")


def _read(folder: Path | None) -> "GoldSet":
    from queries.gold import GoldMissing, read_gold

    try:
        return read_gold(_GOLD if folder is None else folder)
    except GoldMissing as error:
        fail(str(error))


def _cell(figure: "Figure | None") -> str:
    if figure is None or not figure.queries:
        return "–"
    return f"{figure.value:.3f} ±{(figure.high - figure.low) / 2:.3f}"
