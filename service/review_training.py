"""Trains the site's own alignment model from its decisions, and says honestly what came of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from service.review_model import SiteModel, discard, keep, site_model

if TYPE_CHECKING:
    from ingest.review_learning import Lessons
    from service.parts import Parts

Progress = Callable[[int, int], None]


class TrainingImpossible(ValueError):
    """Why the model cannot be trained here and now; the message is Chinese and says what to do."""


def lessons_of(parts: "Parts") -> "Lessons":
    """What there is to learn from."""
    from ingest.review_learning import lessons

    parts.follow_ontology()
    ontology = parts.ontology
    with parts.store.reading() as reader:
        return lessons(reader, ontology)


def train_site(parts: "Parts", progress: Progress) -> tuple[SiteModel, dict[str, Any]]:
    """Train and put in force; the model and the figures before and after. Raises `TrainingImpossible`."""
    from analysis.alignment.decided import TooFewDecisions, report, train_with_decisions
    from analysis.alignment.fit import Settings
    from analysis.alignment.shipped import load_shipped
    from analysis.alignment.texts import read_texts

    found = lessons_of(parts)
    shipped = load_shipped()
    try:
        trained = train_with_decisions(found.texts, read_texts(), parts.ontology, shipped, Settings(), progress)
    except TooFewDecisions as error:
        raise TrainingImpossible(too_few(found, error.decisions, error.accepted)) from error
    except ImportError as error:
        raise TrainingImpossible(
            "训练需要 scikit-learn：请在本程序的 Python 环境中安装（pip install scikit-learn）；"
            "离线机器请用 make_bundle.py --extra train 制作的安装包。"
        ) from error
    except FileNotFoundError as error:
        raise TrainingImpossible(f"缺少训练文本 {error.filename}：安装不完整，请重新安装本程序。") from error
    figures = report(trained, shipped)
    return keep(parts.settings.home, trained.shipped, figures), figures


def too_few(found: "Lessons", decisions: int, accepted: int) -> str:
    """How many decisions there are, how many it takes, and what was left out."""
    from analysis.alignment.decided import LEAST_ACCEPTED, LEAST_DECISIONS

    left = {
        "虚构样例上的": found.samples,
        "存疑的": found.suspect,
        "失去对象的": found.orphaned,
        "不适用的": found.not_applicable,
    }
    out = "、".join(f"{name} {count} 条" for name, count in left.items() if count)
    return (
        f"可供学习的结论太少：采信 {accepted} 条，不采信 {decisions - accepted} 条；"
        f"至少要 {LEAST_DECISIONS} 条，其中采信 {LEAST_ACCEPTED} 条。" + (f"未计{out}。" if out else "")
    )


def discard_site(parts: "Parts") -> SiteModel | None:
    """Back to the model that the software brings."""
    return discard(parts.settings.home)


def state_of(parts: "Parts") -> dict[str, Any]:
    """Which model is in force, its figures, and what there is to learn from."""
    from analysis.alignment.texts import training_hash

    model, found = site_model(parts.settings.home), lessons_of(parts)
    figures = model.report() if model else None
    try:
        outdated = figures is not None and figures["project_texts_sha256"] != training_hash()
    except FileNotFoundError:
        outdated = False
    return {
        "model": parts.aligner.model,
        "own": model is not None and model.name == parts.aligner.model,
        "report": figures,
        "outdated": outdated,
        "accepted": sum(len(text.accepted) for text in found.texts),
        "rejected": sum(len(text.rejected) for text in found.texts),
        "left_out": {
            "samples": found.samples,
            "suspect": found.suspect,
            "orphaned": found.orphaned,
            "not_applicable": found.not_applicable,
        },
    }
