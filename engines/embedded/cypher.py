"""What a read query must keep to before it reaches Ladybug: only reading, and exactly the parameters it names."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from engines.store import QueryFailed, ReadQuery

_QUIET = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|//[^\n]*|/\*.*?\*/|`[^`]*`", re.DOTALL)
_PARAMETER = re.compile(r"\$(\w+)")
_WORD = re.compile(r"(?<![\w.:$])[A-Za-z_]+")
_WRITING = frozenset(
    [
        *(
            "alter",
            "attach",
            "begin",
            "call",
            "checkpoint",
            "comment",
            "commit",
            "copy",
            "create",
            "delete",
            "detach",
            "drop",
        ),
        *(
            "export",
            "foreach",
            "import",
            "insert",
            "install",
            "load",
            "merge",
            "remove",
            "rollback",
            "set",
            "transaction",
        ),
        *("uninstall", "use"),
    ]
)


@lru_cache(maxsize=512)
def _named(text: str) -> tuple[frozenset[str], str]:
    """Parameters that the text names, and the first word in it that does more than read."""
    bare = _QUIET.sub(" ", text)
    writing = next((word for word in _WORD.findall(bare) if word.lower() in _WRITING), "")
    if not writing and ";" in bare.rstrip().rstrip(";"):
        writing = ";"
    return frozenset(_PARAMETER.findall(bare)), writing


def checked(query: ReadQuery) -> dict[str, Any]:
    """The parameters as Ladybug takes them. Raises `QueryFailed`: it would answer a missing one with silence."""
    named, writing = _named(query.text)
    if writing:
        raise QueryFailed(f"查询「{query.name}」含有 {writing}：这里只能读取。")
    missing, needless = named - query.parameters.keys(), query.parameters.keys() - named
    if missing:
        raise QueryFailed(f"查询「{query.name}」缺少参数：{'、'.join(sorted(missing))}。")
    if needless:
        raise QueryFailed(f"查询「{query.name}」没有用到参数：{'、'.join(sorted(needless))}。")
    return {name: _parameter(query.name, name, value) for name, value in query.parameters.items()}


def _parameter(query: str, name: str, value: Any) -> Any:
    if isinstance(value, str):
        if "\x00" in value:
            raise QueryFailed(f"查询「{query}」的参数 {name} 含有空字符（NUL）。")
        return value
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        elements = sorted(value) if isinstance(value, set | frozenset) else value
        return [_parameter(query, name, element) for element in elements]
    if isinstance(value, Mapping):
        return {key: _parameter(query, name, element) for key, element in value.items()}
    raise QueryFailed(f"查询「{query}」的参数 {name} 不能是 {type(value).__name__}：没有值时请换一条查询。")


_INTERNAL = frozenset({"_id", "_src", "_dst"})


def plain(value: Any) -> Any:
    """A value of a Ladybug row as plain Python: numbers instead of Decimal, no internal row numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items() if key not in _INTERNAL}
    return value
