"""Index and query tokens: one form for every spelling, and questions without their question words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.tokens import index_tokens, query_tokens

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_MIXED = st.text(
    alphabet=st.sampled_from("质量文化的了吗请GBgb/T 32230—-.:，。（）《》ＡＢ１２㈱①éßİ😀\0\u200b\u3000"), max_size=60
)


@pytest.mark.parametrize(
    "spelling",
    [
        "GB/T 32230—2015",
        "GB/T32230-2015",
        "GB／T 32230－2015",
        "gb/t 32230–2015",
        "GBT 32230-2015",
        "ＧＢ/Ｔ32230：2015",
    ],
)
def test_every_spelling_of_a_number_gives_the_same_tokens(spelling: str) -> None:
    assert index_tokens(spelling) == ("gb", "t", "32230", "2015", "gb/t32230", "gb/t32230-2015")


def test_a_number_without_year_shares_its_key_with_the_dated_one() -> None:
    assert set(index_tokens("GB/T 32230")) < set(index_tokens("GB/T 32230—2015"))


@pytest.mark.parametrize(
    "spelling", ["粤组通〔2018〕44号", "粤组通[2018]44号", "粤组通（2018）44号", "粤组通〔２０１８〕44 号"]
)
def test_document_numbers_have_one_token(spelling: str) -> None:
    assert "粤组通〔2018〕44号" in index_tokens(spelling)


def test_han_runs_become_bigrams_and_the_rest_words() -> None:
    assert index_tokens("质量PDCA循环，党 5S 1,200元 99.1%") == (
        "质量", "pdca", "循环", "党", "5s", "1200", "元", "99.1",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "  ", "，。！？…", "《》（）", "\0\x1b\u200b", "😀😀", "\ud800"])
def test_text_without_words_has_no_tokens(text: str) -> None:
    assert index_tokens(text) == query_tokens(text) == ()


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("哪些做法可佐证『开展质量党建责任区』？", "开展质量党建责任区"),
        ("请问怎么开展质量文化培训？", "开展质量文化培训"),
        ("如何建立激励制度", "建立激励制度"),
        ("质量党员示范岗有哪些", "质量党员示范岗"),
        ("有没有供应商大会的案例？", "供应商大会"),
        ("which practices satisfy supplier training", "supplier training"),
        ("有的放矢", "有的放矢"),
        ("目的", "目的"),
    ],
)
def test_question_words_are_dropped(question: str, about: str) -> None:
    assert query_tokens(question) == index_tokens(about)


@pytest.mark.parametrize("text", ["哪些", "怎么", "的", "请问", "how to", "有哪些做法", "什么"])
def test_a_question_of_question_words_keeps_them(text: str) -> None:
    assert query_tokens(text) == index_tokens(text) != ()


@given(_MIXED)
def test_normalising_first_changes_nothing(text: str) -> None:
    assert index_tokens(unicodedata.normalize("NFKC", text)) == index_tokens(text)


@given(
    st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E) | st.sampled_from("质量文化"), max_size=40)
)
def test_width_changes_nothing(text: str) -> None:
    assert index_tokens(text.translate(_WIDE)) == index_tokens(text)


@given(st.text(max_size=80) | _MIXED)
def test_query_tokens_are_empty_only_when_index_tokens_are(text: str) -> None:
    assert bool(query_tokens(text)) == bool(index_tokens(text))


@given(st.text(max_size=80) | _MIXED)
def test_tokens_are_whole_words(text: str) -> None:
    assert all(token and not token.isspace() and " " not in token for token in index_tokens(text))


@given(
    st.integers(1, 99999),
    st.integers(1950, 2099),
    st.sampled_from(["-", "—", "–", "－", " — "]),
    st.sampled_from(["", " "]),
)
def test_spacing_and_dashes_of_standards_do_not_matter(number: int, year: int, dash: str, space: str) -> None:
    assert index_tokens(f"依据GB/T{space}{number}{dash}{year}执行") == index_tokens(f"依据GB／T {number}—{year}执行")
