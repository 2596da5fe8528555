"""Commands that measure: how good search and alignment are."""

import json as json_format
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from service.bootstrap import opened
from service.cli.ask import Json
from service.cli.chinese import ChineseCommand, group
from service.cli.terminal import fail, note, say, say_json, table

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


def alignment(
    on: Annotated[
        Literal["dev", "test", "gold"] | None,
        typer.Option(
            help="dev 在训练文本上按来源五折交叉验证（需 scikit-learn，约三分钟）；test 自带的模型在从未用于训练的测试文本上，"
            "几秒钟；gold 现用的模型在检索评测集的做法上。默认：装有 scikit-learn 则 dev，否则 test"
        ),
    ] = None,
    gold: Gold = None,
    json: Json = False,
    output: Annotated[Path | None, typer.Option(help="另把全部数字（JSON）写到这个文件")] = None,
) -> None:
    """评测对条款：条款和要求要点认出了多少，分长度、来源、条款，与不用线索、仅字符片段、仅看用词相比，附 95% 区间。"""
    from service.cli.alignment_figures import figures_on, show

    if gold is not None and on not in (None, "gold"):
        fail(f"--gold 只用于 --on gold，不用于 --on {on}")
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        fail(f"不能写入 {output}：应为文件名，且其所在文件夹已存在")
    if gold is not None or on == "gold":
        figures = _on_gold(_read(gold))
    else:
        figures = figures_on(on or ("dev" if find_spec("sklearn") else "test"), quiet=json)
    if output is not None:
        _write(output, figures)
    if json:
        say_json(figures)
    elif "on" in figures:
        show(figures)
    else:
        _show_gold(figures)
    if output is not None:
        note(f"全部数字已写到 {output}")


def _write(output: Path, figures: dict[str, Any]) -> None:
    try:
        output.write_text(json_format.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"不能写入 {output}（{error.strerror}）")


def _on_gold(found: "GoldSet") -> dict[str, Any]:
    from queries.evaluation import evaluate_alignment

    with opened() as application:
        levels = evaluate_alignment(found, application.ontology, application.aligner)
    return {level: {name: asdict(figure) for name, figure in figures.items()} for level, figures in levels.items()}


def _show_gold(levels: dict[str, Any]) -> None:
    table(
        ("层次", *_FIGURES.values()),
        [(_LEVELS[level], *(_interval(figures[name]) for name in _FIGURES)) for level, figures in levels.items()],
    )
    say(f"做法 {levels['clauses']['first_right']['queries']} 条")


def _read(folder: Path | None) -> "GoldSet":
    from queries.gold import GoldMissing, read_gold

    try:
        return read_gold(_GOLD if folder is None else folder)
    except GoldMissing as error:
        fail(str(error))


def _cell(figure: "Figure | None") -> str:
    if figure is None or not figure.queries:
        return "–"
    return _interval(asdict(figure))


def _interval(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ±{(figure['high'] - figure['low']) / 2:.3f}"
