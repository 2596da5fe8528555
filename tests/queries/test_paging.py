"""Pages: together they are the list, whatever is stored or deleted in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.errors import BadCursor
from queries.paging import Key, page

KEYS = st.lists(st.tuples(st.floats(-1, 1), st.text(max_size=6)), unique=True, max_size=40)


def same(item: Key) -> Key:
    return item


@given(KEYS, st.integers(1, 7))
def test_pages_put_together_are_the_list(keys: list[tuple[float, str]], limit: int) -> None:
    keys = sorted(keys)
    seen: list[Key] = []
    cursor = None
    for _ in range(len(keys) + 1):
        taken, cursor = page(keys, same, "q", cursor, limit)
        assert len(taken) <= limit
        seen += taken
        if cursor is None:
            break
    assert seen == keys
    assert cursor is None


def test_what_is_deleted_or_added_before_the_cursor_shifts_nothing() -> None:
    _, cursor = page([(1.0, "a"), (2.0, "b"), (3.0, "c"), (4.0, "d")], same, "q", None, 2)
    taken, _ = page([(0.5, "new"), (1.0, "a"), (3.0, "c"), (4.0, "d")], same, "q", cursor, 2)
    assert taken == [(3.0, "c"), (4.0, "d")]


@pytest.mark.parametrize("cursor", ["", "x", "!!", "e30", "WzFd", "质量", "WyJhYmNkZWZnaCIsIm9uZSJd"])
def test_a_cursor_that_was_never_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        page([(1.0, "a")], same, "q", cursor, 1)


def test_the_cursor_of_another_question_is_refused() -> None:
    _, cursor = page([(1.0, "a"), (2.0, "b")], same, "one", None, 1)
    with pytest.raises(BadCursor):
        page([(1.0, "a"), (2.0, "b")], same, "two", cursor, 1)


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_refused_but_never_a_crash(cursor: str) -> None:
    with pytest.raises(BadCursor):
        page([(1.0, "a")], same, "q", cursor, 1)
