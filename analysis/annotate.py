"""Marks the ontology's concepts in a text with exact offsets."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from analysis.concepts import Mention, concepts_of, labels_of, once_each, stands_alone
from analysis.folding import fold
from ontology.model import Ontology

if TYPE_CHECKING:
    from spacy.tokens import Doc

# spaCy's segmenter needs time that grows with the square of the text, so long texts go through it in windows.
_WINDOW = 1000

__all__ = ["Annotator", "Mention"]


class Annotator:
    """spaCy's character segmenter and phrase matcher over all labels of terms, roles, mechanisms and formulations.

    Nested concepts count (党建 inside 企业党建); one spelling at one place gives one mention, of the
    concept that `concepts_of` puts first. Case, character width and single spaces within a label do not
    matter (ＰＤＣＡ 循环).
    """

    def __init__(self, ontology: Ontology) -> None:
        import spacy
        from spacy.matcher import PhraseMatcher
        from spacy.tokens import Doc

        nlp = spacy.blank("zh")
        self._doc = Doc
        self._vocab = nlp.vocab
        self._tokenizer = nlp.tokenizer
        self._matcher = PhraseMatcher(nlp.vocab)
        self._labels = labels_of(concepts_of(ontology))
        # A single space may stand between any two characters of a label.
        self._overlap = 2 * max(map(len, self._labels), default=0)
        for spelling in self._labels:
            self._matcher.add(spelling, [self._segmented(spelling)])

    def _segmented(self, text: str) -> "Doc":
        """A token a character; white space, where there is any, goes as spaCy has it."""
        if text.split() != [text]:
            return self._tokenizer(text)
        # The same as the tokenizer gives, in half its time.
        return self._doc(self._vocab, words=list(text), spaces=[False] * len(text))

    def annotate(self, text: str) -> list[Mention]:
        """The mentions by place, longer ones first; `text[m.start:m.end] == m.text`."""
        folded = fold(text)
        return once_each(
            mention for start in range(0, len(folded), _WINDOW) for mention in self._within(text, folded, start)
        )

    def _within(self, text: str, folded: str, offset: int) -> Iterator[Mention]:
        """The mentions that begin in the window at `offset`."""
        document = self._segmented(folded[offset : offset + _WINDOW + self._overlap])
        for key, first, after in self._matcher(document):
            last = document[after - 1]
            start, end = offset + document[first].idx, offset + last.idx + len(last)
            if start < offset + _WINDOW and stands_alone(folded, start, end):
                label = self._labels[self._vocab.strings[key]]
                yield Mention(label.node, label.zh, start, end, text[start:end])

    def annotate_many(self, texts: Iterable[str]) -> Iterator[list[Mention]]:
        """`annotate` of each text, in order."""
        return map(self.annotate, texts)
