"""The model as files: arrays without pickling, and a JSON page that says what it is and how good."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from analysis.alignment.base import BaseModel, Precision
from analysis.alignment.stack import Layout, Stack

FOLDER: Final = Path(__file__).parent / "model"
VERSION: Final = 2
_ARRAYS: Final = "weights.npz"
_PAGE: Final = "model.json"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """At or above these a score is proposed: the text's `on_topic`, then its clauses' and requirements' confidence."""

    on_topic: float
    clause: float
    requirement: float


@dataclass(frozen=True, slots=True)
class Ablation:
    """Calibrators and thresholds fitted on evidence that lacks something, to measure what that is worth."""

    stack: Stack
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class Shipped:
    """A trained model. `trained` = the requirements that had texts enough to learn from.

    ablations: for each of `analysis.alignment.variants.VARIANTS`; only evaluation uses them.
    """

    base: BaseModel
    stack: Stack
    layout: Layout
    thresholds: Thresholds
    trained: frozenset[str]
    training_hash: str
    metrics: Mapping[str, Any]
    ablations: Mapping[str, Ablation]
    name: str = ""


def save_shipped(shipped: Shipped, folder: Path) -> None:
    """Write both files; equal models give equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = shipped.base.arrays()
    np.savez_compressed(folder / _ARRAYS, allow_pickle=False, **arrays)
    page = {
        "version": VERSION,
        "weights_sha256": hashlib.sha256((folder / _ARRAYS).read_bytes()).hexdigest(),
        "training_sha256": shipped.training_hash,
        "layout": {
            "clauses": shipped.layout.clauses,
            "requirements": shipped.layout.requirements,
            "clause_of": shipped.layout.clause_of,
        },
        "trained": sorted(shipped.trained),
        "thresholds": asdict(shipped.thresholds),
        "stack": shipped.stack.as_json(),
        "metrics": shipped.metrics,
        "ablations": {
            name: {"thresholds": asdict(each.thresholds), "stack": each.stack.as_json()}
            for name, each in shipped.ablations.items()
        },
    }
    text = json.dumps(page, ensure_ascii=False, indent=1) + "\n"
    (folder / _PAGE).write_text(text, encoding="utf-8", newline="\n")


def load_shipped(folder: Path | None = None, precision: Precision = np.float64) -> Shipped:
    """The model in `folder`, its kernels in `precision` (see `Kernel`). Raises `OSError` when files are missing, `ValueError` when they do not fit together."""
    source = FOLDER if folder is None else folder
    page = json.loads((source / _PAGE).read_text(encoding="utf-8"))
    if page["version"] != VERSION:
        raise ValueError(f"{source / _PAGE}: version {page['version']}, but this program reads version {VERSION}")
    digest = hashlib.sha256((source / _ARRAYS).read_bytes()).hexdigest()
    if digest != page["weights_sha256"]:
        raise ValueError(f"{source / _ARRAYS} is not the file that {_PAGE} describes")
    with np.load(source / _ARRAYS, allow_pickle=False) as arrays:
        base = BaseModel.from_arrays(dict(arrays), precision)
    layout = page["layout"]
    return Shipped(
        base=base,
        stack=Stack.from_json(page["stack"]),
        layout=Layout(tuple(layout["clauses"]), tuple(layout["requirements"]), tuple(layout["clause_of"])),
        thresholds=Thresholds(**page["thresholds"]),
        trained=frozenset(page["trained"]),
        training_hash=page["training_sha256"],
        metrics=page["metrics"],
        ablations={
            name: Ablation(Stack.from_json(each["stack"]), Thresholds(**each["thresholds"]))
            for name, each in page["ablations"].items()
        },
        name=f"zhiwen-alignment-{VERSION}-{digest[:12]}",
    )
