"""Sentences end where they end, never inside brackets, numbers or titles, and offsets are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sentences import split_sentences


def _texts(text: str) -> list[str]:
    return [span.text for span in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "合格率达99.1%。遵循GB/T 1.1和GB/T 20001.10；好！",
            ["合格率达99.1%。", "遵循GB/T 1.1和GB/T 20001.10；", "好！"],
        ),
        ("学习《质量？还是数量！》一文。有体会", ["学习《质量？还是数量！》一文。", "有体会"]),
        ("措施（一是培训；二是考核。）落实了。", ["措施（一是培训；二是考核。）落实了。"]),
        ("他说：“质量是命。不能松。”大家赞成。", ["他说：“质量是命。不能松。”", "大家赞成。"]),
        ("“质量第一！”的口号响起。好", ["“质量第一！”的口号响起。", "好"]),
        ("真的？！太好了！！走", ["真的？！", "太好了！！", "走"]),
        ("第一行\n第二行\r\n第三行", ["第一行", "第二行", "第三行"]),
        ("  前后有空格。  \u3000下一句  ", ["前后有空格。", "下一句"]),
        ("（没有关上。后面照样分句。最后", ["（没有关上。", "后面照样分句。", "最后"]),
        ("多了一个）括号。第二句。", ["多了一个）括号。", "第二句。"]),
        ("“没关。“关了。”又一句。", ["“没关。", "“关了。”", "又一句。"]),
        ("《甲（乙。丙》丁。戊）己。", ["《甲（乙。丙》丁。", "戊）己。"]),
        ("《外《内。》外。》后。末", ["《外《内。》外。》后。", "末"]),
        ("", []),
        ("\n \n", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert _texts(text) == sentences


def test_a_pair_across_lines_or_too_long_protects_nothing() -> None:
    assert len(_texts("（甲。\n乙）丙。")) == 2
    assert len(_texts("“" + "一句话。" * 200 + "”")) > 190


@given(
    st.text(alphabet=st.sampled_from("质量。！？；;!?《》（）()“”「」『』\n\r\u2028 a1."), max_size=120)
    | st.text(max_size=120)
)
def test_spans_are_exact_ordered_and_lose_only_white_space(text: str) -> None:
    spans = split_sentences(text)
    position = 0
    for span in spans:
        assert text[span.start : span.end] == span.text == span.text.strip() != ""
        assert not text[position : span.start].strip()
        position = span.end
    assert not text[position:].strip()
