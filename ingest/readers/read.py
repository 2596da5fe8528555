"""Reading one file in this process: what it is, whether it may be parsed, and by whom."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ingest.readers.document import SourceDocument
from ingest.readers.errors import ReadFailed
from ingest.readers.formats import format_of
from ingest.readers.limits import Limits

Reader = Callable[[Path, str, Limits], SourceDocument]


def read_file(path: Path, name: str, limits: Limits) -> SourceDocument:
    """The document in file `path`, which its source calls `name`. Raises `ReadFailed`.

    Only for the reading process: a hostile file can make it slow, large or crash. Others use `sandbox`.
    """
    _check_file(path, limits)
    try:
        document = _reader(format_of(path, name))(path, name, limits)
    except MemoryError as error:
        raise ReadFailed("out_of_memory") from error
    except RecursionError as error:
        raise ReadFailed("too_deep") from error
    except OSError as error:
        raise ReadFailed("not_readable", _reason(error)) from error
    if not document.text.strip():
        raise ReadFailed("no_text")
    return document


def _check_file(path: Path, limits: Limits) -> None:
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise ReadFailed("is_directory")
        if not stat.S_ISREG(found.st_mode):
            raise ReadFailed("not_a_file")
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise ReadFailed("not_found") from error
    except (OSError, ValueError) as error:
        raise ReadFailed("not_readable", _reason(error)) from error
    if found.st_size == 0:
        raise ReadFailed("empty_file")
    if found.st_size > limits.file:
        raise ReadFailed("too_large", f"{found.st_size / 1_000_000:.0f} MB，上限 {limits.file / 1_000_000:.0f} MB")


_ERRNO: Final = {
    "EACCES": "没有读取权限",
    "ELOOP": "符号链接循环",
    "ENAMETOOLONG": "文件名过长",
    "EPERM": "没有读取权限",
}


def _reason(error: Exception) -> str:
    import errno

    code = errno.errorcode.get(getattr(error, "errno", None) or 0, "")
    return _ERRNO.get(code, code or "路径不合法")


def _reader(kind: str) -> Reader:
    """The reader of a format; its libraries are loaded when the first such file comes."""
    if kind == "docx":
        from ingest.readers.docx import read_docx

        return read_docx
    if kind in {"txt", "md"}:
        from ingest.readers.text import read_md, read_txt

        return read_md if kind == "md" else read_txt
    from ingest.readers import tables

    return {"csv": tables.read_csv, "jsonl": tables.read_jsonl, "xlsx": tables.read_xlsx}[kind]
