"""Tests who is swapped with whom."""

import json

import numpy as np
import pytest

from facedancer.evaluation.settings import TaskSettings
from facedancer.evaluation.swaps.face_set import FaceSet, faces_of_records
from facedancer.evaluation.swaps.pairs import SwapPairs, draw_pairs, read_pairs, write_pairs
from facedancer.evaluation.swaps.task import prepare
from facedancer.utils.errors import UserError


def test_each_target_once_and_never_its_own_person(faces):
    pairs = draw_pairs(faces, faces, seed=3)
    assert sorted(pairs.targets) == list(range(12))
    assert (faces.identity[pairs.targets] != faces.identity[pairs.sources]).all()
    again, other = (draw_pairs(faces, faces, seed=seed) for seed in (3, 4))
    np.testing.assert_array_equal(pairs.sources, again.sources)
    assert (pairs.sources != other.sources).any()


def test_more_pairs_than_targets(faces):
    pairs = draw_pairs(faces, faces, seed=0, count=30)
    assert pairs.count == 30
    assert set(np.bincount(pairs.targets)) <= {2, 3}


def people(names, contents=(), **changes):
    """A set of faces, one each of these people; "" of nobody known."""
    known = dict.fromkeys(names)
    identity = [list(known).index(n) if n else 100 + row for row, n in enumerate(names)]
    return FaceSet(
        names=tuple(f"{name}_{row}" for row, name in enumerate(names)),
        identity=np.array(identity),
        side=64,
        read=None,
        place=None,
        origin=changes.pop("origin", {"names": list(names)}),
        people=tuple(names),
        contents=tuple(contents),
        **changes,
    )


def is_same(pairs, targets, sources):
    return [
        targets.people[t] == sources.people[s]
        for t, s in zip(pairs.targets, pairs.sources, strict=True)
    ]


def test_sources_of_another_set_may_be_anyone():
    targets, sources = people(["ann", "bob"]), people(["carl", "dora", "dora", "eve"])
    pairs = draw_pairs(targets, sources, seed=0, count=300)
    assert set(np.bincount(pairs.targets)) == {150}
    assert np.bincount(pairs.sources).min() > 50


def test_nobody_is_paired_with_themselves_in_two_sets_of_common_people(caplog):
    targets = people(["ann", "bob", "carl", "ann"])
    # Numbered otherwise, and of other pictures.
    sources = people(["dora", "carl", "bob", "ann", "ann"])
    pairs = draw_pairs(targets, sources, seed=0, count=400)
    assert not any(is_same(pairs, targets, sources))
    assert "3 people of the sources are among the targets" in caplog.text


def test_the_same_pictures_under_other_names(caplog):
    targets = people(["a.png", "b.png", "c.png"], ["1", "2", "3"])
    sources = people(["x/a.png", "x/a.png", "x/c.png"], ["9", "2", "3"])
    pairs = draw_pairs(targets, sources, seed=0, count=300)
    found = set(zip(pairs.targets.tolist(), pairs.sources.tolist(), strict=True))
    # b.png is a picture of x/a.png, so that the other one of theirs is not taken either.
    assert found == {(0, 0), (0, 1), (0, 2), (1, 2), (2, 0), (2, 1)}
    assert "2 people of the sources" in caplog.text


def test_the_same_shards_opened_twice(shards):
    targets, sources = faces_of_records(shards), faces_of_records(shards)
    pairs = draw_pairs(targets, sources, seed=0, count=300)
    assert (targets.identity[pairs.targets] != sources.identity[pairs.sources]).all()


def test_targets_with_nobody_to_swap_with(caplog):
    targets = people(["ann", "bob", "ann", "carl"])
    pairs = draw_pairs(targets, people(["ann"]), seed=0, count=30)
    assert set(pairs.targets) == {1, 3} and pairs.count == 30
    assert "2 of 4 targets show the only person of the sources: left out" in caplog.text
    with pytest.raises(UserError, match="all faces show one person"):
        draw_pairs(people(["ann"]), people(["ann", "ann"]), seed=0)


def test_pictures_of_nobody_known_are_told(caplog):
    unknown = people(["", "", "ann"])
    pairs = draw_pairs(unknown, unknown, seed=0, count=60)
    assert (pairs.targets != pairs.sources).all()
    assert "of 2 of 3 targets the person is not known" in caplog.text


def test_sources_that_are_the_targets(shards, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(shards)
    for sources in (str(shards), str(link), f"{shards}/"):
        config = TaskSettings(
            targets=str(shards), sources=sources, swapper="target", output=str(tmp_path / "out")
        )
        task = prepare(config)
        assert task.sources is task.targets


def test_a_list_that_pairs_somebody_with_themselves(tmp_path):
    targets, sources = people(["ann", "bob"]), people(["bob", "carl"])
    pairs = SwapPairs(np.array([0, 1]), np.array([1, 0]), seed=0)
    write_pairs(tmp_path / "pairs.json", pairs, targets, sources)
    with pytest.raises(UserError, match="pairs 1 of 2 targets .* the first bob_1 and bob_0: leave"):
        read_pairs(tmp_path / "pairs.json", targets, sources)


def test_saved_and_read(faces, tmp_path):
    pairs = draw_pairs(faces, faces, seed=5, count=7)
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
    with pytest.raises(UserError, match="is not a pair list"):
        read_pairs(path, faces, faces)
    path.write_text(json.dumps({"seed": 0, "pairs": [[faces.names[0], "elsewhere"]]}))
    with pytest.raises(UserError, match="source 'elsewhere', which is not among the 12"):
        read_pairs(path, faces, faces)


def test_a_list_that_is_nested_without_end_is_one_line(faces, tmp_path):
    (tmp_path / "pairs.json").write_text("[" * 10**5)
    with pytest.raises(UserError, match="is not a pair list"):
        read_pairs(tmp_path / "pairs.json", faces, faces)
