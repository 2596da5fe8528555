"""How a document travels from the reading process: plain JSON, checked on arrival, never pickled."""

import json
from typing import Any, Final

from ingest.readers.document import BLOCK_KINDS, Block, Notice, SourceDocument
from ingest.readers.errors import REASONS, ReadFailed

_OPTIONAL: Final = ("level", "label", "page", "slide", "sheet", "row")


def encode(result: SourceDocument | ReadFailed) -> bytes:
    """A result as JSON; texts of blocks and fields travel as offsets only."""
    if isinstance(result, ReadFailed):
        value: dict[str, Any] = {"code": result.code, "where": result.where, "advice": result.advice}
    else:
        value = {
            "title": result.title,
            "media_type": result.media_type,
            "kind": result.kind,
            "text": result.text,
            "warnings": [[notice.code, notice.message] for notice in result.warnings],
            "margins": result.margins,
            "blocks": [_block(block) for block in result.blocks],
        }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def _block(block: Block) -> list[Any]:
    more: dict[str, Any] = {key: value for key in _OPTIONAL if (value := getattr(block, key)) not in {None, ""}}
    if block.field_spans:
        more["fields"] = block.field_spans
    return [block.kind, block.start, block.end, more]


def decode(data: bytes, name: str) -> SourceDocument:
    """The document of `encode`. Raises `ReadFailed`: the one encoded, or `crashed` for anything malformed."""
    try:
        value = json.loads(data)
        if value.get("code") in REASONS:
            raise ReadFailed(value["code"], str(value["where"]), str(value["advice"]))
        text = value["text"]
        return SourceDocument(
            name=name,
            title=str(value["title"]),
            media_type=str(value["media_type"]),
            kind="case-list" if value["kind"] == "case-list" else "case",
            text=text,
            blocks=tuple(_unpacked(block, text) for block in value["blocks"]),
            warnings=tuple(Notice(str(code), str(message)) for code, message in value["warnings"]),
            margins=tuple(map(str, value["margins"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReadFailed("crashed", "解析结果不完整") from error


def _unpacked(block: list[Any], text: str) -> Block:
    kind, start, end, more = block
    spans = {str(key): (first, last) for key, (first, last) in more.pop("fields", {}).items()}
    if kind not in BLOCK_KINDS or not all(
        0 <= first <= last <= len(text) for first, last in ((start, end), *spans.values())
    ):
        raise ValueError("a block that is none")
    return Block(
        kind=kind,
        text=text[start:end],
        start=start,
        end=end,
        **{key: more[key] for key in _OPTIONAL if key in more},
        fields={key: text[first:last] for key, (first, last) in spans.items()},
        field_spans=spans,
    )
