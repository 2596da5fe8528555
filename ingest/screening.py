"""What may not be stored: secrecy markings refuse a document, personal numbers are masked.

A marking is one that stands as such: on its own line or in its own cell, in a header, footer, text box,
title or file name, or after 密级. The same words in running text (保守秘密, 商业秘密制度) are none.
Forms after GB/T 9704 (密级★保密期限, 份号, 紧急程度) and the usual marks of state-owned enterprises (商密▲).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, pairwise
from typing import Final
from unicodedata import normalize

from ingest.personal import find_personal, mask
from ingest.readers.document import CELL_SEPARATOR, Block, Notice, SourceDocument
from ingest.readers.errors import ReadFailed

_OPEN: Final = r"[【\[(〔《<「『〖{]*"
_CLOSE: Final = r"[】\])〕》>」』〗}]*"
_STAR: Final = r"[★☆✩✭⭐*※▲△●■·・,，、:：_/—–-]*"
_TERM: Final = (
    r"(?:(?:保密期限|期限|保密期)[:：]?)?"
    r"(?:长期|永久|(?:启用|公布|公开|发布|解密|结束|考试|开标|上市)前|(?:\d{1,3}|[一二三四五六七八九十]{1,3})(?:个)?(?:年|月|日|天)|"
    r"至?(?:\d{4}年?)(?:[-./]?\d{1,2}月?)?(?:[-./]?\d{1,2}日?)?(?:前|止)?)"
)
_COPY: Final = r"(?:份号[:：]?|第|no\.?[:：]?|编号[:：]?|副本)?\d{0,8}(?:号|份)?"
_URGENT: Final = r"(?:特提|特急|加急|平急|急件|紧急)?"
_GRADE_NAME: Final = (
    r"(?:密级|涉密等级|涉密级别|保密级别|保密等级|密级程度|文件密级|文档密级|信息密级|密级标识|定密)(?:为|是)?[:：|]?"
)
_LEVELS: Final = r"(?:绝密|机密|秘密|絕密|機密|祕密)"
_OF_TRADE: Final = r"(?:核心|普通|重要|一般|企业|公司|集团)?(?:商业秘密|商密|工作秘密|工作敏感信息)(?:[a-z]{1,3}级|[一二三四五核心普通]{1,2}级?)?"
_INTERNAL: Final = (
    r"(?:内部(?:资料|文件|材料|刊物|文稿|使用|传阅|参阅|掌握|公开)|(?:仅供|仅限)?(?:公司|企业|集团|单位|系统)?内部(?:使用|参考|传阅|资料|文件)|"
    r"(?:注意|妥善)保(?:存|管|密)|(?:请勿|严禁|不得|禁止)(?:外传|外泄|扩散|翻印|复制|转发)|confidential|internaluseonly)"
)
_INTERNAL_MARK: Final = rf"{_INTERNAL}(?:[,，;；、!！.。·—-]*(?:请)?{_INTERNAL})*[!！.。]?"


def _marking(levels: str) -> re.Pattern[str]:
    body = rf"{_OPEN}{levels}级?(?:文件|材料|资料|件)?{_STAR}(?:{_TERM})?{_CLOSE}{_STAR}(?:{_TERM})?"
    return re.compile(rf"{_OPEN}{_COPY}{_STAR}{_URGENT}{_STAR}(?:{_GRADE_NAME})?{body}{_URGENT}{_COPY}{_CLOSE}")


_CLASSIFIED: Final = _marking(_LEVELS)
_CLASSIFIED_AHEAD: Final = re.compile(
    rf"{_OPEN}{_LEVELS}级?[★☆✩✭⭐]|{_GRADE_NAME}{_OPEN}{_LEVELS}级?(?:$|[★☆*,，;；。(（\]】）)]|保密期|期限|{_TERM})"
)
_RESTRICTED: Final = _marking(_OF_TRADE)
_RESTRICTED_AHEAD: Final = re.compile(
    rf"{_OPEN}{_OF_TRADE}[★☆▲△]|{_GRADE_NAME}{_OPEN}(?:{_OF_TRADE}|内部|受限)级?(?:$|[★☆▲*,，;；。)）])"
)
_INTERNAL_ALONE: Final = re.compile(rf"{_OPEN}{_INTERNAL_MARK}{_CLOSE}")
# At the end of a title, in brackets.
_TITLE_END: Final = r"[(（【\[〔]{levels}(?:{star}{term})?[)）】\]〕]$"
_CLASSIFIED_TITLE: Final = re.compile(_TITLE_END.format(levels=_LEVELS, star=_STAR, term=_TERM))
_RESTRICTED_TITLE: Final = re.compile(
    _TITLE_END.format(levels=rf"(?:{_OF_TRADE}|{_INTERNAL_MARK})", star=_STAR, term=_TERM)
)

_NOT_SEEN: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad]+")
_APART: Final = re.compile(rf"[ \t　]{{2,}}|\t|{re.escape(CELL_SEPARATOR)}")
# A character of each of the words, before anything is normalised; then the words.
_HINT: Final = re.compile(r"[密内外保扩翻复转cCｃＣ]")
_SUSPECT: Final = re.compile(r"密|内部|外[传泄]|保[存管]|扩散|翻印|复制|转发|confidential|internaluse")
_NAME_PARTS: Final = re.compile(r"[-_ 　.,，、+~()（）【】\[\]〔〕《》<>「」—–]+")
_LONGEST: Final = 60
_TITLE_LONGEST: Final = 80


def screen(document: SourceDocument, *, allow_restricted: bool = False) -> SourceDocument:
    """The document as it may be stored: personal numbers masked by `*` (lengths kept), `margins` empty.

    An external id that is masked is dropped, so that it cannot stand for two cases. Raises `ReadFailed`:
    classified_marking; restricted_marking unless `allow_restricted` (the caller sets an access label).
    """
    units = list(_units(document))
    names = [part for part in re.split(r"[/\\]", document.name) if part]
    if any(map(_is_classified, units)) or _classified_title(document.title) or any(map(_classified_name, names)):
        raise ReadFailed("classified_marking")
    if not allow_restricted and (
        any(map(_is_restricted, units)) or _restricted_title(document.title) or any(map(_restricted_name, names))
    ):
        raise ReadFailed("restricted_marking")
    return _masked(document)


def _units(document: SourceDocument) -> Iterator[str]:
    """Everything that can be a marking: short lines and cells, of body and margins, without white space."""
    fields = (value for block in document.blocks for value in block.fields.values() if len(value) <= 4 * _LONGEST)
    pieces = (unit for text in (document.text, *document.margins) for unit in _pieces(text))
    # A word apart in a header ("某集团 机密") is a marking there, in running text it may be none.
    words = (word for text in document.margins if len(text) <= _LONGEST for word in text.split())
    seen: set[str] = set()
    for unit in chain(pieces, fields, words):
        bare = "".join(unit.split())
        if 2 <= len(bare) <= _LONGEST and bare not in seen and _HINT.search(bare):
            seen.add(bare)
            squeezed = _squeezed(bare)
            if _SUSPECT.search(squeezed):
                yield squeezed


def _squeezed(text: str) -> str:
    return _NOT_SEEN.sub("", normalize("NFKC", text)).lower()


def _pieces(text: str) -> Iterator[str]:
    """Lines, parts of lines that stand apart, pairs of neighbouring cells, and characters written downwards."""
    column = ""
    for line in text.split("\n"):
        line = line.strip()
        if len(line) == 1:
            column += line
        else:
            yield column
            column = ""
        yield line
        parts = _APART.split(line)
        if len(parts) > 1:
            yield from parts
            yield from (f"{first}:{second}" for first, second in pairwise(parts) if len(first) <= 10)
    yield column


def _is_classified(unit: str) -> bool:
    return _CLASSIFIED.fullmatch(unit) is not None or _CLASSIFIED_AHEAD.match(unit) is not None


def _is_restricted(unit: str) -> bool:
    patterns = (_RESTRICTED.fullmatch, _RESTRICTED_AHEAD.match, _INTERNAL_ALONE.fullmatch)
    return any(match(unit) is not None for match in patterns)


def _classified_title(title: str) -> bool:
    return _in_title(title, _is_classified, _CLASSIFIED_TITLE)


def _restricted_title(title: str) -> bool:
    return _in_title(title, _is_restricted, _RESTRICTED_TITLE)


def _in_title(title: str, is_marking: Callable[[str], bool], ending: re.Pattern[str]) -> bool:
    squeezed = _squeezed(title)
    return len(squeezed) <= _TITLE_LONGEST and (is_marking(squeezed) or ending.search(squeezed) is not None)


def _classified_name(name: str) -> bool:
    return _in_name(name, _is_classified)


def _restricted_name(name: str) -> bool:
    return _in_name(name, _is_restricted)


def _in_name(name: str, is_marking: Callable[[str], bool]) -> bool:
    parts = map(_squeezed, (name, *_NAME_PARTS.split(name)))
    return any(is_marking(part) for part in parts if len(part) >= 2)


def _masked(document: SourceDocument) -> SourceDocument:
    kept = [block.field_spans["external_id"] for block in document.blocks if "external_id" in block.field_spans]
    spans = find_personal(document.text, identifiers=kept)
    masked = document.retexted(lambda text: mask(text, spans)) if spans else document
    title = mask(document.title, find_personal(document.title))
    warnings = document.warnings
    if spans or title != document.title:
        warnings += (Notice("personal_masked", f"已遮盖 {max(len(spans), 1)} 处个人号码或邮箱（身份证号、手机号等）"),)
    blocks = tuple(_without_masked_id(block, document.text) for block in masked.blocks)
    return replace(masked, title=title, blocks=blocks, warnings=warnings, margins=())


def _without_masked_id(block: Block, before: str) -> Block:
    span = block.field_spans.get("external_id")
    if span is None or before[slice(*span)] == block.fields["external_id"]:
        return block
    fields: Iterable[str] = [name for name in block.fields if name != "external_id"]
    return replace(
        block,
        fields={name: block.fields[name] for name in fields},
        field_spans={name: block.field_spans[name] for name in fields},
    )
