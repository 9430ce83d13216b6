"""The sample grid as one picture."""

import numpy as np
import pytest

from facedancer.training.watching.samples import draw_grid


@pytest.mark.parametrize("side", [64, 256])
def test_columns_stand_side_by_side_under_their_names(side):
    rng = np.random.default_rng(0)
    columns = {
        name: rng.uniform(-1, 1, (2, side, side, 3)) for name in ("target", "reconstruction")
    }
    grid = draw_grid(columns)
    top = side // 8
    assert grid.shape == (top + 2 * side, 2 * side, 3) and grid.dtype == np.uint8
    for number, images in enumerate(columns.values()):
        column = grid[:, number * side : (number + 1) * side]
        np.testing.assert_allclose(
            column[top:].reshape(2, side, side, 3) / 127.5 - 1, images, atol=0.5 / 127.5 + 1e-6
        )
        # The name is there, and whole: nothing of it touches the strip's right edge.
        assert column[:top].max() > 128
        assert not column[:top, -1].any()
