"""`zhiwen evaluate alignment`: what it prints, what it writes, and what it says when something is missing."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from analysis.alignment import texts
from analysis.alignment.evaluate import METHODS
from analysis.alignment.metrics import MEASURES
from service.cli.app import run

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIWEN_HOME", str(tmp_path / "数据"))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def few_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Every eighth training text in place of all; how many of them may be held back."""
    folder = tmp_path / "training"
    folder.mkdir()
    for name in texts.FILES:
        lines = (texts.FOLDER / name).read_text(encoding="utf-8").splitlines()[::8]
        (folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    monkeypatch.setattr(texts.read_texts, "__defaults__", (folder,))
    return sum(text.held for text in texts.read_texts())


def _figures(report: dict[str, Any]) -> list[dict[str, float] | None]:
    return [
        figure
        for level in ("clauses", "requirements")
        for parts in report[level].values()
        for figures in parts.values()
        for figure in figures.values()
    ]


def test_the_test_texts_as_a_table_and_as_a_file(tmp_path: Path, capsys: Output) -> None:
    file = tmp_path / "数字.json"
    assert run(["evaluate", "alignment", "--on", "test", "--output", str(file)]) == 0
    shown = capsys.readouterr()
    for words in (
        "首位正确",
        "宏平均 F1",
        "不用线索",
        "仅字符片段",
        "仅看用词",
        "450 字起",
        "转述报道",
        "成效评价",
        "±",
    ):
        assert words in shown.out
    assert "数字.json" in shown.err.replace("\n", "")
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["on"] == "test"
    first = report["clauses"]["trained"]["all"]["first_right"]
    assert f"{first['value']:.3f} ±{(first['high'] - first['low']) / 2:.3f}".replace("0.", ".") in shown.out
    assert "…" not in shown.out, "a table does not fit 80 columns"
    assert f"文本 {report['parts']['all']['texts']} 条" in shown.out
    assert run(["evaluate", "alignment", "--on", "test", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == report


def test_the_cross_validation_runs_and_its_keys_are_stable(few_texts: int, capsys: Output) -> None:
    assert run(["evaluate", "alignment", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["on"] == "dev"
    assert report["model"] is None
    assert set(report) == {
        "on", "model", "interval", "parts", "clauses", "requirements", "per_clause", "per_requirement"
    }  # fmt: skip
    assert report["parts"]["all"]["texts"] == few_texts
    for level in ("clauses", "requirements"):
        assert tuple(report[level]) == METHODS
        for parts in report[level].values():
            assert set(parts) == set(report["parts"])
            assert all(set(figures) == set(MEASURES) for figures in parts.values())
    there = [figure for figure in _figures(report) if figure is not None]
    assert len(there) > 300
    assert all(0 <= figure["low"] <= figure["high"] <= 1 for figure in there)


def test_the_gold_set_as_before(capsys: Output) -> None:
    assert run(["evaluate", "alignment", "--on", "gold", "--json"]) == 0
    levels = json.loads(capsys.readouterr().out)
    assert set(levels) == {"clauses", "requirements"}
    assert set(levels["clauses"]) == {"first_right", "right_in_top_3", "micro_f1", "false_alarms", "wrongly_silent"}
    assert run(["evaluate", "alignment", "--on", "gold"]) == 0
    assert "做法 266 条" in capsys.readouterr().out


def test_what_is_missing_or_contradictory_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    assert run(["evaluate", "alignment", "--on", "test", "--gold", str(tmp_path)]) == 2
    assert "--gold 只用于 --on gold" in capsys.readouterr().err
    assert run(["evaluate", "alignment", "--on", "test", "--output", str(tmp_path / "无" / "a.json")]) == 2
    assert "不能写入" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "sklearn", None)
    assert run(["evaluate", "alignment", "--on", "dev"]) == 2
    assert "scikit-learn" in capsys.readouterr().err
    monkeypatch.setattr(texts.read_test_texts, "__defaults__", (tmp_path,))
    # Without scikit-learn the test texts are the default.
    assert run(["evaluate", "alignment"]) == 2
    said = capsys.readouterr().err.replace("\n", "")
    assert "test.jsonl" in said
    assert "不随安装包分发" in said
