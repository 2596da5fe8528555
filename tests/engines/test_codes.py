"""Products in eight bits stay within the distance that they state, however rows come in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engines.embedded.codes import Codes
from engines.store import Vector

NUMBERS = st.floats(-1, 1, width=32)


def unit(rows: Vector) -> Vector:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Vector = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-6)
    return result


@given(
    arrays(np.float32, st.tuples(st.integers(1, 40), st.just(7)), elements=NUMBERS),
    arrays(np.float32, (1, 7), elements=NUMBERS).filter(lambda query: float(np.linalg.norm(query)) > 1e-3),
    st.integers(0, 40),
)
def test_a_product_is_no_farther_off_than_stated(rows: Vector, query: Vector, cut: int) -> None:
    matrix, asked = unit(rows), unit(query)[0]
    codes = Codes(7)
    cut = min(cut, len(matrix))
    codes.put(matrix[:cut], 0, cut)
    codes.put(matrix, cut, len(matrix))
    found, error, scale = codes.products(asked)
    true = matrix.astype(np.float64) @ asked.astype(np.float64)
    assert np.abs(found * scale - true).max() <= error * scale + 1e-5


def test_the_stated_distance_is_small_enough_to_be_of_use() -> None:
    generator = np.random.default_rng(1)
    matrix = unit(generator.normal(size=(5_000, 256)).astype(np.float32))
    codes = Codes(256)
    codes.put(matrix, 0, len(matrix))
    found, error, scale = codes.products(matrix[17])
    assert error * scale < 0.04
    assert int(found.argmax()) == 17
