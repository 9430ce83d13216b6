"""Pairs for training: which ones, in which order, in which range."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.pipeline import draw_same_pairs, make_dataset
from facedancer.dataset.sharding import shard_folder
from facedancer.utils.cli import UserError

COUNT = 40


def batches(data, count, side=16, batch_size=8, **settings):
    dataset = make_dataset(data, side, batch_size, **settings).take(count)
    return [{name: value.numpy() for name, value in batch.items()} for batch in dataset]


def numbers(images):
    """Which crop each image is: the inverse of conftest's colours, augmentation off."""
    return np.rint((images[:, 0, 0, 0] + 1) * 127.5).astype(int) - 28


def concatenate(parts):
    """One batch of the shares that it was cut into."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def assert_same_batches(some, others):
    assert len(some) == len(others)
    for one, other in zip(some, others, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])


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


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.7, 1.0])
def test_how_often_pairs_are_drawn(probability):
    keys = tf.data.Dataset.range(4000).map(lambda n: tf.stack([n, 7]))
    drawn = np.array(
        list(keys.map(lambda k: draw_same_pairs(5, probability, k)).as_numpy_iterator())
    )
    expected = probability + (1 - probability) ** 5 / 5 if probability else 0.0
    # Five places, each 4000 times: the standard deviation is at most 0.008.
    np.testing.assert_allclose(drawn.mean(axis=0), expected, atol=0.03)
    assert drawn.any(axis=1).all() or probability == 0


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


def test_a_small_buffer_and_few_records_at_a_time_still_cover_everything(shards):
    made = batches(shards(COUNT), 5, augment=False, shuffle_buffer=3)
    assert sorted(np.concatenate([numbers(batch["target"]) for batch in made])) == list(
        range(COUNT)
    )


def test_a_seed_gives_one_sequence(shards):
    first = batches(shards(COUNT), 12, seed=3)
    assert_same_batches(first, batches(shards(COUNT), 12, seed=3))
    other = batches(shards(COUNT), 12, seed=4)
    assert not any((a["target"] == b["target"]).all() for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("start_step", [5, 13])
def test_resuming_goes_on_where_it_stopped(shards, start_step):
    whole = batches(shards(10), 16, batch_size=4)
    rest = batches(shards(10), 16 - start_step, batch_size=4, start_step=start_step)
    assert_same_batches(whole[start_step:], rest)


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
    settings = {"shuffle": False, "repeat": False, "augment": False, "same_probability": 0.0}
    orders = []
    for seed in (0, 1):
        made = batches(shards(COUNT), 5, seed=seed, **settings)
        orders.append([np.concatenate([numbers(b[n]) for b in made]) for n in ("target", "source")])
    np.testing.assert_array_equal(orders[0][0], orders[1][0])
    assert (orders[0][0] == orders[0][1]).mean() < 0.2, "sources must not repeat the targets' order"


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


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": 256}, r"crops of 16 px, wanted are 256: set --image_size=16, or make new"),
        ({"batch_size": 0}, "a batch of 0 is too small"),
        ({"batch_size": 1}, "a batch of 1 is too small: at least one pair"),
        ({"same_probability": 1.5}, r"must be 0 to 1, not 1\.5"),
        ({"shares": 3}, "a batch of 8 cannot be cut into 3 equal shares"),
        ({"batch_size": 41, "repeat": False}, "holds 40 crops, too few for one batch of 41"),
    ],
)
def test_what_cannot_be_had_is_said(shards, settings, message):
    with pytest.raises(UserError, match=message):
        make_dataset(shards(COUNT), **{"image_size": 16, "batch_size": 8, **settings})


def test_no_data(tmp_path):
    with pytest.raises(UserError, match=r"no index\.json in .*; make shards with"):
        make_dataset(tmp_path, 16, 8)


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


def test_no_other_shares_are_decoded(tmp_path, crops):
    crops.write(tmp_path / "crops", 8)
    shard_folder(tmp_path / "crops", tmp_path / "shards", "a", 1)
    [shard] = (tmp_path / "shards").glob("*.tfrecord")
    records = [record.numpy() for record in tf.data.TFRecordDataset(str(shard))]
    with tf.io.TFRecordWriter(str(shard)) as writer:
        for record in [*records[:4], *[b"no record"] * 4]:
            writer.write(record)
    settings = {"shuffle": False, "same_probability": 1.0, "shares": 2}
    [first] = batches(tmp_path / "shards", 1, own_shares=range(1), **settings)
    assert len(first["target"]) == 4
    with pytest.raises(tf.errors.InvalidArgumentError):
        batches(tmp_path / "shards", 1, own_shares=range(1, 2), **settings)
