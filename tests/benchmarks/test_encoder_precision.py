"""The benchmark of the encoder's precision: what moves, told by numbers that are known."""

import numpy as np
import pytest

from facedancer.benchmarks.encoder_precision import compare, markdown


def codes(angle: float) -> dict[str, np.ndarray]:
    """Two pictures' codes at an angle to the first axis, in radians."""
    row = np.array([[np.cos(angle), np.sin(angle)]] * 2, np.float32)
    return {"conv2_block1_out": row[:, None, None, :], "embedding": row}


def test_moves_are_shares_of_the_distance_in_float32():
    still, one, other = codes(0.0), codes(0.5), codes(0.52)
    moves = compare("dlib", "two people", (still, one), (still, other))
    before, after = 1 - np.cos(0.5), 1 - np.cos(0.52)
    assert moves.least == pytest.approx(before, rel=1e-4)
    assert moves.mean == pytest.approx(after / before - 1, rel=1e-3)
    assert moves.pair == pytest.approx(after / before - 1, rel=1e-3)
    assert moves.cosine == pytest.approx(after - before, rel=1e-3)
    share, cosine = after / before - 1, after - before
    assert markdown(7, [moves]).splitlines()[-1] == (
        f"| dlib | two people | {before:.4f} | {share:.2%} | {share:.2%} | {cosine:.4f} |"
    )
