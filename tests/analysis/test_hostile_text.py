"""Texts that nobody means: every parser reads them without an error, and in linear time or they would never end."""

import pytest

from analysis.annotate import Annotator
from analysis.citations import CitationFinder
from analysis.concepts import LabelIndex
from analysis.dates import find_date, parse_date
from analysis.organizations import find_organization, level_of, split_levels
from analysis.outcomes import find_outcomes
from analysis.sentences import split_sentences
from analysis.tokens import index_tokens, query_tokens

_UNITS = [
    "质量文化建设党员", "一", "1", "《", "《》", "（", "“（《", "1,", "35%", "35%，", "GB/T 1.1、", "GB/T 20001.1、.2", "😀", "Ａ１", "\0\x1b\u200b",
    "零投诉、", "粤〔2018〕4号", "党章第三十条", " ", "\n", "万亿", "三成", "的", "哪些", "请", "请帮我", "提升", "1.", "率下降35%", "由9%提升至", "A、B和",
    "分别增长8%和", "力争", "》”）", "T/", "公司", "集团有限", "\ud800",
]  # fmt: skip
_LONG = 20_000


@pytest.mark.parametrize("unit", _UNITS, ids=ascii)
def test_every_parser_survives(unit: str, annotator: Annotator, finder: CitationFinder, labels: LabelIndex) -> None:
    text = unit * (_LONG // len(unit))
    for work in (
        index_tokens, query_tokens, split_sentences, find_outcomes, find_date, parse_date, level_of, split_levels, find_organization,
        annotator.annotate, finder.find, labels.find,
    ):  # fmt: skip
        work(text)


def test_a_megabyte_without_punctuation(annotator: Annotator, finder: CitationFinder) -> None:
    text = "质量文化建设由党员带头合格率达到99.5%获专利12项依据GB/T 32230的5.3条" * 11_000
    assert len(text.encode()) > 1_000_000
    assert len(split_sentences(text)) == 1
    assert len(finder.find(text)) == 11_000
    assert len(find_outcomes(text)) > 20_000
    assert len(annotator.annotate(text[:100_000])) > 4000
    assert len(index_tokens(text)) > 300_000
