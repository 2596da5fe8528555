"""Match: which clauses and requirement points a text could be evidence for."""

from typing import Final

from analysis.alignment.model import Aligner
from ontology.model import Ontology
from queries.answers import MatchAnswer, MatchedClause, MatchedRequirement, Meeting
from queries.errors import BadQuestion

MOST: Final = 64
_EXPLAINED: Final = 3


def match(aligner: Aligner, ontology: Ontology, text: str, limit: int = 5) -> MatchAnswer:
    """The likeliest `limit` (1…64) clauses and requirements of a text, best first.

    Only the first few requirements are explained: each costs a pass over the text. Raises `BadQuestion` for a
    limit out of range or a text without a word.
    """
    if not 1 <= limit <= MOST:
        raise BadQuestion(f"limit 应在 1 到 {MOST} 之间")
    if not any(character.isalnum() for character in text):
        raise BadQuestion("text 里没有文字")
    found = aligner.align(text)
    requirements = []
    for place, score in enumerate(found.requirements[:limit]):
        explanation = aligner.explain(text, score.id) if place < _EXPLAINED else ()
        requirements.append(
            MatchedRequirement(
                id=score.id,
                statement=ontology.requirement(score.id).zh,
                clause=score.clause,
                confidence=score.confidence,
                proposed=score.proposed,
                explanation=tuple(
                    Meeting(words=each.words, start=each.start, end=each.end, meets=each.meets, basis=each.basis)
                    for each in explanation
                ),
            )
        )
    clauses = [
        MatchedClause(
            id=score.id, title=ontology.clause(score.id).zh, confidence=score.confidence, proposed=score.proposed
        )
        for score in found.clauses[:limit]
    ]
    return MatchAnswer(
        clauses=tuple(clauses), requirements=tuple(requirements), abstained=found.abstained, model=aligner.model
    )
