"""Teaches the table of words what people ask for: from questions, and the practices that answer them.

The table that `engines.embedding.train` makes knows which words mean the same; it does not know that 老师傅不肯说 is a
matter of 合理化建议. `training/questions.jsonl` holds questions (`queries.lessons` writes it) and, by digest, the texts
that answer each. The shipped table is the mean of several runs. `training/untaught.npz` keeps what its rows were
before, so that whoever measures on some of those texts can have a table that was taught without them.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from engines.embedder import Matrix
from engines.embedding.static import FILES, FOLDER, StaticEmbedder
from engines.embedding.texts import content_hash
from engines.embedding.training import english, export, learn, tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_TRAINING: Final = Path(__file__).parent / "training"
QUESTIONS: Final = _TRAINING / "questions.jsonl"
UNTAUGHT: Final = _TRAINING / "untaught.npz"
RUNS: Final = 4


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, as a search reads it; digests of the texts that answer it; `group`, to leave it out by."""

    asked: str
    answers: tuple[str, ...]
    group: str


def digest(text: str) -> str:
    """What names a text in the file of questions."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


@cache
def read_questions(file: Path = QUESTIONS) -> tuple[Question, ...]:
    """All questions. Raises `OSError`, `ValueError`, `KeyError`."""
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return tuple(Question(row["asked"], tuple(row["answers"]), row["group"]) for row in rows)


def taught(
    texts: Iterable[str],
    *,
    without: frozenset[str] = frozenset(),
    runs: int = 1,
    tell: learn.Progress = lambda _: None,
) -> StaticEmbedder:
    """The table taught with those of `texts` that answer questions, and the questions of no group in `without`."""
    shipped = StaticEmbedder.load()
    start = _untaught(shipped, UNTAUGHT)
    drill = _drill(shipped.tokenizer, list(texts), without)
    if drill is None:
        return StaticEmbedder(shipped.tokenizer, start.astype(np.float16), "static-untaught")
    total = np.zeros_like(start)
    for run in range(runs):
        total += learn.learn_questions(start, drill, np.random.default_rng(run), tell)
        tell(f"questions: run {run + 1} of {runs}")
    table = total / np.float32(runs)
    table[~start.any(axis=1)] = 0  # what only holds a sentence together still means nothing
    glossary = english.read_glossary()
    english.place(table, shipped.tokenizer, glossary, english.inflected(glossary, None))
    return StaticEmbedder(shipped.tokenizer, table.astype(np.float16), "static-taught")


def write(embedder: StaticEmbedder, folder: Path = FOLDER, kept: Path = UNTAUGHT) -> None:
    """Make it the shipped table; what its rows were before teaching is kept."""
    shipped = StaticEmbedder.load(folder)
    before = _untaught(shipped, kept)
    moved = np.flatnonzero((before != embedder.table).any(axis=1))
    card = (folder / "README.md").read_text(encoding="utf-8").removeprefix(export.CARD_HEAD)
    export.write_folder(folder, embedder.table, embedder.tokenizer, card)
    of = "static-" + content_hash(folder / name for name in FILES)
    np.savez_compressed(
        kept, allow_pickle=False, of=np.array(of), numbers=moved.astype(np.int32), rows=before[moved].astype(np.float16)
    )


def _untaught(shipped: StaticEmbedder, kept: Path) -> Matrix:
    """The table before teaching; one fresh from `engines.embedding.train` is that itself."""
    table = shipped.table.astype(np.float32)
    if kept.exists():
        with np.load(kept, allow_pickle=False) as before:
            if str(before["of"]) == shipped.fingerprint:
                table[before["numbers"]] = before["rows"]
    return table


def _drill(tokenizer: "Tokenizer", texts: Sequence[str], without: frozenset[str]) -> learn.Drill | None:
    number = {digest(text): at for at, text in enumerate(texts)}
    questions = [
        (question.asked, np.array(found))
        for question in read_questions()
        if question.group not in without and (found := [number[each] for each in question.answers if each in number])
    ]
    if not questions:
        return None
    asked = tokens.tokenise(tokenizer, [text for text, _ in questions])
    return learn.Drill(asked, tokens.tokenise(tokenizer, texts), [answers for _, answers in questions])
