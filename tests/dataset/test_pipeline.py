"""Pairs for training: which ones, in which order, in which range."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.crops.listing import Crop, write_crop_list
from facedancer.dataset.damage import naming_damage
from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.record_reader import SkippedRecords
from facedancer.dataset.shards.catalogue import read_catalogue
from facedancer.dataset.shards.index import read_index
from facedancer.dataset.shards.sharding import shard_folder
from facedancer.utils.alignment import template
from facedancer.utils.errors import UserError
from facedancer.utils.images import find_images

COUNT = 40


def batches(data, count, side=16, batch_size=8, **settings):
    dataset = make_dataset(data, side, batch_size, **settings).take(count)
    return [{name: value.numpy() for name, value in batch.items()} for batch in dataset]


def numbers(images):
    """Tells which crop each image is: the inverse of conftest's colours, augmentation off."""
    return np.rint((images[:, 0, 0, 0] + 1) * 127.5).astype(int) - 28


def concatenate(parts):
    """One batch of the shares that it was cut into."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def assert_same_batches(some, others):
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


@pytest.fixture
def turned(tmp_path, crops):
    """Twelve crops of four people, whose yaw is known: eight of them frontal, four turned."""
    crops.write(tmp_path / "crops", 12)
    listed = [
        Crop(
            path=path.relative_to(tmp_path / "crops").as_posix(),
            source_path=path.name,
            identity=path.parent.name,
            landmarks=tuple(map(tuple, template(16).tolist())),
            box=(0.0, 0.0, 9.0, 9.0),
            score=1.0,
            matrix=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
            side=16,
            shrink_factor=1.0,
            yaw=50.0 if number >= 8 else 0.0,
            sharpness=1.0,
            found_by="upright",
        )
        for number, path in enumerate(find_images(tmp_path / "crops"))
    ]
    write_crop_list(tmp_path / "crops", listed)
    shard_folder(tmp_path / "crops", tmp_path / "shards", "turned", 3)
    return tmp_path / "shards"


def test_shapes_and_ranges(shards):
    dataset = make_dataset(shards(COUNT), 16, 8)
    image, flag = tf.TensorSpec([8, 16, 16, 3]), tf.TensorSpec([8])
    assert dataset.element_spec == {"target": image, "source": image, "same": flag}
    for batch in dataset.take(20):
        for name in ("target", "source"):
            assert np.abs(batch[name]).max() <= 1


def test_images_are_the_stored_ones(shards, crops):
    [batch] = batches(shards(COUNT), 1, augment=False)
    for images in (batch["target"], batch["source"]):
        expected = np.array([crops.colour_of(n) for n in numbers(images)]) / 127.5 - 1
        np.testing.assert_allclose(
            images, np.tile(expected[:, None, None], (1, 16, 16, 1)), atol=1e-6
        )


def test_the_flag_tells_the_truth_and_each_batch_has_a_same_pair(shards):
    made = batches(shards(COUNT), 200, augment=False)
    flags = np.array([batch["same"] for batch in made])
    truth = np.array([numbers(b["target"]) == numbers(b["source"]) for b in made])
    np.testing.assert_array_equal(flags, truth)
    assert flags.any(axis=1).all()
    # Drawn, plus the one that is given where none of 8 was drawn, plus the meetings by chance.
    expected = 0.2 + 0.8**8 / 8
    expected += (1 - expected) / COUNT
    assert flags.mean() == pytest.approx(expected, abs=0.025)


def test_without_same_pairs_only_chance_makes_them(shards):
    made = batches(shards(COUNT), 50, augment=False, same_probability=0.0)
    flags = np.array([batch["same"] for batch in made])
    truth = np.array([numbers(b["target"]) == numbers(b["source"]) for b in made])
    np.testing.assert_array_equal(flags, truth)
    assert 0 < flags.mean() < 0.08


def test_every_epoch_has_every_target_once_in_a_new_order(shards):
    made = batches(shards(COUNT), 15, augment=False)
    epochs = np.concatenate([numbers(batch["target"]) for batch in made]).reshape(3, COUNT)
    assert (np.sort(epochs) == np.arange(COUNT)).all()
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert (epochs[0] != np.arange(COUNT)).sum() > COUNT / 2


@pytest.mark.parametrize("num_shards", [1, 8])
def test_sources_are_independent_of_targets(tmp_path, crops, num_shards):
    crops.write(tmp_path / "crops", 8)
    shard_folder(tmp_path / "crops", tmp_path / "shards", "a", num_shards)
    made = batches(tmp_path / "shards", 200, augment=False, same_probability=0.0)
    targets, sources = ([numbers(batch[name]) for batch in made] for name in ("target", "source"))
    assert (np.sort(sources) == np.arange(8)).all(), "sources are epochs of everything, too"
    pairs = np.zeros((8, 8))
    np.add.at(pairs, (np.ravel(targets), np.ravel(sources)), 1)
    # Each of the 64 possible pairs is expected 25 times, give or take 5.
    assert pairs.min() >= 8 and pairs.max() <= 45


def test_a_seed_gives_one_sequence(shards):
    first = batches(shards(COUNT), 12, seed=3)
    assert_same_batches(first, batches(shards(COUNT), 12, seed=3))
    other = batches(shards(COUNT), 12, seed=4)
    assert not any((a["target"] == b["target"]).all() for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("start_step", [5, 13])
@pytest.mark.parametrize(
    "settings", [{}, {"sampling": "identity", "same_identity_ratio": 0.3}, {"sampling": "yaw"}]
)
def test_resuming_goes_on_where_it_stopped(turned, start_step, settings):
    whole = batches(turned, 16, batch_size=4, **settings)
    rest = batches(turned, 16 - start_step, batch_size=4, start_step=start_step, **settings)
    assert_same_batches(whole[start_step:], rest)


def test_a_mixture_resumes_exactly_and_begins_late_at_once(shards):
    folders = [shards(COUNT), shards(8)]
    settings = {"weights": (3, 1), "augment": False}
    whole = batches(folders, 12, **settings)
    assert_same_batches(whole[7:], batches(folders, 5, start_step=7, **settings))
    # A year into a run: nothing before it is drawn, or this test would not end.
    [late] = batches(folders, 1, start_step=10**9, **settings)
    assert late["same"].any()


def test_fewer_images_than_the_batch(shards):
    made = batches(shards(2), 10, batch_size=5, augment=False)
    assert {n for batch in made for n in numbers(batch["target"])} == {0, 1}
    assert {n for batch in made for n in numbers(batch["source"])} == {0, 1}
    for batch in made:
        truth = numbers(batch["target"]) == numbers(batch["source"])
        np.testing.assert_array_equal(batch["same"], truth)
    # 0.27 are drawn; of the others half meet by chance.
    assert 0.4 < np.mean([batch["same"] for batch in made]) < 0.9


def test_one_pass(shards):
    made = batches(shards(COUNT), 100, batch_size=12, repeat=False, augment=False)
    targets = np.concatenate([numbers(batch["target"]) for batch in made])
    assert len(made) == 3 and len(set(targets)) == 36
    rest = batches(shards(COUNT), 100, batch_size=12, repeat=False, augment=False, start_step=1)
    assert_same_batches(made[1:], rest)


def test_stored_order(shards):
    settings = {"sampling": "stored", "repeat": False, "augment": False, "same_probability": 0.0}
    orders = []
    for seed in (0, 1):
        made = batches(shards(COUNT), 5, seed=seed, **settings)
        orders.append([np.concatenate([numbers(b[n]) for b in made]) for n in ("target", "source")])
    np.testing.assert_array_equal(orders[0][0], orders[1][0])
    assert (orders[0][0] == orders[0][1]).mean() < 0.2, "sources must not repeat the targets' order"


def test_one_pass_is_of_one_folder_by_image(shards):
    with pytest.raises(ValueError, match="one pass"):
        make_dataset([shards(COUNT), shards(8)], 16, 8, repeat=False)
    with pytest.raises(ValueError, match="one pass"):
        make_dataset(shards(COUNT), 16, 8, repeat=False, sampling="identity")


@pytest.mark.parametrize("sampling", ["image", "identity"])
def test_pairs_of_one_identity_are_two_images_of_it(shards, sampling):
    settings = {"augment": False, "sampling": sampling, "same_identity_ratio": 0.5}
    made = batches(shards(COUNT), 60, **settings)
    targets, sources = (
        np.concatenate([numbers(b[name]) for b in made]) for name in ("target", "source")
    )
    same = np.concatenate([batch["same"] for batch in made]) == 1
    # The crops' identities are their numbers modulo 4; by chance 9 of the 39 others are of one.
    drawn = (targets % 4 == sources % 4) & ~same
    by_chance = (1 - 0.5 - same.mean()) * 9 / 40
    assert drawn.mean() == pytest.approx(0.5 + by_chance, abs=0.06)
    assert all((batch["same"] == 1).any() for batch in made)


def test_augmentation_is_drawn_for_each_image(shards, crops):
    plain = batches(shards(COUNT), 30, augment=False)
    changed = batches(shards(COUNT), 30, augment=True)
    # The crops are of even colour, so contrast leaves them and their luma shows the brightness.
    luma = np.array([0.299, 0.587, 0.114])
    shifts = {}
    for name in ("target", "source"):
        before = np.concatenate([batch[name][:, 0, 0] for batch in plain])
        after = np.concatenate([batch[name][:, 0, 0] for batch in changed])
        inside = (np.abs(after) < 1).all(axis=1)  # Not clipped.
        shifts[name] = np.where(inside, (after - before) @ luma, np.nan)
        assert np.nanmax(np.abs(shifts[name])) <= 0.3 + 1e-5
        assert np.nanmax(shifts[name]) > 0.2 and np.nanmin(shifts[name]) < -0.2
        assert abs(np.nanmean(shifts[name])) < 0.05
        colour = np.linalg.norm(after - (after @ luma)[:, None], axis=1)
        factor = (colour / np.linalg.norm(before - (before @ luma)[:, None], axis=1))[inside]
        assert 0.9 - 1e-4 <= factor.min() < 0.92 and 1.08 < factor.max() <= 1.1 + 1e-4
    known = ~np.isnan(shifts["target"] + shifts["source"])
    assert abs(np.corrcoef(shifts["target"][known], shifts["source"][known])[0, 1]) < 0.2
    same = np.concatenate([batch["same"] for batch in changed]) == 1
    assert (np.abs(shifts["target"] - shifts["source"])[known & same] > 1e-3).all()


def test_cameras_and_moves_are_drawn_for_each_image_and_resume(shards):
    data = shards(COUNT)
    changed = {"augment": False, "camera": 1.0, "geometry": 1.0}
    plain, varied = batches(data, 2, augment=False), batches(data, 2, **changed)
    np.testing.assert_array_equal(varied[0]["same"], plain[0]["same"])
    assert np.abs(varied[0]["target"] - plain[0]["target"]).mean((1, 2, 3)).min() > 0
    # A same pair's two pictures are taken apart.
    both = varied[0]["same"] == 1
    assert np.abs(varied[0]["target"] - varied[0]["source"])[both].max() > 0.01
    assert_same_batches(varied[1:], batches(data, 1, start_step=1, **changed))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"image_size": 256},
            r"crops of 16 px, but --image_size is 256: set --image_size=16, or make new",
        ),
        ({"batch_size": 0}, "a batch of 0 is too small"),
        ({"batch_size": 1}, "a batch of 1 is too small: at least one pair"),
        ({"same_probability": 1.5}, r"must be 0 to 1, not 1\.5"),
        ({"shares": 3}, "a batch of 8 cannot be cut into 3 equal shares"),
        ({"batch_size": 41, "repeat": False}, "holds 40 crops, too few for one batch of 41"),
        ({"sampling": "age"}, "unknown --sampling=age: use image, identity, yaw"),
        ({"sampling": "yaw"}, "lacks the yaw of 40 of its 40 crops"),
        ({"weights": (1, 2)}, "2 weights for 1 data sets"),
        ({"same_identity_ratio": 0.9}, r"--same_identity_ratio=0\.9 is too high: 100\.0% of"),
    ],
)
def test_what_cannot_be_had_is_said(shards, settings, message):
    with pytest.raises(UserError, match=message):
        make_dataset(shards(COUNT), **{"image_size": 16, "batch_size": 8, **settings})


def test_no_data(tmp_path, shards):
    with pytest.raises(UserError, match=r"no index\.json in .*; make shards with"):
        make_dataset(tmp_path, 16, 8)
    with pytest.raises(UserError, match="no data: give a folder"):
        make_dataset([], 16, 8)
    with pytest.raises(UserError, match="is given twice"):
        make_dataset([shards(8), shards(COUNT), shards(8)], 16, 8)


def test_batches_of_one_are_possible_where_the_rule_allows(shards):
    for probability in (0.0, 1.0):
        [batch] = batches(shards(COUNT), 1, batch_size=1, same_probability=probability)
        assert batch["target"].shape == (1, 16, 16, 3)


def test_a_strategy_can_distribute_it(shards):
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    dataset = make_dataset(shards(COUNT), 16, 8, seed=5)
    first = next(iter(strategy.experimental_distribute_dataset(dataset)))
    [expected] = batches(shards(COUNT), 1, seed=5)
    np.testing.assert_array_equal(first["target"], expected["target"])


@pytest.mark.parametrize("shares", [2, 4])
def test_the_shares_of_a_batch_make_up_the_batch(shards, shares):
    settings = {"seed": 5, "start_step": 3}
    whole = batches(shards(COUNT), 6, **settings)
    elements = batches(shards(COUNT), 6 * shares, shares=shares, **settings)
    assert {len(element["same"]) for element in elements} == {8 // shares}
    together = [elements[n : n + shares] for n in range(0, len(elements), shares)]
    assert_same_batches(whole, [concatenate(parts) for parts in together])
    # Two processes with half of the shares each.
    half = shares // 2
    halves = [
        batches(shards(COUNT), 6 * half, shares=shares, own_shares=own, **settings)
        for own in (range(half), range(half, shares))
    ]
    for n, batch in enumerate(whole):
        parts = [part for own in halves for part in own[n * half : (n + 1) * half]]
        assert_same_batches([batch], [concatenate(parts)])


def test_a_batch_has_its_same_pair_whatever_it_is_cut_into(shards):
    made = batches(shards(COUNT), 120, batch_size=4, same_probability=1e-6, shares=4)
    same = np.reshape([element["same"] for element in made], (30, 4))
    # One of four in each batch, and few more by chance: not one in each share.
    assert same.any(axis=1).all() and same.mean() < 0.5


def spoil(data, *records):
    """Flips a byte in the middle of each of these records of a set of one shard, in a copy."""
    copy = shutil.copytree(data, data.parent / f"spoiled_{len(list(data.parent.iterdir()))}")
    index = read_index(copy)
    catalogue = read_catalogue(copy, index)
    [shard] = index.shards
    content = bytearray((copy / shard.file).read_bytes())
    for record in records:
        content[catalogue.offset[record] + catalogue.length[record] // 2] ^= 0x10
    (copy / shard.file).write_bytes(content)
    return copy


@pytest.fixture
def one_shard(tmp_path, crops):
    crops.write(tmp_path / "crops", 8)
    shard_folder(tmp_path / "crops", tmp_path / "shards", "a", 1)
    return tmp_path / "shards"


def test_no_other_shares_are_read(one_shard):
    settings = {"sampling": "stored", "same_probability": 1.0, "shares": 2}
    data = spoil(one_shard, 4, 5, 6, 7)
    [first] = batches(data, 1, own_shares=range(1), **settings)
    assert len(first["target"]) == 4
    with (
        pytest.raises(UserError, match=r"a_00000-of-00001\.tfrecord, record 4 is damaged"),
        naming_damage(data),
    ):
        batches(data, 1, own_shares=range(1, 2), **settings)


@pytest.mark.parametrize("shares", [1, 2])
def test_damaged_records_are_replaced_by_the_next_whole_one(one_shard, shares):
    settings = {"sampling": "stored", "augment": False}
    whole = batches(one_shard, 4, **settings)
    skipped = SkippedRecords()
    data = spoil(one_shard, 2, 3, 7)
    made = batches(data, 4 * shares, skipped=skipped, shares=shares, **settings)
    made = [concatenate(made[n : n + shares]) for n in range(0, len(made), shares)]
    stored = numbers(whole[0]["target"])
    stands_for = dict(zip(stored.tolist(), stored[[0, 1, 4, 4, 4, 5, 6, 0]].tolist(), strict=True))
    for one, other in zip(whole, made, strict=True):
        for name in ("target", "source"):
            expected = [stands_for[number] for number in numbers(one[name])]
            np.testing.assert_array_equal(numbers(other[name]), expected)
        # Two records that one third stands for are the same, though their draws were not.
        truth = numbers(other["target"]) == numbers(other["source"])
        np.testing.assert_array_equal(other["same"], truth)
    assert skipped.count == 3


def test_where_no_record_is_whole_skipping_ends(one_shard):
    data = spoil(one_shard, *range(8))
    with (
        pytest.raises(UserError, match=r"is damaged \(.*\), and so are all others"),
        naming_damage(data),
    ):
        batches(data, 1, skipped=SkippedRecords())


def test_a_shard_that_was_cut_short_is_refused_at_once_or_skipped(one_shard):
    [shard] = one_shard.glob("*.tfrecord")
    shard.write_bytes(shard.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"a_00000-of-00001\.tfrecord, record 7 is cut off"):
        make_dataset(one_shard, 16, 8)
    skipped = SkippedRecords()
    batches(one_shard, 1, skipped=skipped)
    assert skipped.count == 1
