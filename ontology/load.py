"""Reads the ontology: the shipped Turtle files, a site's overlay over them, and the checks of both."""

from pathlib import Path

from pydantic import ValidationError

from ontology.model import Ontology
from ontology.problems import OntologyInvalid, Problem
from ontology.sources import NOT_CONTENT, Parsed, fingerprint, overlay_files, parse, shipped_files

__all__ = ["OntologyInvalid", "Problem", "load_ontology", "ontology_fingerprint", "validate_ontology"]


def ontology_fingerprint(overlay_dir: Path | None = None) -> str:
    """Hash of everything the ontology is made from, 32 hex digits; parses nothing."""
    return fingerprint(overlay_dir)


def load_ontology(overlay_dir: Path | None = None) -> Ontology:
    """The ontology, with the overlay's `*.ttl` laid over it when the folder holds any.

    Shipped files are taken as checked (tests and `validate_ontology` do it); an overlay is validated
    against the same shapes first. Raises `OntologyInvalid`.
    """
    key = fingerprint(overlay_dir)
    ontology, problems = _load(overlay_dir, key, check_shipped=False)
    if ontology is None:
        raise OntologyInvalid(problems)
    return ontology


def validate_ontology(overlay_dir: Path | None = None) -> tuple[Problem, ...]:
    """Everything wrong with the shipped files and the overlay, for `doctor` and tests; empty when all is well."""
    try:
        _, problems = _load(overlay_dir, fingerprint(overlay_dir), check_shipped=True)
    except OntologyInvalid as error:
        return error.problems
    return tuple(problems)


def _load(overlay_dir: Path | None, key: str, *, check_shipped: bool) -> tuple[Ontology | None, list[Problem]]:
    from ontology.build import build
    from ontology.overlay import merge
    from ontology.validate import problems_of, problems_of_result

    shipped = [parse(path) for path in shipped_files() if path.name not in NOT_CONTENT]
    merged = merge(shipped, _parse_all(overlay_files(overlay_dir)))
    problems = problems_of(merged) if check_shipped or merged.site.files else []
    if problems:
        return None, problems
    try:
        ontology = build(merged.graph, key, merged.site)
    except ValidationError as error:
        # What the shapes let through and the models do not: still a fault of the files, said as such.
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        names = "、".join(merged.site.files) or "ontology/turtle"
        return None, [
            Problem(
                names,
                None,
                error.title,
                "model",
                f"字段 {field} 的值不可用（{first['msg']}）。请对照 docs/overlay.md 改正。",
            )
        ]
    problems = problems_of_result(merged, ontology)
    return (None, problems) if problems else (ontology, [])


def _parse_all(paths: tuple[Path, ...]) -> list[Parsed]:
    """All files parsed; the unreadable ones reported together."""
    parsed: list[Parsed] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            parsed.append(parse(path))
        except OntologyInvalid as error:
            problems.extend(error.problems)
    if problems:
        raise OntologyInvalid(problems)
    return parsed
