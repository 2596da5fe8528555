"""Cases: rows of case lists and written ones, whose they are, and what is told when nobody is named."""

import csv
from pathlib import Path

from ingest.source import Source
from tests.ingest.pipeline.parts import Site, case_text


def test_a_case_list_keeps_identity_by_external_id(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    def ingest(rows: list[tuple[str, str]]) -> dict[str, str]:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["编号", "企业", "主要做法"])
            writer.writerows((id, "青禾集团有限公司", text) for id, text in rows)
        owner = site.ingester.ingest_file(path, Source("默认", "a.csv"), replace=True).document
        with site.store.reading() as reader:
            return {str(n.properties["text"]): n.id for n in reader.nodes(owner=owner or "", label="Practice")}

    first = ingest([("A-1", "建立党员责任区"), ("A-2", "组织质量培训"), ("", "组织攻关"), ("", "组织攻关")])
    second = ingest([("A-2", "组织质量培训和考试"), ("", "组织攻关"), ("A-1", "建立党员责任区")])
    assert second["建立党员责任区"] == first["建立党员责任区"]
    assert second["组织质量培训和考试"] == first["组织质量培训"]


def test_repeated_texts_are_practices_of_their_own(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("企业,主要做法\n甲公司,建立党员责任区\n甲公司,建立党员责任区\n", encoding="utf-8")
    report = site.ingester.ingest_file(path, Source("默认", "a.csv"))
    with site.store.reading() as reader:
        assert len(list(reader.nodes(owner=report.document or "", label="Practice"))) == report.practices == 2


def test_a_case_in_traditional_characters_is_read_as_one_in_simplified(site: Site, tmp_path: Path) -> None:
    head = "單位：瀾滄精密製造有限公司\n行業：機械製造\n企業性質：民營企業\n"
    body = "黨支部組織骨幹到供應商現場分析退貨原因，提出建議350條，增效260萬元，每月回訪一次。"
    (tmp_path / "a.md").write_text(f"{head}\n{body}\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(f"單位名稱,行業,主要做法\n瀾滄公司,機械製造,{body}\n", encoding="utf-8")
    list(site.ingester.ingest_paths([tmp_path]))
    with site.store.reading() as reader:
        practices = [node.properties for node in reader.nodes(label="Practice")]
        outcomes = [node.properties["quote"] for node in reader.nodes(label="Outcome")]
    assert [each["text"] for each in practices] == [body, body]
    assert {each["industry"] for each in practices} == {"机械制造"}
    assert {each.get("ownership") for each in practices} == {"民营企业", None}
    assert outcomes.count("增效260萬元") == 2


def test_each_row_of_a_case_list_is_a_case(site: Site, tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text(case_text(1), encoding="utf-8")
    (tmp_path / "a.csv").write_text(
        "企业,主要做法\n甲公司,建立责任区\n甲公司,组织培训\n,开展攻关\n,评选标兵\n", encoding="utf-8"
    )
    list(site.ingester.ingest_paths([tmp_path]))
    with site.store.reading() as reader:
        cases = {
            node.properties["name"]: [text.facets["case"] for text in reader.texts(owner=node.id)]
            for node in reader.nodes(label="Document")
            if node.properties.get("name")
        }
    assert len(set(cases["a.csv"])) == 4
    assert len(cases["1.txt"]) == 3
    assert len(set(cases["1.txt"])) == 1


def test_organisations_are_shared_between_documents(site: Site, tmp_path: Path) -> None:
    for name, row in (
        ("a.csv", "青禾集团有限公司,炼钢厂,甲班,建立责任区"),
        ("b.csv", "青禾集团有限公司,炼钢厂,乙班,组织培训"),
    ):
        (tmp_path / name).write_text(f"集团,企业,班组,主要做法\n{row}\n", encoding="utf-8")
    list(site.ingester.ingest_paths([tmp_path / "a.csv", tmp_path / "b.csv"]))
    with site.store.reading() as reader:
        one, other = (set(text.facets["organization"]) for text in reader.texts())
        levels = sorted(str(node.properties["level"]) for node in reader.nodes(ids=sorted(one | other)))
    assert len(one & other) == 2
    assert levels == ["单位", "班组", "班组", "集团"]


def test_practices_of_nobody_are_told_of(site: Site, tmp_path: Path) -> None:
    rows = {
        "none.csv": ",建立责任区\n,组织培训",
        "some.csv": "甲公司,建立责任区\n,组织培训",
        "all.csv": "甲公司,组织培训",
    }
    for name, row in rows.items():
        (tmp_path / name).write_text(f"企业,主要做法\n{row}\n", encoding="utf-8")
    told = {report.source.name: report.warnings for report in site.ingester.ingest_paths([tmp_path])}
    assert "没有读出所属单位" in told["none.csv"][0]
    assert "没有读出 1 条做法的所属单位" in told["some.csv"][0]
    assert told["all.csv"] == ()


def test_many_rows_give_as_many_practices(site: Site, tmp_path: Path) -> None:
    rows = "\n".join(f"{number},甲公司,第{number}班建立党员责任区，每月检查{number}次" for number in range(1500))
    (tmp_path / "a.csv").write_text(f"编号,企业,主要做法\n{rows}\n", encoding="utf-8")
    report = site.ingester.ingest_file(tmp_path / "a.csv", Source("默认", "a.csv"))
    assert report.practices == 1500
    with site.store.reading() as reader:
        assert sum(1 for _ in reader.texts(owner=report.document or "")) == 1500
