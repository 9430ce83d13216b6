"""The set for detectors: what it says of itself is so."""

import dataclasses
import json

import numpy as np
import pytest

from facedancer.evaluation.swaps.pairs import draw_pairs
from facedancer.evaluation.swaps.picture_sets import write_fakes
from facedancer.evaluation.swaps.swappers import PairSwapper
from facedancer.evaluation.swaps.task import SwapTask
from facedancer.inference.blending.colour import DEFAULT_COLOUR, match_colours
from facedancer.utils.images import read_image


@pytest.fixture
def task(faces):
    swapped = []

    def negative(targets, sources, numbers):
        swapped.extend(numbers.tolist())
        return 255 - targets

    pairs = draw_pairs(faces, faces, seed=2, count=5)
    return SwapTask(
        faces, faces, pairs, PairSwapper("negative", {"kind": "test"}, negative)
    ), swapped


def test_fakes_differ_where_the_mask_says(task, tmp_path):
    task, swapped = task
    manifest = write_fakes(task, tmp_path, batch_size=2)
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert [line["pair"] for line in lines] == swapped == list(range(5))
    for line in lines:
        real, fake, mask = (read_image(tmp_path / line[k]) for k in ("real", "fake", "mask"))
        number = task.targets.names.index(line["target"])
        np.testing.assert_array_equal(real, task.targets.read([number])[0])
        weight = mask / 255
        assert (mask == 0).any() and (mask == 255).any()
        np.testing.assert_array_equal(fake[mask == 0], real[mask == 0])
        new = match_colours(255 - real, real, weight[..., 0], DEFAULT_COLOUR)
        expected = weight * new.astype(float) + (1 - weight) * real
        np.testing.assert_allclose(fake, expected, atol=2)
        assert np.shape(line["landmarks"]) == (5, 2)
        assert line["seed"] == 2 and line["swapper"] == {"kind": "test"}


def test_what_is_written_stays(task, tmp_path):
    task, swapped = task
    write_fakes(task, tmp_path, batch_size=2)
    (tmp_path / "fake" / "000003.png").unlink()
    swapped.clear()
    write_fakes(task, tmp_path, batch_size=2)
    assert swapped == [3]


def test_what_another_swapper_wrote_does_not(task, tmp_path):
    task, swapped = task
    write_fakes(task, tmp_path, batch_size=2)
    swapped.clear()
    other = dataclasses.replace(task.swapper, origin={"kind": "other"})
    task = dataclasses.replace(task, swapper=other)
    write_fakes(task, tmp_path, batch_size=2)
    assert swapped == list(range(5))
    write_fakes(task, tmp_path, batch_size=2)
    assert swapped == list(range(5))
