"""Crops for another system: what it gives back is read as the same pairs."""

import numpy as np

from facedancer.evaluation.swaps.pairs import draw_pairs
from facedancer.evaluation.swaps.picture_sets import write_inputs
from facedancer.evaluation.swaps.swappers import is_results, load_results, load_swapper
from facedancer.evaluation.swaps.task import SwapTask
from facedancer.utils.images import write_image


def test_crops_of_shards_by_pair(faces, tmp_path):
    pairs = draw_pairs(faces, faces, seed=3, count=17)  # more than there are faces
    task = SwapTask(faces, faces, pairs, load_swapper("target", ""))
    write_inputs(task, tmp_path, batch_size=4)
    rows = np.arange(17)
    for role, numbers in (("target", pairs.targets), ("source", pairs.sources)):
        assert is_results(str(tmp_path / role))
        read_back = load_results(str(tmp_path / role), faces, pairs)
        crops = faces.read(numbers)
        np.testing.assert_array_equal(read_back.swap(crops, crops, rows), crops)


def test_what_is_written_stays(faces, tmp_path):
    pairs = draw_pairs(faces, faces, seed=3, count=4)
    task = SwapTask(faces, faces, pairs, load_swapper("target", ""))
    write_inputs(task, tmp_path, batch_size=2)
    touched = tmp_path / "target" / "000000.png"
    write_image(touched, np.zeros((8, 8, 3), np.uint8))
    kept = touched.read_bytes()
    (tmp_path / "source" / "000003.png").unlink()
    write_inputs(task, tmp_path, batch_size=2)
    assert touched.read_bytes() == kept and (tmp_path / "source" / "000003.png").is_file()
