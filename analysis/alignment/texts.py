"""The labelled practice texts: reading them, their fingerprint, and a split that keeps sources apart."""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engines.embedding.ngrams import fold, grams

FOLDER: Final = Path(__file__).parent / "training"
FILES: Final = ("written.jsonl", "reported.jsonl", "reported2.jsonl", "mixed.jsonl")
TEST: Final = "test.jsonl"  # never trained on, and no part of the hash
FOLDS: Final = 5
# Two texts are near-duplicates when the smaller shares this part of its distinct 4-grams with the larger.
_SAME: Final = 0.4
# A 4-gram in more texts than this is common phrasing and says nothing about copying.
_COMMON: Final = 40


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One text with the clauses and requirements it is evidence for (the main ones first; none = off topic).

    Texts of one `group` come from one source or one sitting. reported: a paraphrase of a really reported practice.
    held: has such a group and two readings, so that it may be held back to measure with.
    """

    text: str
    clauses: tuple[str, ...]
    requirements: tuple[str, ...]
    group: str
    reported: bool
    held: bool


def training_hash(folder: Path = FOLDER) -> str:
    """SHA-256 over the training files, names and bytes, in a fixed order."""
    digest = hashlib.sha256()
    for name in FILES:
        data = (folder / name).read_bytes()
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def read_texts(folder: Path = FOLDER) -> list[LabelledText]:
    """All labelled texts with near-duplicates joined into one group. Raises `OSError`, `ValueError`."""
    return _joined([text for name in FILES for text in _read(folder, name)])


def read_test_texts(folder: Path = FOLDER) -> list[LabelledText]:
    """The labelled texts that only measure: of other sources and sittings. Raises `OSError`, `ValueError`."""
    return _read(folder, TEST)


def _read(folder: Path, name: str) -> list[LabelledText]:
    texts: list[LabelledText] = []
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        row = json.loads(line)
        group = row.get("group")
        texts.append(
            LabelledText(
                text=row["text"],
                clauses=tuple(row["labels"]),
                requirements=tuple(row["requirements"]),
                group=group or f"{name}:{number}",
                reported=group is not None and row.get("origin") != "composed",
                held=group is not None,
            )
        )
    return texts


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of positions (the lower first) of texts that share much of their wording."""
    sets = [set(grams(fold(text), 4, 4)) for text in texts]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for position, found in enumerate(sets):
        for gram in sorted(found):
            holders[gram].append(position)
    shared: Counter[tuple[int, int]] = Counter()
    for held in holders.values():
        if len(held) <= _COMMON:
            shared.update((a, b) for at, a in enumerate(held) for b in held[at + 1 :])
    return sorted(
        (a, b) for (a, b), count in shared.items() if count >= 4 and count > _SAME * min(len(sets[a]), len(sets[b]))
    )


def _joined(texts: list[LabelledText]) -> list[LabelledText]:
    parent = {text.group: text.group for text in texts}

    def root(group: str) -> str:
        while parent[group] != group:
            group = parent[group]
        return group

    for a, b in near_duplicates([text.text for text in texts]):
        first, second = sorted((root(texts[a].group), root(texts[b].group)))
        parent[second] = first
    return [replace(text, group=root(text.group)) for text in texts]


def folds_of(texts: Sequence[LabelledText], seed: int) -> list[int]:
    """The fold (0…4) in which each text is held back; −1 = never, always in training.

    Only groups with a text that may be held back are; a written text that nearly repeats one goes with it.
    """
    groups = sorted({text.group for text in texts if text.held})
    random.Random(seed).shuffle(groups)
    fold_of = {group: position % FOLDS for position, group in enumerate(groups)}
    return [fold_of.get(text.group, -1) for text in texts]
