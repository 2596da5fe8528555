"""How the table of word vectors learns: from pairs that belong together, and from a teacher's vectors of texts.

A text's vector is the mean of its rows at unit length, so the gradients are a few products and need no framework.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from engines.embedder import Matrix
from engines.embedding.training.tokens import Tokens

SCALE: Final = 20.0  # of the cosines, in the softmax over the batch
_SCALE_OF_QUESTIONS: Final = 15.0  # softer: what people ask is answered by more than the texts that are known to
_READ_OF_QUESTION, _READ_OF_ANSWER = 0.85, 0.7
Rows = npt.NDArray[np.intp]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class TextPairs:
    """Text i of `left` belongs to text i of `right`."""

    left: Tokens
    right: Tokens

    def __len__(self) -> int:
        return len(self.left.bounds) - 1


@dataclass(frozen=True)
class Drill:
    """Questions, texts, and for each question the numbers of the texts that answer it (one at least)."""

    questions: Tokens
    answers: Tokens
    answered_by: list[Rows]

    def known(self) -> sp.csr_matrix:
        """(questions, texts): 1 where the text answers the question."""
        rows = np.repeat(np.arange(len(self.answered_by)), [len(texts) for texts in self.answered_by])
        columns = np.concatenate(self.answered_by)
        shape = (len(self.answered_by), len(self.answers.bounds) - 1)
        return sp.csr_matrix((np.ones(len(rows), dtype=np.bool_), (rows, columns)), shape=shape)


@dataclass(frozen=True)
class Lesson:
    """Texts and the teacher's unit vectors of them, (texts, dimension)."""

    texts: Tokens
    vectors: Matrix


class Table:
    """Word vectors under Adam; only the rows a batch touches are moved (and their moments decayed)."""

    def __init__(self, rows: Matrix, rate: float) -> None:
        self.rows = rows.copy()
        self.rate = rate
        self._first = np.zeros_like(self.rows)
        self._second = np.zeros_like(self.rows)
        self._steps = 0

    def descend(self, columns: Rows, gradient: Matrix) -> None:
        """One step on the rows `columns`; `gradient` has a row for each."""
        self._steps += 1
        first = self._first[columns] * 0.9 + gradient * 0.1
        second = self._second[columns] * 0.999 + gradient * gradient * 0.001
        self._first[columns], self._second[columns] = first, second
        first /= 1 - 0.9**self._steps
        second /= 1 - 0.999**self._steps
        self.rows[columns] -= self.rate * first / (np.sqrt(second) + 1e-8)


class Encoded:
    """A batch of texts under a table: their unit vectors, and the way back to the table's rows.

    kept: share of the words that are read, drawn anew for each batch: no text is to be known by a single word.
    """

    def __init__(
        self, table: Table, tokens: Tokens, rows: Rows, kept: float = 1.0, rng: np.random.Generator | None = None
    ) -> None:
        means = tokens.means(rows, len(table.rows))
        if rng is not None:
            means.data *= rng.random(len(means.data)) < kept
        self.columns, compact = np.unique(means.indices, return_inverse=True)
        shape = (len(rows), len(self.columns))
        self._means = sp.csr_matrix((means.data, compact, means.indptr), shape=shape)
        vectors = self._means @ table.rows[self.columns]
        self._norms = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        self.unit: Matrix = np.asarray(vectors / self._norms, dtype=np.float32)

    def back(self, gradient: npt.NDArray[np.floating]) -> Matrix:
        """The gradient of the rows `columns` from that of the unit vectors."""
        along = (gradient * self.unit).sum(axis=1, keepdims=True)
        return np.asarray(self._means.T @ ((gradient - self.unit * along) / self._norms), dtype=np.float32)


def pair_step(table: Table, pairs: TextPairs, rows: Rows, weight: float = 1.0) -> float:
    """InfoNCE in both directions over a batch (van den Oord et al. 2018); the loss before the step."""
    return _contrast(table, Encoded(table, pairs.left, rows), Encoded(table, pairs.right, rows), weight)


def question_step(
    table: Table, drill: Drill, known: sp.csr_matrix, questions: Rows, answers: Rows, rng: np.random.Generator
) -> float:
    """As `pair_step`, for questions and an answer of each; what is `known` to answer another question is not wrong."""
    left = Encoded(table, drill.questions, questions, _READ_OF_QUESTION, rng)
    right = Encoded(table, drill.answers, answers, _READ_OF_ANSWER, rng)
    others = known[questions][:, answers].toarray()
    np.fill_diagonal(others, val=False)
    return _contrast(table, left, right, 1.0, others, _SCALE_OF_QUESTIONS)


def _contrast(
    table: Table,
    left: Encoded,
    right: Encoded,
    weight: float,
    ignored: npt.NDArray[np.bool_] | None = None,
    scale: float = SCALE,
) -> float:
    logits = scale * (left.unit @ right.unit.T)
    if ignored is not None:
        logits[ignored] = -np.inf
    count = len(logits)
    forward, backward = _softmax(logits), _softmax(logits.T).T
    hits = np.diag(forward) * np.diag(backward)
    pull = (forward + backward - 2 * np.eye(count, dtype=np.float32)) * (weight * scale / (2 * count))
    gradients = left.back(pull @ right.unit), right.back(pull.T @ left.unit)
    columns = np.union1d(left.columns, right.columns)
    total = np.zeros((len(columns), table.rows.shape[1]), dtype=np.float32)
    for side, gradient in zip((left, right), gradients, strict=True):
        total[np.searchsorted(columns, side.columns)] += gradient
    table.descend(columns, total)
    return float(-np.log(np.maximum(hits, 1e-30)).mean() / 2)


def lesson_step(table: Table, lesson: Lesson, rows: Rows) -> float:
    """Nearness to the teacher's vectors, and of the similarities within the batch to the teacher's; the loss before."""
    batch, goal = Encoded(table, lesson.texts, rows), lesson.vectors[rows]
    apart = batch.unit @ batch.unit.T - goal @ goal.T
    loss = float(1 - (batch.unit * goal).sum(axis=1).mean() + 2 * (apart**2).mean())
    gradient = -goal / len(rows) + (8 / len(rows) ** 2) * (apart @ batch.unit)
    table.descend(batch.columns, batch.back(gradient))
    return loss


def learn_pairs(rows: Matrix, pairs: TextPairs, rng: np.random.Generator, steps: int, tell: Progress) -> Matrix:
    """The table after `steps` batches of 1,024 pairs."""
    table = Table(rows, rate=4e-3)
    losses: list[float] = []
    batch = min(1024, len(pairs))
    for step in range(1, steps + 1):
        losses.append(pair_step(table, pairs, rng.integers(len(pairs), size=batch)))
        if step % 100 == 0:
            tell(f"pairs: step {step} of {steps}, loss {np.mean(losses[-100:]):.3f}")
    return table.rows


def learn_from_teacher(
    rows: Matrix,
    lesson: Lesson,
    pairs: TextPairs | None,
    rng: np.random.Generator,
    tell: Progress,
    *,
    epochs: int,
    every: int = 2,
    weight: float = 0.2,
) -> Matrix:
    """The table after `epochs` over the lesson; each `every`-th step a batch of pairs keeps what those had taught."""
    table = Table(rows, rate=2e-3)
    step, batch = 0, min(512, len(lesson.vectors))
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(lesson.vectors))
        losses: list[float] = []
        table.rate = 2e-3 * (1 - 0.9 * (epoch - 1) / epochs)
        for start in range(0, len(order) - batch + 1, batch):
            step += 1
            losses.append(lesson_step(table, lesson, order[start : start + batch]))
            if pairs is not None and step % every == 0:
                pair_step(table, pairs, rng.integers(len(pairs), size=batch), weight)
        tell(f"teacher: epoch {epoch} of {epochs}, loss {np.mean(losses):.4f}")
    return table.rows


def learn_questions(rows: Matrix, drill: Drill, rng: np.random.Generator, tell: Progress, *, epochs: int = 4) -> Matrix:
    """The table after `epochs` over the questions, each epoch with up to two answers of each, drawn anew.

    Each second step holds the answers' vectors where they were: what the table knows besides is not to be lost.
    """
    everything = np.arange(len(drill.answers.bounds) - 1)
    lesson = Lesson(drill.answers, Encoded(Table(rows, rate=0.0), drill.answers, everything).unit)
    table, known = Table(rows, rate=2e-3), drill.known()
    for epoch in range(1, epochs + 1):
        drawn = [rng.permutation(texts)[:2] for texts in drill.answered_by]
        questions = np.repeat(np.arange(len(drawn)), [len(texts) for texts in drawn])
        answers = np.concatenate(drawn)
        order = rng.permutation(len(questions))
        batch = min(256, len(order))
        losses: list[float] = []
        for start in range(0, len(order) - batch + 1, batch):
            part = order[start : start + batch]
            losses.append(question_step(table, drill, known, questions[part], answers[part], rng))
            if len(losses) % 2 == 0:
                lesson_step(table, lesson, rng.integers(len(everything), size=batch))
        tell(f"questions: epoch {epoch} of {epochs}, loss {np.mean(losses):.3f}")
    return table.rows


def mix(first: Matrix, second: Matrix, texts: Tokens, sample: Rows) -> Matrix:
    """Two tables side by side, each scaled to the same mean norm of a text, brought back to the width of the first."""
    vocabulary, dimension = first.shape
    means = texts.means(sample, vocabulary)
    wide = np.hstack([table / np.linalg.norm(means @ table, axis=1).mean() for table in (first, second)])
    frequency = np.bincount(texts.ids, minlength=vocabulary)[:, None]
    _, vectors = np.linalg.eigh((wide * frequency).T @ wide)
    return np.asarray(wide @ vectors[:, ::-1][:, :dimension], dtype=np.float32)


def into_space(rows: Matrix, lesson: Lesson) -> Matrix:
    """The table turned towards the teacher's vectors without changing any angle (orthogonal Procrustes).

    Least squares would fit the lesson better and lose what the table knows beyond it: measured, docs/embedders.md.
    """
    means = np.asarray(lesson.texts.means(np.arange(len(lesson.vectors)), len(rows)) @ rows, dtype=np.float32)
    norms = np.linalg.norm(means, axis=1, keepdims=True)
    left, _, right = np.linalg.svd((means / np.maximum(norms, 1e-6)).T @ lesson.vectors)
    return np.asarray(rows @ (left @ right) / norms.mean(), dtype=np.float32)


def narrow(vectors: Matrix, dimension: int) -> Matrix:
    """(dimension of the vectors, dimension): the projection that keeps most of their inner products."""
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    return np.asarray(axes[:, ::-1][:, :dimension], dtype=np.float32)


def _softmax(logits: Matrix) -> Matrix:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)
