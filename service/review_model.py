"""The site's own alignment model under ZHIWEN_HOME: which one is in force, keeping a new one, going back."""

import json
import logging
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from analysis.alignment.model import Aligner
    from analysis.alignment.shipped import Shipped
    from ontology.model import Ontology

log = logging.getLogger("zhiwen")
_CURRENT: Final = "current.json"
_REPORT: Final = "report.json"
# A model of another release may load and yet not fit what is computed now: one text tells.
_TRIAL: Final = "党员带头攻关"


@dataclass(frozen=True, slots=True)
class SiteModel:
    """`folder` holds `weights.npz` (no pickle), `model.json`, and `report.json` with the figures before and after."""

    name: str
    folder: Path

    def report(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / _REPORT).read_text(encoding="utf-8"))
        return read


def site_model(home: Path) -> SiteModel | None:
    """The model that the site has put in force; `None` for the one that the software brings."""
    folder = _folder(home)
    try:
        name = str(json.loads((folder / _CURRENT).read_text(encoding="utf-8"))["model"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s 不能读取（%s）；使用软件自带的对条款模型。", folder / _CURRENT, error)
        return None
    if Path(name).name != name or not (folder / name).is_dir():
        log.warning("本单位的对条款模型 %s 不在 %s；使用软件自带的。", name, folder)
        return None
    return SiteModel(name, folder / name)


def fitting_aligner(model: SiteModel, ontology: "Ontology") -> "Aligner | None":
    """The aligner over the site's model, if that is sound and made for these clauses and requirements, and for this
    release; else `None`, with a warning."""
    from analysis.alignment.crossval import layout_of
    from analysis.alignment.model import Aligner
    from analysis.alignment.shipped import load_shipped

    try:
        loaded = load_shipped(model.folder)
        now = layout_of(ontology)
        if (set(loaded.layout.clauses), set(loaded.layout.requirements)) != (set(now.clauses), set(now.requirements)):
            log.warning("本单位的对条款模型 %s 与现在的条款、要求要点不符；使用软件自带的，请重新训练。", model.name)
            return None
        aligner = Aligner(ontology, loaded)
        aligner.align(_TRIAL)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        log.warning("本单位的对条款模型 %s 不能使用（%s）；使用软件自带的，请重新训练。", model.name, error)
        return None
    return aligner


def keep(home: Path, shipped: "Shipped", report: dict[str, Any]) -> SiteModel:
    """Write the model whole beside the earlier ones, then put it in force."""
    from analysis.alignment.shipped import load_shipped, save_shipped

    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".half-{os.getpid()}"
    shutil.rmtree(half, ignore_errors=True)
    try:
        save_shipped(shipped, half)
        name = load_shipped(half).name
        said = {"model": name, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), **report}
        (half / _REPORT).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(folder / name, ignore_errors=True)
        half.rename(folder / name)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    pointer = folder / f".{_CURRENT}-{os.getpid()}"
    pointer.write_text(json.dumps({"model": name}) + "\n", encoding="utf-8")
    pointer.replace(folder / _CURRENT)
    return SiteModel(name, folder / name)


def discard(home: Path) -> SiteModel | None:
    """Go back to the model that the software brings; the site's stays in its folder. Which one it was."""
    model = site_model(home)
    (_folder(home) / _CURRENT).unlink(missing_ok=True)
    return model


def _folder(home: Path) -> Path:
    return home / "alignment"
