"""Files made for the readers' tests, good and hostile."""

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_NAMESPACES: Final = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
_PARTS: Final = {
    "styles": "styles", "numbering": "numbering", "footnotes": "footnotes", "endnotes": "endnotes",
    "comments": "comments", "header1": "header", "footer1": "footer",
}  # fmt: skip


def xml(element: str, content: str) -> str:
    """A part of a Word document with the usual namespaces."""
    return f"{_HEAD}<w:{element} {_NAMESPACES}>{content}</w:{element}>"


def para(text: str, properties: str = "") -> str:
    """A paragraph with one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def docx(path: Path, body: str, **parts: str) -> Path:
    """A Word document from the XML of its body and of further parts (`styles=`, `numbering=`, `header1=` …)."""
    roots = {"styles": "styles", "numbering": "numbering", "footnotes": "footnotes", "endnotes": "endnotes",
             "comments": "comments", "header1": "hdr", "footer1": "ftr"}  # fmt: skip
    members = {f"word/{name}.xml": xml(roots[name], content) for name, content in parts.items()}
    related = "".join(
        f'<Relationship Id="r{at}" Type="{_OFFICE}/{_PARTS[name]}" Target="{name}.xml"/>'
        for at, name in enumerate(parts)
    )
    members["word/_rels/document.xml.rels"] = _relationships(related)
    return docx_raw(path, xml("document", f"<w:body>{body}</w:body>"), members)


def docx_raw(path: Path, document: str | bytes, members: Mapping[str, str | bytes] | None = None) -> Path:
    """A Word package whose main part is given as it stands."""
    main = f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    return package(
        path,
        {
            "[Content_Types].xml": f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": _relationships(main),
            "word/document.xml": document,
            **(members or {}),
        },
    )


def _relationships(content: str) -> str:
    return f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{content}</Relationships>'


def package(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """A zip archive of the members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def xlsx(path: Path, *sheets: Sequence[Sequence[Any]], names: Sequence[str] = (), hidden: Sequence[int] = ()) -> Path:
    """A workbook with a sheet for each table of rows."""
    import openpyxl

    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for at, rows in enumerate(sheets):
        sheet = workbook.create_sheet(names[at] if names else None)
        for row in rows:
            sheet.append(list(row))
        if at in hidden:
            sheet.sheet_state = "hidden"
    workbook.save(path)
    return path


def with_bomb(path: Path, member: str, size: int) -> Path:
    """Add to a package a member of `size` zero bytes, in a few kilobytes."""
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(member, "w", force_zip64=True) as file,
    ):
        block = bytes(1 << 20)
        for _ in range(size >> 20):
            file.write(block)
    return path


def with_lying_bomb(path: Path, member: str, size: int) -> Path:
    """Like `with_bomb`, but the package declares the member to have 10 bytes and their checksum."""
    with_bomb(path, member, size)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(member)
        directory = archive.start_dir
    lie = struct.pack("<III", zlib.crc32(bytes(10)), entry.compress_size, 10)
    data[entry.header_offset + 14 : entry.header_offset + 26] = lie
    at = data.index(member.encode("ascii"), directory) - 46
    data[at + 16 : at + 28] = lie
    path.write_bytes(data)
    return path


def ole(path: Path, stream: str) -> Path:
    """A compound file as far as its readers look: the signature and the name of a stream."""
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + stream.encode("utf-16-le") + bytes(4096))
    return path
