"""The command that trains a site's own alignment model from its decisions, shows it, and goes back."""

from typing import Annotated, Any, Final

import typer

from service import glossary
from service.bootstrap import opened
from service.cli.ask import Json
from service.cli.chinese import ChineseCommand
from service.cli.terminal import fail, progress, say, say_json, table


def register(app: typer.Typer) -> None:
    """Add this module's command to the application."""
    app.command(cls=ChineseCommand)(train)


def train(
    with_decisions: Annotated[
        bool, typer.Option("--with-decisions", help="由自带的训练文本和本单位的采信、不采信训练，并启用")
    ] = False,
    discard: Annotated[bool, typer.Option("--discard", help="停用本单位的模型，改回自带的")] = False,
    json: Json = False,
) -> None:
    """对条款模型：不加选项则说明现用哪一个、有多少结论可供学习。训练需要几分钟和 scikit-learn。"""
    from service.review_training import TrainingImpossible, discard_site, state_of, train_site

    if with_decisions and discard:
        fail("--with-decisions 和 --discard 只能取一个")
    with opened() as application:
        if discard:
            gone = discard_site(application)
            say(f"已停用 {gone.name}（文件仍在 {gone.folder}）；现用自带的模型。" if gone else "现用的就是自带的模型。")
            _say_rebuild()
            return
        if not with_decisions:
            state = state_of(application)
            say_json(state) if json else _say_state(state)
            return
        with progress("训练", shown=not json) as bar:
            try:
                model, figures = train_site(application, bar.step)
            except TrainingImpossible as error:
                fail(str(error))
    if json:
        say_json({"model": model.name, "folder": str(model.folder), **figures})
        return
    _say_figures(figures)
    say(f"已启用 {model.name}（{model.folder}）；改回自带的：zhiwen train --discard")
    _say_rebuild()


def _say_rebuild() -> None:
    say("已有的系统建议仍是原来的模型提出的；重新提出：zhiwen rebuild。核定结论不受影响。")


def _say_state(state: dict[str, Any]) -> None:
    say(f"现用{'本单位训练的' if state['own'] else '自带的'}模型 {state['model']}")
    if state["report"]:
        _say_figures(state["report"])
    if state["outdated"]:
        say("软件自带的训练文本已更新；建议重新训练：zhiwen train --with-decisions")
    say(f"可供学习的结论：采信 {state['accepted']} 条，不采信 {state['rejected']} 条")


def _say_figures(figures: dict[str, Any]) -> None:
    counted = figures["decisions"]
    say(f"学习了 {counted['texts']} 条做法上的结论：采信 {counted['accepted']} 条，不采信 {counted['rejected']} 条")
    rows = []
    for level, name in (("clauses", "条款"), ("requirements", glossary.LABEL["Requirement"])):
        both = figures["project"][level]
        for figure, words in _FIGURES.items():
            rows.append((f"自带文本（留出）{name}{words}", both["before"][figure], both["after"][figure]))
    for figure, words in _AGREEMENT.items():
        rows.append(
            (f"本单位的结论（留出）{words}", figures["site"]["before"][figure], figures["site"]["after"][figure])
        )
    table(("", "训练前", "训练后"), [(name, f"{before:.3f}", f"{after:.3f}") for name, before, after in rows])
    say("每条都由没有见过它的模型判断。核定的多是系统建议过的，故本单位的数字不代表没有核定过的做法。")


_FIGURES: Final = {"first_right": "首位正确", "micro_f1": "微平均 F1", "off_topic_false_alarms": "无关者误报"}
_AGREEMENT: Final = {
    "accepted_proposed": "采信的被建议的比例",
    "rejected_proposed": "不采信的仍被建议的比例",
    "error": "把握程度与结论之差的均方",
}
