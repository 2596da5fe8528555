"""How good the alignment is, on training texts held back or on the test texts: the figures, and their tables."""

from typing import TYPE_CHECKING, Any, Final, Literal

from service import glossary
from service.cli.terminal import fail, progress, say, table

if TYPE_CHECKING:
    from analysis.alignment.evaluate import Evaluation
    from ontology.model import Ontology

_LEVELS: Final = {"clauses": "条款", "requirements": glossary.LABEL["Requirement"]}
_METHODS: Final = {"trained": "本模型", "without-cues": "不用线索", "n-grams": "仅字符片段", "zero-shot": "仅看用词"}
_PARTS: Final = {
    "short": "至 150 字",
    "middle": "151–449 字",
    "long": "450 字起",
    "reported": "转述报道",
    "composed": "编写",
}
_FIGURES: Final = {
    "first_right": "首位正确",
    "primary_first": "首位即主要者",
    "right_in_top_3": "前三位有正确",
    "micro_f1": "微平均 F1",
    "macro_f1": "宏平均 F1",
    "precision": "准确率",
    "recall": "召回率",
    "off_topic_false_alarms": "无关者误报",
    "wrongly_silent": "相关者漏报",
    "calibration_error": "校准误差",
    "calibration_error_first": "首位校准误差",
}
_CLAUSE: Final = {
    "precision": "准确率",
    "recall": "召回率",
    "first_where_right": "列在首位",
    "requirements_micro_f1": "其要点 F1",
}
_TEXTS: Final = {
    "dev": "训练文本，按来源五折交叉验证：每条都由没有见过其来源的模型判断，阈值取自其余各折",
    "test": "测试文本，从未用于训练，来源与训练文本不同",
}


def figures_on(on: Literal["dev", "test"], *, quiet: bool) -> dict[str, Any]:
    """The report of `analysis.alignment.evaluate`; what is missing is said in Chinese, and the command ends."""
    from analysis.alignment.evaluate import report
    from ontology.load import load_ontology

    # The texts are labelled by the standard alone, whatever a site adds to it.
    ontology = load_ontology()
    try:
        evaluation = _on_dev(ontology, quiet) if on == "dev" else _on_test(ontology)
    except FileNotFoundError as error:
        fail(f"没有 {error.filename}：标注文本随源代码提供，不随安装包分发；请在源代码目录安装的环境中评测")
    except ImportError:
        fail("交叉验证需要 scikit-learn：请在本程序的 Python 环境中安装（pip install scikit-learn），或用 --on test")
    return report(evaluation, ontology)


def _on_dev(ontology: "Ontology", quiet: bool) -> "Evaluation":
    import sklearn  # noqa: F401  # before anything is computed

    from analysis.alignment.evaluate import STEPS, evaluate_dev
    from analysis.alignment.fit import Settings
    from analysis.alignment.texts import read_texts

    with progress("交叉验证", shown=not quiet) as bar:
        done = 0

        def step(_: str) -> None:
            nonlocal done
            done += 1
            bar.step(done, STEPS)

        bar.step(0, STEPS)
        return evaluate_dev(read_texts(), ontology, Settings(), step)


def _on_test(ontology: "Ontology") -> "Evaluation":
    from analysis.alignment.evaluate import evaluate_test
    from analysis.alignment.shipped import load_shipped
    from analysis.alignment.texts import read_test_texts

    return evaluate_test(read_test_texts(), ontology, load_shipped())


def show(figures: dict[str, Any]) -> None:
    """The tables: methods and parts at both levels, then a row for every clause; they fit 80 columns."""
    whole = figures["parts"]["all"]
    model = f"模型 {figures['model']}，" if figures["model"] else ""
    say(f"{model}{_TEXTS[figures['on']]}")
    say(f"文本 {whole['texts']} 条，其中无关的 {whole['off_topic']} 条，来源 {whole['sources']} 个")
    for level, words in _LEVELS.items():
        say()
        _show_methods(words, figures[level])
        say(f"\n{words}：本模型，分长度、来源")
        _show_parts(figures["parts"], figures[level]["trained"])
    say("\n各条款：本模型")
    table(
        ("条款", "条数", *_CLAUSE.values()),
        [(row["zh"], row["texts"], *(_cell(row[id]) for id in _CLAUSE)) for row in figures["per_clause"]],
    )
    say()
    say("± 为 95% 自助法区间（按来源抽取）的半宽，上下限见 --json；差别小于它的，不能说明什么。")
    say("各方法的校准和阈值各自拟合；“仅看用词”不经训练，只有次序，没有阈值。各要求要点的数字见 --json。")


def _show_methods(heading: str, level: dict[str, Any]) -> None:
    methods = [name for name in _METHODS if name in level]
    table(
        (heading, *(_METHODS[name] for name in methods)),
        [(name, *(_cell(level[method]["all"][id]) for method in methods)) for id, name in _FIGURES.items()],
    )


def _show_parts(sizes: dict[str, Any], method: dict[str, Any]) -> None:
    parts = [name for name in _PARTS if sizes[name]["texts"]]
    table(
        ("", *(_PARTS[part] for part in parts)),
        [
            ("条数（无关）", *(f"{sizes[part]['texts']}（{sizes[part]['off_topic']}）" for part in parts)),
            *((name, *(_cell(method[part][id]) for part in parts)) for id, name in _FIGURES.items()),
        ],
    )


def _cell(figure: dict[str, float] | None) -> str:
    if figure is None:
        return "–"
    return f"{_short(figure['value'])} ±{_short((figure['high'] - figure['low']) / 2)}"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")
