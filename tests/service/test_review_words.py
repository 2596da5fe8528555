"""Words as people type them: widths, blanks, case and remarks in brackets never change what is meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.review_words import CORRECT, HEADINGS, OUTCOME, VERDICT, column_of, relation_of, verdict_of

_BLANKS = st.text(alphabet=" \u3000\t\n", max_size=3)


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(st.sampled_from(sorted({*VERDICT, *VERDICT.values(), CORRECT})), _BLANKS, _BLANKS, st.booleans())
def test_a_verdict_is_known_however_it_is_typed(word: str, before: str, after: str, wide: bool) -> None:
    typed = before + (_wide(word.upper()) if wide else word) + after
    assert verdict_of(typed) == verdict_of(word) is not None


@given(st.sampled_from(sorted(HEADINGS)), _BLANKS, st.sampled_from(["", "（必填）", "(请填)", "：", "*"]))
def test_a_heading_is_known_with_its_remarks(column: str, blank: str, remark: str) -> None:
    for name in HEADINGS[column]:
        assert column_of(blank + _wide(name) + remark) == column


@given(st.text(max_size=20))
def test_other_words_mean_nothing_rather_than_something(text: str) -> None:
    assert verdict_of(text) in {None, *VERDICT, CORRECT}
    assert relation_of(text) in {None, "full", "partial", "none"}
    assert column_of(text) in {None, *HEADINGS}


@pytest.mark.parametrize(
    ("written", "status"),
    [(word, "accepted") for word in ("√", "✔", " 同 意", "通过")] + [(word, "rejected") for word in ("×", "不同意")],
)
def test_signs_and_words_of_habit_are_known(written: str, status: str) -> None:
    assert verdict_of(written) == status


@pytest.mark.parametrize("text", ["", "x", "是", "也许", "采信吗", "不", "待定", "full?"])
def test_what_is_not_clear_is_not_guessed(text: str) -> None:
    assert verdict_of(text) is None
    assert relation_of(text) is None


def test_no_word_says_that_anything_is_met() -> None:
    for word in (*OUTCOME.values(), *VERDICT.values()):
        assert "满足" not in word
