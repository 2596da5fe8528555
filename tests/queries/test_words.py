"""Words, wordings and slips: what a query is cut into, and what it is looked for as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.tokens import index_tokens
from queries.rewording import lemma, spoken, translated
from queries.slips import SlipFinder
from queries.words import Unit, heaviest, pieces, units_held, units_known, word_weight


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("供应商质量会议", ["供应商", "质量", "会议"]),
        ("改进意见", ["改进", "意见"]),
        ("QC小组", ["小组"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_known_words(text: str, words: list[str]) -> None:
    assert [piece.word for piece in pieces(text)] == words


@given(st.text(alphabet="质量党建供应商员工的了饸饹a1 ，", max_size=40))
def test_pieces_put_together_are_the_ideographs_of_the_text(text: str) -> None:
    cut = list(pieces(text))
    assert "".join(piece.word for piece in cut) == "".join(each for each in text if "一" <= each <= "鿿")
    assert all(text[piece.start : piece.end] == piece.word for piece in cut)


def test_a_unit_is_held_in_any_of_its_wordings_and_in_part() -> None:
    unit = Unit((("老师傅",), ("员工",), ("一线", "职工")))
    assert unit.held(set(index_tokens("员工提出建议"))) == 1
    assert unit.held(set(index_tokens("质量"))) == 0
    assert 0 < unit.held(set(index_tokens("一线班组"))) < 1
    other = Unit((("饸饹",),))
    share, met = units_held((unit, other), set(index_tokens("员工")))
    assert met == 1
    assert share == pytest.approx(unit.weight / (unit.weight + other.weight))
    assert units_held((), {"质量"}) == (0.0, 0.0)
    assert units_known((unit,)) == 1
    assert units_known((other,)) == 0


def test_rare_words_weigh_more() -> None:
    assert word_weight("质量") < word_weight("饸饹")


def test_the_heaviest_tokens_stay_in_their_order() -> None:
    tokens = ("质量", "供应", "饸饹", "应商")
    assert heaviest(tokens, 4) == tokens
    assert heaviest(tokens, 2) == ("供应", "应商")


@pytest.mark.parametrize(
    ("english", "first"),
    [
        ("suppliers", "供应商"),
        ("quality circles", "QC小组"),
        ("improving", "改进"),
        ("party members", "党员"),
        ("party branches", "党支部"),
        ("policies", "方针"),
    ],
)
def test_english_is_translated_in_any_number_and_tense(english: str, first: str) -> None:
    assert [each.wordings[0] for each in translated(english)] == [first]


def test_the_longest_phrase_is_translated_once() -> None:
    found = translated("supplier quality meeting of the party branch")
    assert [each.wordings[0] for each in found] == ["供应商", "质量会议", "党支部"]
    assert translated("of the and") == ()


def test_different_words_keep_different_stems() -> None:
    assert lemma("process") == lemma("processes")
    assert len({lemma(word) for word in ("plan", "plant", "point", "post", "process")}) == 5


def test_the_longest_spoken_phrase_is_reworded_once() -> None:
    text = "让老师傅提改进意见"
    found = spoken(text)
    assert [text[each.start : each.end] for each in found] == ["老师傅", "提改进意见"]
    assert all(each.wordings for each in found)


@given(st.text(alphabet="质量党建公应商里念合化的了a《》李王师傅", max_size=30))
def test_suggestions_never_touch_each_other_or_what_is_taken(text: str) -> None:
    finder = SlipFinder(["供应商"])
    taken = [(0, min(3, len(text)))]
    found = finder.find(text, taken)
    reached = taken[0][1]
    for each in found:
        assert each.start >= reached
        assert text[each.start : each.end] == each.typed != each.meant
        assert len(each.typed) == len(each.meant)
        reached = each.end
