"""Swaps that swap nothing: what they score is what a wrong result can reach."""

import numpy as np
import pytest

from facedancer.evaluation.metrics.background import psnr_outside
from facedancer.evaluation.swaps.swappers import TRIVIAL, load_swapper


@pytest.mark.parametrize("name", TRIVIAL)
def test_form_and_name(name):
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 256, (3, 64, 64, 3), np.uint8)
    sources = rng.integers(0, 256, (3, 96, 96, 3), np.uint8)
    swapper = load_swapper(name, "")
    swaps = swapper.swap(targets, sources, np.arange(3))
    assert swaps.shape == targets.shape and swaps.dtype == np.uint8
    assert swapper.name == f"output = {name}" and "trivial" in swapper.origin["kind"]
    assert (psnr_outside(targets, swaps) == 100).all() == (name == "target")


def test_what_is_left_of_the_target():
    targets = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    blur, grey = (
        load_swapper(name, "").swap(targets, targets, np.arange(2)) for name in ("blur", "grey")
    )
    assert grey.std() == 0 and 0 < blur.std() < 0.2 * targets.std()
    np.testing.assert_allclose(blur.mean((1, 2)), targets.mean((1, 2)), atol=3)
