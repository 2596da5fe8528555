"""What a file really is, by its content, and whether that is what its name says."""

import zipfile
from pathlib import Path, PurePosixPath
from typing import Final
from unicodedata import normalize

from ingest.readers.errors import SUPPORTED, ReadFailed

READABLE: Final = {
    ".docx": "docx", ".docm": "docx", ".txt": "txt", ".text": "txt", ".md": "md", ".markdown": "md",
    ".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
MEDIA_TYPES: Final = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "jsonl": "application/jsonl",
}
_PACKAGES: Final = frozenset({"docx", "xlsx"})
_AS_DOCX: Final = "请用 Word 或 WPS 打开，另存为 docx 后重试"
_AS_XLSX: Final = "请用 Excel 或 WPS 打开，另存为 xlsx 后重试"
_AS_TEXT: Final = "请把正文另存为 docx 或 txt 后重试"
_UNPACK: Final = "请解压后导入其中的文件"

# What is recognised but not read: Chinese name, and what to do with it.
_OTHERS: Final = {
    "doc": ("Word 97-2003 文档（doc）", _AS_DOCX),
    "xls": ("Excel 97-2003 工作簿（xls）", _AS_XLSX),
    "ppt": ("PowerPoint 97-2003 演示文稿（ppt）", _AS_TEXT),
    "ole": ("旧版 Office 或 WPS 复合文档", "请用 Office 或 WPS 打开，另存为 docx 或 xlsx 后重试"),
    "xlsb": ("Excel 二进制工作簿（xlsb）", _AS_XLSX),
    "pptx": ("PowerPoint 演示文稿（pptx）", _AS_TEXT),
    "odt": ("OpenDocument 文本（odt）", _AS_DOCX),
    "ods": ("OpenDocument 表格（ods）", _AS_XLSX),
    "pdf": ("PDF 文档", _AS_TEXT),
    "ofd": ("OFD 版式文件", _AS_TEXT),
    "rtf": ("RTF 文档", _AS_DOCX),
    "html": ("网页（HTML）", _AS_TEXT),
    "xml": ("XML 文件", _AS_TEXT),
    "zip": ("zip 压缩包", _UNPACK),
    "rar": ("rar 压缩包", _UNPACK),
    "7z": ("7z 压缩包", _UNPACK),
    "gz": ("gzip 压缩文件", _UNPACK),
    "image": ("图片", "请先识别为文字，存为 docx 或 txt 后重试"),
    "program": ("可执行程序", "请确认文件来源"),
    "json": ("JSON 文件", "请改为每行一个 JSON 对象的 jsonl 后重试"),
    "wps": ("WPS 文字文档（wps）", "请用 WPS 打开，另存为 docx 后重试"),
    "et": ("WPS 表格（et）", "请用 WPS 打开，另存为 xlsx 后重试"),
    "dps": ("WPS 演示（dps）", _AS_TEXT),
}
_NAMES: Final = {"docx": "Word 文档（docx）", "xlsx": "Excel 工作簿（xlsx）", "text": "纯文本"}
_SUFFIXES: Final = {".htm": "html", ".jpg": "image", ".jpeg": "image", ".png": "image", ".bmp": "image", ".gif": "image",
                    ".tif": "image", ".tiff": "image", ".exe": "program", ".dll": "program", ".tgz": "gz"}  # fmt: skip
_MAGIC: Final = (
    (b"{\\rtf", "rtf"), (b"Rar!", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b\x08", "gz"),
    (b"\x89PNG\r\n", "image"), (b"\xff\xd8\xff", "image"), (b"GIF8", "image"), (b"II*\x00", "image"),
    (b"MM\x00*", "image"), (b"MZ\x90\x00", "program"), (b"\x7fELF", "program"),
)  # fmt: skip
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: Final = (
    ("EncryptedPackage", "encrypted"), ("WordDocument", "doc"), ("Workbook", "xls"),
    ("PowerPoint Document", "ppt"), ("Book", "xls"),
)  # fmt: skip


def format_of(path: Path, name: str) -> str:
    """The readable format of a file: docx, xlsx, txt, md, csv or jsonl.

    Raises `ReadFailed`: unsupported_format, type_mismatch, password_required, damaged_file.
    """
    suffix = _suffix(name)
    expected = READABLE.get(suffix)
    real = _sniff(path)
    if real == "encrypted":
        raise ReadFailed("password_required")
    if expected is None:
        _refuse_unknown(suffix, real)
    if expected in _PACKAGES:
        if real == expected:
            return expected
        if real == "package":
            raise ReadFailed("damaged_file", "压缩包目录读不出来，文件可能没有传输完整")
        if real == "data":
            raise ReadFailed("damaged_file", f"内容不是 {expected} 文件")
        raise _mismatch(suffix, real)
    assert expected is not None
    if real in {"text", "data"} or (real in {"html", "xml"} and expected in {"md", "jsonl"}):
        return expected
    raise _mismatch(suffix, real)


def _suffix(name: str) -> str:
    return PurePosixPath(normalize("NFKC", name.replace("\\", "/")).rstrip(" .")).suffix.lower().strip()


def _refuse_unknown(suffix: str, real: str) -> None:
    stated = _SUFFIXES.get(suffix, suffix.lstrip("."))
    if real in READABLE.values():
        raise _mismatch(suffix, real)
    if stated in _OTHERS:
        legacy = {"doc", "xls", "ppt", "ole"}
        alike = (
            real == stated or real in {"text", "data", "package"} or (stated in {"wps", "et", "dps"} and real in legacy)
        )
        if not alike and not (stated in legacy and real == "ole"):
            raise _mismatch(suffix, real)
        named, advice = _OTHERS[stated]
        raise ReadFailed("unsupported_format", named, f"目前支持 {SUPPORTED}；{advice}")
    if real in _OTHERS:
        named, advice = _OTHERS[real]
        raise ReadFailed("unsupported_format", named, f"目前支持 {SUPPORTED}；{advice}")
    shown = f"扩展名 {suffix[:20]}" if suffix else "文件名没有扩展名"
    raise ReadFailed("unsupported_format", shown, f"目前支持 {SUPPORTED}；请另存为其中一种格式，并使用相应的扩展名")


def _mismatch(suffix: str, real: str) -> ReadFailed:
    stated = f"扩展名是 {suffix[:20]}" if suffix else "文件名没有扩展名"
    if real in _OTHERS:
        named, advice = _OTHERS[real]
        return ReadFailed("type_mismatch", f"{stated}，实际是{named}", advice)
    ending = "txt（表格用 csv）" if real == "text" else real
    return ReadFailed("type_mismatch", f"{stated}，实际是{_NAMES[real]}", f"请把扩展名改为 {ending} 后重试")


def _sniff(path: Path) -> str:
    """docx, xlsx, encrypted, package (broken zip), text, data (anything unknown), or a key of `_OTHERS`."""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(_OLE):
            content = head + file.read()
            streams = (kind for stream, kind in _STREAMS if stream.encode("utf-16-le") in content)
            return next(streams, "ole")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(path)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if start.startswith(b"<?xml"):
        return "html" if b"<html" in head.lower() else "xml"
    controls = sum(head.count(code) for code in range(32) if code not in {9, 10, 12, 13, 27})
    return "text" if controls == 0 else "data"


def _sniff_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            mimetype = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError, RuntimeError):
        return "package"
    if "OFD.xml" in names:
        return "ofd"
    if b"opendocument" in mimetype:
        return "ods" if b"spreadsheet" in mimetype else "odt"
    if "[Content_Types].xml" not in names:
        return "zip"
    if "xl/workbook.bin" in names:
        return "xlsb"
    folders = {name.partition("/")[0] for name in names}
    return next(
        (kind for folder, kind in (("word", "docx"), ("xl", "xlsx"), ("ppt", "pptx")) if folder in folders), "zip"
    )
