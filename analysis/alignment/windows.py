"""Very long texts: scored whole and piece by piece, so that one good paragraph is not drowned."""

from collections.abc import Sequence
from typing import Final

from analysis.alignment.base import BaseModel, BaseScores, Doubles
from analysis.alignment.lexicon import Lexicon
from analysis.sentences import split_sentences

# Texts up to this length are like the training texts and are judged whole.
LONG: Final = 480
_PIECE: Final = 240


def pieces_of(text: str) -> list[str]:
    """Runs of whole sentences of about `_PIECE` characters; none for a text that is not long."""
    if len(text) <= LONG:
        return []
    pieces: list[str] = []
    start = end = 0
    for sentence in split_sentences(text):
        if end > start and sentence.end - start > _PIECE:
            pieces.append(text[start:end])
            start = sentence.start
        end = sentence.end
    if end > start:
        pieces.append(text[start:end])
    return pieces


def score_long(texts: Sequence[str], base: BaseModel, lexicon: Lexicon) -> tuple[BaseScores, Doubles]:
    """Margins and lexicon scores of every text; of a long one halfway between the whole and the best piece.

    The best piece alone finds more, but among several off-topic paragraphs one often looks like something.
    """
    pieces = [pieces_of(text) for text in texts]
    everything = [*texts, *(piece for some in pieces for piece in some)]
    scores, words = base.scores(everything), lexicon.scores(everything)
    count = len(texts)
    if len(everything) == count:
        return scores, words
    start = count
    for at, some in enumerate(pieces):
        parts = slice(start, start + len(some))
        start += len(some)
        for array in (scores.linear, scores.kernel, words):
            if some:
                array[at] = (array[at] + array[parts].max(axis=0)) / 2.0
    return BaseScores(scores.linear[:count], scores.kernel[:count]), words[:count]
