"""Every bad file gets its code and a Chinese sentence on what to do, and the next file is read all the same."""

import errno
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.readers.document import SourceDocument
from ingest.readers.errors import REASONS, ReadFailed
from ingest.readers.limits import Limits
from ingest.readers.read import read_file
from ingest.readers.sandbox import ReaderWorker
from tests.ingest.readers.files import (
    W,
    docx,
    docx_raw,
    ole,
    package,
    para,
    with_bomb,
    with_lying_bomb,
    xlsx,
)

GOOD_ROWS = [["编号", "企业", "主要做法"], ["001", "甲公司", "党员骨干包片抓质量。"]]
Failing = Callable[[Path], ReadFailed]


def _empty(folder: Path) -> Path:
    path = folder / "空.docx"
    path.touch()
    return path


def _truncated_docx(folder: Path) -> Path:
    path = docx(folder / "截断.docx", para("正文" * 5000))
    path.write_bytes(path.read_bytes()[:-200])
    return path


def _truncated_xlsx(folder: Path) -> Path:
    path = xlsx(folder / "截断.xlsx", GOOD_ROWS)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def _flipped_docx(folder: Path) -> Path:
    """The directory is whole, the content is not."""
    path = docx(folder / "坏块.docx", para("质量文化" * 3000))
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("word/document.xml").header_offset
    data = bytearray(path.read_bytes())
    for at in range(start + 60, start + 90):
        data[at] ^= 0x5A
    path.write_bytes(data)
    return path


def _no_body(folder: Path) -> Path:
    return docx_raw(folder / "无正文.docx", "<?xml version='1.0'?><other/>")


def _broken_xml(folder: Path) -> Path:
    return docx_raw(folder / "残缺.docx", f"<?xml version='1.0'?><w:document xmlns:w='{W}'><w:body><w:p>")


def _random(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(random.Random(7).randbytes(50_000))
    return path


def _text_as_docx(folder: Path) -> Path:
    path = folder / "其实是文本.docx"
    path.write_text("质量文化建设", encoding="utf-8")
    return path


def _docx_as_txt(folder: Path) -> Path:
    return docx(folder / "其实是文档.txt", para("正文"))


def _xlsx_as_csv(folder: Path) -> Path:
    return xlsx(folder / "其实是工作簿.csv", GOOD_ROWS)


def _zip_as_docx(folder: Path) -> Path:
    return package(folder / "其实是压缩包.docx", {"a.txt": "正文"})


def _html_as_xls(folder: Path) -> Path:
    path = folder / "导出.xls"
    path.write_text("<html><table><tr><td>1</td></tr></table></html>", encoding="utf-8")
    return path


def _pdf(folder: Path) -> Path:
    path = folder / "说明.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(100))
    return path


def _mixed_encodings(folder: Path) -> Path:
    path = folder / "混合编码.txt"
    path.write_bytes("党建引领质量文化，凝聚全员力量。\n".encode("gb18030") + "质量文化建设要久久为功。\n".encode())
    return path


def _spaces(folder: Path) -> Path:
    path = folder / "空白.txt"
    path.write_text(" \n　\n\t\n", encoding="utf-8")
    return path


def _blank_docx(folder: Path) -> Path:
    return docx(folder / "空白.docx", para(" "))


def _huge(folder: Path) -> Path:
    path = folder / "很大.txt"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    return path


def _external_entity(folder: Path) -> Path:
    secret = folder / "secret.txt"
    secret.write_text("SECRET", encoding="utf-8")
    document = (
        f"<?xml version='1.0'?><!DOCTYPE d [<!ENTITY x SYSTEM '{secret.as_uri()}'>]>"
        f"<w:document xmlns:w='{W}'><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
    )
    return docx_raw(folder / "外部实体.docx", document)


def _entity_expansion(folder: Path) -> Path:
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    document = (
        f"<?xml version='1.0'?><!DOCTYPE d [<!ENTITY e0 'ha'>{entities}]>"
        f"<w:document xmlns:w='{W}'><w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>"
    )
    return docx_raw(folder / "实体膨胀.docx", document)


def _utf16_entity(folder: Path) -> Path:
    document = f"<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE d [<!ENTITY x 'y'>]><w:document xmlns:w='{W}'><w:body/></w:document>"
    return docx_raw(folder / "实体十六位.docx", document.encode("utf-16"))


def _utf7_entity(folder: Path) -> Path:
    document = f"<!DOCTYPE d [<!ENTITY x 'y'>]><w:document xmlns:w='{W}'><w:body/></w:document>"
    return docx_raw(folder / "实体七位.docx", b"<?xml version='1.0' encoding='UTF-7'?>" + document.encode("utf-7"))


def _xlsx_entity(folder: Path) -> Path:
    path = xlsx(folder / "表格实体.xlsx", GOOD_ROWS)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/extra.xml", "<?xml version='1.0'?><!DOCTYPE d [<!ENTITY x 'y'>]><d>&x;</d>")
    return path


def _deep_xml(folder: Path) -> Path:
    return docx(folder / "深层.docx", "<w:sdt>" * 400 + "</w:sdt>" * 400)


def _docx_bomb(folder: Path) -> Path:
    return with_bomb(docx(folder / "炸弹.docx", para("正文")), "word/media/x.bin", 300 << 20)


def _xlsx_bomb(folder: Path) -> Path:
    return with_bomb(xlsx(folder / "炸弹.xlsx", GOOD_ROWS), "xl/worksheets/sheet9.xml", 300 << 20)


def _ratio_bomb(folder: Path) -> Path:
    return with_bomb(docx(folder / "高压缩比.docx", para("正文")), "word/extra.xml", 32 << 20)


def _lying_bomb(folder: Path) -> Path:
    return with_lying_bomb(docx(folder / "谎报大小.docx", para("正文")), "word/extra.xml", 32 << 20)


def _many_members(folder: Path) -> Path:
    return package(
        folder / "成员过多.docx", {f"word/{n}.xml": "" for n in range(6_000)} | {"[Content_Types].xml": "<Types/>"}
    )


def _far_cell(folder: Path) -> Path:
    import openpyxl

    path = xlsx(folder / "远处单元格.xlsx", GOOD_ROWS)
    workbook = openpyxl.load_workbook(path)
    workbook.active["XFD1048576"] = "远"
    workbook.save(path)
    return path


def _wrong_columns(folder: Path) -> Path:
    return xlsx(folder / "错列.xlsx", [["编号", "企业", "备注一"], ["001", "甲公司", "无"]])


def _header_only(folder: Path) -> Path:
    path = folder / "只有表头.csv"
    path.write_text("编号,企业,主要做法\n", encoding="utf-8")
    return path


def _open_quote(folder: Path) -> Path:
    path = folder / "引号.csv"
    path.write_text('编号,企业,主要做法\n1,甲,"没有结尾\n2,乙,做法\n', encoding="utf-8")
    return path


def _bad_jsonl(folder: Path) -> Path:
    path = folder / "坏行.jsonl"
    path.write_text("{oops\n[1,2\n" + "[" * 100_000, encoding="utf-8")
    return path


def _fifo(folder: Path) -> Path:
    path = folder / "管道.txt"
    os.mkfifo(path)
    return path


def _loop(folder: Path) -> Path:
    path = folder / "循环.txt"
    path.symlink_to(path)
    return path


def _folder(folder: Path) -> Path:
    path = folder / "文件夹.docx"
    path.mkdir()
    return path


CASES: list[tuple[str, str, Callable[[Path], Path]]] = [
    ("empty_file", "0 字节", _empty),
    ("damaged_file", "另存", _truncated_docx),
    ("damaged_file", "另存", _truncated_xlsx),
    ("damaged_file", "word/document.xml", _flipped_docx),
    ("damaged_file", "没有 Word 正文", _no_body),
    ("damaged_file", "不是完整的 XML", _broken_xml),
    ("damaged_file", "不是 docx", lambda folder: _random(folder, "乱码.docx")),
    ("damaged_file", "不是 xlsx", lambda folder: _random(folder, "乱码.xlsx")),
    ("encoding_unknown", "UTF-8", lambda folder: _random(folder, "乱码.txt")),
    ("encoding_unknown", "GB18030 读到第 2 行", _mixed_encodings),
    ("type_mismatch", "纯文本", _text_as_docx),
    ("type_mismatch", "改为 docx", _docx_as_txt),
    ("type_mismatch", "改为 xlsx", _xlsx_as_csv),
    ("type_mismatch", "zip 压缩包", _zip_as_docx),
    ("type_mismatch", "网页", _html_as_xls),
    ("type_mismatch", "另存为 docx", lambda folder: ole(folder / "旧文档.docx", "WordDocument")),
    ("unsupported_format", "另存为 docx", lambda folder: ole(folder / "旧文档.doc", "WordDocument")),
    ("unsupported_format", "另存为 xlsx", lambda folder: ole(folder / "旧表.xls", "Workbook")),
    ("unsupported_format", "目前支持 docx", _pdf),
    ("unsupported_format", "扩展名", lambda folder: _random(folder, "无扩展名")),
    ("password_required", "密码", lambda folder: ole(folder / "加密.docx", "EncryptedPackage")),
    ("password_required", "密码", lambda folder: ole(folder / "加密.xlsx", "EncryptedPackage")),
    ("no_text", "没有可读的文字", _spaces),
    ("no_text", "没有可读的文字", _blank_docx),
    ("too_large", "100 MB，上限 50 MB", _huge),
    ("dtd_forbidden", "DTD", _external_entity),
    ("dtd_forbidden", "DTD", _entity_expansion),
    ("dtd_forbidden", "DTD", _utf16_entity),
    ("dtd_forbidden", "DTD", _utf7_entity),
    ("dtd_forbidden", "xl/extra.xml", _xlsx_entity),
    ("too_deep", "嵌套", _deep_xml),
    ("expands_too_far", "200 MB", _docx_bomb),
    ("expands_too_far", "200 MB", _xlsx_bomb),
    ("expands_too_far", "压缩比", _ratio_bomb),
    ("expands_too_far", "压缩比", _lying_bomb),
    ("expands_too_far", "5000 个", _many_members),
    ("out_of_memory", "多余单元格", _far_cell),
    ("columns_missing", "备注一", _wrong_columns),
    ("columns_missing", "改名为下列之一", _wrong_columns),
    ("no_rows", "表头下方", _header_only),
    ("damaged_file", "第 2 行", _open_quote),
    ("damaged_file", "每行一个 JSON", _bad_jsonl),
    ("not_a_file", "普通文件", _fifo),
    ("not_readable", "循环", _loop),
    ("is_directory", "文件夹", _folder),
    ("not_found", "找不到", lambda folder: folder / "没有这个文件.txt"),
]


@pytest.mark.parametrize(("code", "says", "make"), CASES, ids=[f"{code}-{at}" for at, (code, _, _) in enumerate(CASES)])
def test_a_bad_file_is_refused_and_the_next_one_read(
    code: str,
    says: str,
    make: Callable[[Path], Path],
    tmp_path: Path,
    failure: Failing,
    read: Callable[[Path], SourceDocument],
) -> None:
    bad = make(tmp_path)
    good = tmp_path / "good.md"
    good.write_text("# 好文件\n\n党员骨干包片抓质量。\n", encoding="utf-8")

    refused = failure(bad)

    assert refused.code == code
    assert says in refused.message
    assert refused.message.endswith("。")
    assert "请" in refused.message or "不得" in refused.message
    assert "SECRET" not in refused.message
    assert read(good).text == "好文件\n党员骨干包片抓质量。"


def test_a_long_file_name_is_refused(tmp_path: Path, failure: Failing) -> None:
    refused = failure(tmp_path / ("长" * 200 + ".txt"))

    assert refused.code == "not_readable"
    assert "文件名过长" in refused.message


def test_an_unreadable_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "no")

    path = tmp_path / "a.txt"
    path.write_text("x", encoding="utf-8")
    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, who may read everything

    with pytest.raises(ReadFailed, match="没有读取权限") as caught:
        read_file(path, path.name, Limits())

    assert caught.value.code == "not_readable"


@pytest.mark.parametrize(
    "name",
    [
        "案例．TXT",
        "a b\u3000c.TxT",
        "-rf.txt",
        "'; DROP.txt",
        "案例\n二.txt",
        "😀.txt",
        "..txt.txt",
        os.fsdecode(b"\xff\xfe.txt"),
    ],
)
def test_odd_names_are_no_obstacle(name: str, tmp_path: Path, worker: ReaderWorker) -> None:
    path = tmp_path / name
    path.write_text("党员骨干包片抓质量，废品率下降。", encoding="utf-8")

    document = worker.read(path, name)

    assert document.name == name
    assert document.text == "党员骨干包片抓质量，废品率下降。"
    document.title.encode("utf-8")


def test_every_reason_says_what_to_do() -> None:
    for code in REASONS:
        message = ReadFailed(code).message
        assert message.count("。") >= 2
        assert code not in message
