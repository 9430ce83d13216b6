"""Who is swapped with whom."""

import json

import numpy as np
import pytest

from facedancer.evaluation.swaps.swap_pairs import draw_pairs, read_pairs, write_pairs
from facedancer.utils.cli import UserError


def test_each_target_once_and_never_its_own_person(faces):
    pairs = draw_pairs(faces, faces, True, seed=3)
    assert sorted(pairs.targets) == list(range(12))
    assert (faces.identity[pairs.targets] != faces.identity[pairs.sources]).all()
    again, other = (draw_pairs(faces, faces, True, seed=seed) for seed in (3, 4))
    np.testing.assert_array_equal(pairs.sources, again.sources)
    assert (pairs.sources != other.sources).any()


def test_more_pairs_than_targets(faces):
    pairs = draw_pairs(faces, faces, True, seed=0, count=30)
    assert pairs.count == 30
    assert set(np.bincount(pairs.targets)) <= {2, 3}


def test_sources_of_another_set_may_be_anyone(faces):
    pairs = draw_pairs(faces, faces, False, seed=0, count=300)
    same = faces.identity[pairs.targets] == faces.identity[pairs.sources]
    assert 0.15 < same.mean() < 0.35


def test_saved_and_read(faces, tmp_path):
    pairs = draw_pairs(faces, faces, True, seed=5, count=7)
    write_pairs(tmp_path / "pairs.json", pairs, faces, faces)
    found = read_pairs(tmp_path / "pairs.json", faces, faces)
    np.testing.assert_array_equal(found.targets, pairs.targets)
    np.testing.assert_array_equal(found.sources, pairs.sources)
    assert found.seed == 5


def test_bad_lists(faces, tmp_path):
    path = tmp_path / "pairs.json"
    with pytest.raises(UserError, match="no such pair list"):
        read_pairs(path, faces, faces)
    path.write_text("{}")
    with pytest.raises(UserError, match="is no pair list"):
        read_pairs(path, faces, faces)
    path.write_text(json.dumps({"seed": 0, "pairs": [[faces.names[0], "elsewhere"]]}))
    with pytest.raises(UserError, match="source 'elsewhere', which is not among the 12"):
        read_pairs(path, faces, faces)
