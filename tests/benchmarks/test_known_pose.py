"""The table of known poses: by hand on numbers that are known."""

import numpy as np

from facedancer.benchmarks.known_pose import draw, markdown


def test_the_table_by_hand():
    poses = np.array([[-30.0, -10, 0], [0, 0, 0], [30, 10, 0], [10, 5, 0]])
    # Half of every turn, two degrees too high, one face not found.
    measured = 0.5 * poses + [0, 2, 0]
    measured[3] = np.nan
    table = markdown(measured, poses)
    assert "4 heads" in table and "75.0%" in table
    assert "| yaw | 1.000 | 10.0° | 0.50 | 0.0° |" in table
    assert "| pitch | 1.000 | 3.3° | 0.50 | 2.0° |" in table


def test_heads_are_drawn_and_chosen():
    crops, poses = draw(6)
    assert len(crops) == len(poses) <= 6
    assert crops.shape[1:] == (128, 128, 3)
    assert np.abs(poses[:, 0]).max() <= 45
