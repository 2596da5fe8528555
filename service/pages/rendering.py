"""Turns answers into pages: one Jinja environment, whose templates see answers and the glossary only."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import jinja2
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from service import glossary
from service.review_words import moment

FOLDER = Path(__file__).parent
# Nothing is fetched from elsewhere, no script runs, nobody may frame the pages.
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


class Span(Protocol):
    """A stretch of a text, in characters."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def marked(text: str, spans: Iterable[Span]) -> Markup:
    """`text` as HTML with the (possibly overlapping) `spans` in <mark>."""
    parts: list[Markup] = []
    at = 0
    for start, end in _merged(spans, len(text)):
        parts += [escape(text[at:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        at = end
    parts.append(escape(text[at:]))
    return Markup("").join(parts)


def _merged(spans: Iterable[Span], length: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((max(0, span.start), min(span.end, length)) for span in spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def percent(probability: float) -> str:
    """0.857 → 86 %; never 0 or 100, which a probability of ours does not reach."""
    return f"{min(99, max(1, round(probability * 100)))}%"


def number(value: float) -> str:
    return f"{value:.10g}"


@cache
def environment() -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(marked=marked, percent=percent, number=number, moment=moment)
    env.globals.update(words=glossary)
    return env


def render(
    template: str, values: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """The page as a response, with the headers that keep a browser from talking to anybody else."""
    html = environment().get_template(template).render(values)
    safe = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
    return HTMLResponse(html, status, {**safe, **(headers or {})})
