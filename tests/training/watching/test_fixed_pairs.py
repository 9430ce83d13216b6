"""The pairs that a run is judged by: always the same, and of two people where there are two."""

import dataclasses
import logging

import numpy as np
import pytest

from facedancer.dataset.shards.sharding import shard_folder
from facedancer.training.watching.fixed_pairs import check_data, choose_sources, read_pairs
from facedancer.utils.errors import UserError
from facedancer.utils.images import write_image


def crops(folder, **counts: int):
    """Shards of ``counts[person]`` flat crops of each person, in the people's order."""
    level = 0
    for person, count in counts.items():
        for number in range(count):
            level += 1
            write_image(
                folder / "crops" / person / f"{number}.png", np.full((64, 64, 3), level, np.uint8)
            )
    return folder


def shard(folder, num_shards=1, **options):
    target = folder / f"shards_{num_shards}"
    shard_folder(
        folder / "crops", target, name="some", num_shards=num_shards, shuffle=False, **options
    )
    return target


@pytest.mark.parametrize(
    ("identities", "different"),
    [
        ("aab", 2),
        ("aabb", 4),
        ("abab", 4),
        ("aaabbc", 6),
        ("abcdaaa", 6),
        ("aaaa", 0),
        ("a", 0),
        (["", "", ""], 3),
        (["", "a", "a", ""], 4),
    ],
)
def test_sources_are_other_people_wherever_that_can_be(identities, different):
    names = [name.encode() for name in identities]
    sources = choose_sources(names)
    assert sorted(sources) == list(range(len(names)))
    if len(names) > 1:
        assert not np.equal(sources, range(len(names))).any()
    of_another = [
        source != number and (names[source] != names[number] or not names[number])
        for number, source in enumerate(sources)
    ]
    assert sum(of_another) == different


def test_pairs_come_from_every_shard_and_stay_the_same(tmp_path):
    data = shard(crops(tmp_path, a=6, b=6), num_shards=3)
    pairs = read_pairs(data, most=5)
    # The first record of each of three shards of four, then the second ones.
    assert [int(image[0, 0, 0]) for image in pairs.targets] == [1, 5, 9, 2, 6]
    np.testing.assert_array_equal(read_pairs(data, most=5).targets, pairs.targets)
    assert pairs.targets.shape == (5, 64, 64, 3) and pairs.targets.dtype == np.uint8


def test_a_set_of_many_shards_is_not_read_whole(tmp_path):
    data = shard(crops(tmp_path, a=9), num_shards=9)
    assert [int(image[0, 0, 0]) for image in read_pairs(data, most=3).targets] == [1, 5, 9]
    assert len(read_pairs(data).targets) == 9


def test_one_person_alone_is_remarked_on(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        read_pairs(shard(crops(tmp_path, a=2)))
    assert "every face to validate with is of one person" in caplog.text


def test_damage_is_named(tmp_path):
    data = shard(crops(tmp_path, a=2))
    (file,) = data.glob("*.tfrecord")
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)
    with pytest.raises(UserError, match="record 1 is damaged"):
        read_pairs(data)
    assert len(read_pairs(data, skip_corrupt=True).targets) == 1


@pytest.mark.parametrize("flag", ["data", "validation_data"])
def test_data_that_does_not_suit_the_run_is_refused(small_config, tmp_path, flag):
    check_data(dataclasses.replace(small_config, validation_data=small_config.data))
    shrunk = shard(crops(tmp_path, a=1), shrink_factor=0.6)
    with pytest.raises(UserError, match=r"--shrink_factor=0\.6"):
        check_data(dataclasses.replace(small_config, **{flag: str(shrunk)}))
    with pytest.raises(UserError, match="nowhere"):
        check_data(dataclasses.replace(small_config, **{flag: "nowhere"}))
    with pytest.raises(
        UserError, match="crops of 64 px, but --image_size is 128: set --image_size=64"
    ):
        check_data(dataclasses.replace(small_config, image_size=128))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampling": "yaw"}, "lacks the yaw of 12 of its 12 crops"),
        ({"data_weights": (1.0, 2.0)}, "--data_weights gives 2 weights for 1 data sets"),
        ({"same_identity_ratio": 0.9}, "--same_identity_ratio=0.9 is too high"),
    ],
)
def test_pairs_that_the_data_cannot_give_are_refused(small_config, changes, message):
    with pytest.raises(UserError, match=message):
        check_data(dataclasses.replace(small_config, **changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"truth_share": 0.2}, "need both above 0"),
        ({"truth_weight": 5.0}, "need both above 0"),
        ({"triplets": "elsewhere"}, "--triplets needs --truth_share"),
        ({"truth_share": 0.2, "truth_weight": 5.0}, "no crop of .* has a twin"),
        ({"truth_share": 0.2, "truth_weight": 5.0, "triplets": "x"}, "no such folder: x/target"),
    ],
)
def test_answers_that_nobody_has_are_refused(small_config, changes, message):
    with pytest.raises(UserError, match=message):
        check_data(dataclasses.replace(small_config, **changes))


def test_pairs_of_several_folders_come_from_all(tmp_path):
    folders = [shard(crops(tmp_path / name, a=4), num_shards=2) for name in ("one", "two")]
    pairs = read_pairs(folders, most=4)
    assert pairs.targets[:, 0, 0, 0].tolist() == [1, 3, 1, 3]
    # "a" of one set is not "a" of the other.
    assert sorted(pairs.source_of[:2]) == [2, 3]
