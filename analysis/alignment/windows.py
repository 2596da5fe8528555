"""Long texts in pieces, so that one good paragraph is not drowned by what stands around it."""

from typing import Final

from analysis.sentences import split_sentences

# Texts up to this length hold one practice and little else.
LONG: Final = 260
_PIECE: Final = 180


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
