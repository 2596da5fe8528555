"""The command line as people and programs use it: a real process each time."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ZHIWEN = str(Path(sys.executable).parent / "zhiwen")
CASE = (
    "# 澜川泵业质量责任区\n\n企业：澜川泵业有限公司\n\n"
    "公司党总支牵头，在装配车间划出五个质量责任区，每区由一名党员包保，负责首件确认、过程巡查和异常报告。"
    "责任区的边界、包保人和当月指标写在入口的看板上，班后公布返工单，季度末返工率下降28%。\n"
)


class Site:
    """A home of its own, and the command run in it."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = {"ZHIWEN_HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        return subprocess.run(
            [ZHIWEN, *words], env=environment, input=stdin, capture_output=True, encoding="utf-8", timeout=120
        )

    def json(self, *words: str) -> Any:
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with one case and one case list."""
    folder = tmp_path_factory.mktemp("site 一厂")
    made = Site(folder / "home")
    cases = folder / "材料"
    (cases / "下级").mkdir(parents=True)
    (cases / "责任区.md").write_text(CASE, encoding="utf-8")
    rows = "编号,企业,行业,案例名称,主要做法\n"
    rows += "A-1,岭源化工有限公司,化工,供应商质量大会,公司每季度召开供应商质量大会，向三十家供应商讲解质量价值观和质量方针，会后签订承诺书。\n"
    rows += "A-2,岭源化工有限公司,化工,QC小组,党员牵头成立QC小组，全员参与改善，全年提出改善提案1286件，采纳率由41%提升至63%。\n"
    (cases / "下级" / "清单.csv").write_text(rows, encoding="utf-8")
    done = made.run("ingest", str(cases), "--collection", "一厂", "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["stored", "stored"]
    assert all({"source", "status", "code", "message", "document", "practices"} <= line.keys() for line in lines)
    return made


def test_ingest_again_is_unchanged_and_other_content_replaces(site: Site, tmp_path: Path) -> None:
    other = Site(tmp_path / "home")
    file = tmp_path / "a.md"
    file.write_text(CASE, encoding="utf-8")
    states = []
    for content in (CASE, CASE, CASE + "\n下半年推广到三个车间，由党员骨干带头攻关两项质量难题。\n"):
        file.write_text(content, encoding="utf-8")
        states.append(json.loads(other.run("ingest", str(file), "--json").stdout)["status"])
    assert states == ["stored", "unchanged", "replaced"]
    assert len(other.json("documents")) == 1


def test_a_bad_file_among_good_ones_ends_with_1_and_only_bad_ones_with_2(tmp_path: Path) -> None:
    site = Site(tmp_path / "home")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").write_text(CASE, encoding="utf-8")
    (tmp_path / "in" / "b.docx").write_bytes(b"PK\x03\x04broken")
    mixed = site.run("ingest", str(tmp_path / "in"), "--json")
    assert mixed.returncode == 1
    assert {(line["status"], line["code"]) for line in map(json.loads, mixed.stdout.splitlines())} >= {
        ("failed", "damaged_file")
    }
    bad = site.run("ingest", str(tmp_path / "in" / "b.docx"))
    assert bad.returncode == 2
    assert "b.docx" in bad.stdout + bad.stderr
    missing = site.run("ingest", str(tmp_path / "nowhere"))
    assert missing.returncode == 2


def test_search_for_people_and_programs(site: Site) -> None:
    answer = site.json("search", "供应商大会")
    assert answer["results"][0]["practice"]["external_id"] == "A-1"
    assert answer["results"][0]["evidence"][0]["quote"]
    shown = site.run("search", "供应商大会").stdout
    assert "供应商质量大会" in shown
    assert "系统建议（待核） 佐证" in shown
    assert "出处：" in shown
    assert "未找到相关做法" in site.run("search", "今天天气怎么样").stdout


def test_match_from_an_argument_and_from_standard_input(site: Site) -> None:
    answer = site.json("match", "车间划出质量责任区，每区由一名党员包保。", "--limit", "3")
    assert answer["clauses"][0]["id"] == "execution"
    assert len(answer["clauses"]) == 3
    piped = site.run("match", "-", stdin="车间划出质量责任区，每区由一名党员包保。")
    assert "开展质量党建责任区" in piped.stdout
    empty = site.run("match", "  ")
    assert empty.returncode == 2


def test_trace_coverage_clauses_show(site: Site) -> None:
    trace = site.json("trace", "gbt-32230", "--depth", "1")
    assert {"from", "to", "kind", "certainty"} <= trace["edges"][0].keys()
    assert "本系统推断" in site.run("trace", "gbt-32230").stdout
    coverage = site.json("coverage", "--organization", "澜川泵业有限公司")
    assert coverage["practices"] >= 1
    assert coverage["likely"] >= 1
    assert "暂未见佐证材料" in site.run("coverage", "--collection", "一厂").stdout
    assert "execution-6" in site.run("clauses").stdout
    assert "说明未载" in site.run("show", "t-efficacy").stdout
    assert site.json("show", "execution-6")["node"]["label"] == "Requirement"


def test_documents_are_listed_and_deleted(tmp_path: Path) -> None:
    site = Site(tmp_path / "home")
    (tmp_path / "a.md").write_text(CASE, encoding="utf-8")
    site.run("ingest", str(tmp_path / "a.md"), "--collection", "甲")
    (document,) = site.json("documents", "--collection", "甲")
    assert document["id"].startswith("doc-")
    assert site.run("delete", document["id"]).returncode == 0
    assert site.json("documents") == []
    assert site.run("delete", document["id"]).returncode == 2
    site.run("ingest", str(tmp_path / "a.md"), "--collection", "甲")
    assert site.run("delete", "--collection", "甲").returncode == 0
    assert site.json("documents") == []


def test_a_decision_is_kept_through_replacement_and_rebuild(tmp_path: Path) -> None:
    site = Site(tmp_path / "home")
    file = tmp_path / "a.md"
    file.write_text(CASE, encoding="utf-8")
    site.run("ingest", str(file))
    practice = site.json("search", "质量责任区")["results"][0]["practice"]["id"]
    done = site.run("review", practice, "execution-6", "--accept", "--by", "质量部 审核员", "--comment", "现场看过")
    assert done.returncode == 0, done.stderr
    assert site.json("coverage")["covered"] == 1
    file.write_text(
        CASE + "\n此外，食堂改造于五月完成，供应窗口由四个增加到六个，排队时间缩短；后勤部门每周公布菜单，"
        "并在入口设意见箱收集员工对口味和价格的看法，每月集中答复一次，答复结果贴在公告栏上。\n",
        encoding="utf-8",
    )
    assert site.run("ingest", str(file)).returncode == 0
    assert site.json("coverage")["covered"] == 1
    assert site.run("rebuild").returncode == 0
    results = site.json("search", "质量责任区", "--status", "accepted")["results"]
    assert results[0]["practice"]["id"] == practice


def test_backup_and_restore(site: Site, tmp_path: Path) -> None:
    copy = tmp_path / "备份.zip"
    assert site.run("backup", str(copy)).returncode == 0
    other = Site(tmp_path / "other")
    assert other.run("restore", str(copy)).returncode == 0
    assert [document["id"] for document in other.json("documents")] == [
        document["id"] for document in site.json("documents")
    ]
    again = other.run("restore", str(copy))
    assert again.returncode == 2
    assert other.run("restore", __file__).returncode == 2


@pytest.mark.parametrize("form", ["csv", "jsonl", "ttl"])
def test_export(site: Site, form: str, tmp_path: Path) -> None:
    target = tmp_path / f"out.{form}"
    assert site.run("export", "--format", form, "--output", str(target)).returncode == 0
    text = target.read_text(encoding="utf-8-sig")
    assert {"csv": "系统建议（待核）", "jsonl": '"requirements"', "ttl": "@prefix"}[form] in text


def test_doctor_finds_a_healthy_site_and_a_bad_overlay(site: Site, tmp_path: Path) -> None:
    healthy = site.run("doctor")
    assert healthy.returncode == 0, healthy.stdout
    other = Site(tmp_path / "home")
    (other.home / "ontology").mkdir(parents=True)
    (other.home / "ontology" / "错.ttl").write_text("this is not Turtle", encoding="utf-8")
    ill = other.run("doctor")
    assert ill.returncode == 1
    assert "错.ttl" in ill.stdout


def test_doctor_misses_an_original(tmp_path: Path) -> None:
    site = Site(tmp_path / "home")
    (tmp_path / "a.md").write_text(CASE, encoding="utf-8")
    site.run("ingest", str(tmp_path / "a.md"))
    for file in (site.home / "files").iterdir():
        if len(file.name) == 64:
            file.unlink()
    ill = site.run("doctor")
    assert ill.returncode == 1
    assert "原始文件" in ill.stdout


def test_every_command_explains_itself_in_chinese() -> None:
    names = [
        "ingest",
        "documents",
        "delete",
        "search",
        "match",
        "trace",
        "coverage",
        "export",
        "rebuild",
        "backup",
        "restore",
        "doctor",
        "serve",
        "show",
        "clauses",
        "review",
        "key",
        "samples",
    ]
    site = Site(Path("/nonexistent"))
    overview = site.run("--help").stdout
    for name in names:
        assert name in overview
        shown = site.run(name, "--help").stdout
        assert any("一" <= character <= "鿿" for character in shown), name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serach", "x"), "没有命令 serach"),
        (("search",), "缺少"),
        (("search", "a", "b"), "多出了参数"),
        (("search", "a", "--limit", "many"), "不是数字"),
        (("search", "a", "--limit", "0"), "应不小于 1"),
        (("search", "a", "--colour", "red"), "没有选项 --colour"),
        (("search", "质量", "--clause", "nowhere"), "nowhere"),
        (("show", "nowhere"), "nowhere"),
        (("coverage", "--organization", "无此单位"), "无此单位"),
    ],
)
def test_mistakes_are_answered_in_chinese_with_exit_code_2(site: Site, words: tuple[str, ...], said: str) -> None:
    done = site.run(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    environment = {"ZHIWEN_HOME": str(tmp_path), "ZHIWEN_PROT": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([ZHIWEN, "documents"], env=environment, capture_output=True, encoding="utf-8", timeout=60)
    assert done.returncode == 2
    assert "ZHIWEN_PROT" in done.stderr
