"""Pairs with a known answer: twins of stored crops, and triplets from a folder."""

import shutil

import numpy as np
import pytest
import tensorflow as tf

from facedancer.dataset.augmentation import jitter_colours
from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.record_reader import SkippedRecords
from facedancer.dataset.records import decode_record
from facedancer.dataset.shards.catalogue import read_catalogue
from facedancer.dataset.shards.index import read_index
from facedancer.dataset.shards.sharding import shard_folder, shard_split_folder
from facedancer.utils.errors import UserError
from facedancer.utils.images import find_images, write_image

COUNT = 24
# What a twin's or an answer's colour is away from its crop's.
TWIN, ANSWER = 100, 50
SMALL = np.zeros((8, 8, 3), np.uint8)


def batches(data, count=40, batch_size=8, **settings):
    settings = {"augment": False, "truth_share": 0.5} | settings
    dataset = make_dataset(data, 16, batch_size, **settings).take(count)
    made = [{name: value.numpy() for name, value in batch.items()} for batch in dataset]
    return {name: np.concatenate([batch[name] for batch in made]) for name in made[0]}


def numbers(images):
    """See conftest's colours: its crops have red 28 to 27 + COUNT."""
    return np.rint((images[:, 0, 0, 0] + 1) * 127.5).astype(int) - 28


@pytest.fixture(scope="module")
def twins(tmp_path_factory, crops):
    """Shards of crops of four people; those of even numbers have a twin."""
    folder = tmp_path_factory.mktemp("twins")
    crops.write(folder / "crops", COUNT)
    for number, path in enumerate(sorted(find_images(folder / "crops"), key=lambda p: p.stem)):
        if number % 2 == 0:
            twin = (folder / "twins" / path.relative_to(folder / "crops")).with_suffix(".jpg")
            grey = np.full((16, 16, 3), 28 + number + TWIN, np.uint8)
            write_image(twin, grey)
    shard_folder(folder / "crops", folder / "shards", "a", 2, twins=folder / "twins")
    return folder / "shards"


def write_triplets(folder, count=5):
    for number in range(count):
        for role, shift in (("target", 0), ("source", 20), ("answer", ANSWER)):
            write_image(
                folder / role / f"{number}.png",
                np.full((16, 16, 3), 128 + number + shift, np.uint8),
            )
    return folder


def test_a_twin_gets_its_face_back_from_another_picture(twins):
    assert read_index(twins).twins == COUNT // 2
    made = batches(twins)
    known = made["answered"] == 1
    target, source, answer = (numbers(made[name]) for name in ("target", "source", "answer"))
    # A JPEG's grey is exact.
    np.testing.assert_array_equal(answer[known], target[known] - TWIN)
    assert set(answer[known]) == set(range(0, COUNT, 2))
    # Of the four people, i % 4 tells which.
    np.testing.assert_array_equal(source[known] % 4, answer[known] % 4)
    assert (source[known] != answer[known]).all()
    assert (made["same"][known] == 0).all()
    np.testing.assert_array_equal(answer[~known], target[~known])
    # Half of the pairs that are no same pairs, as far as the target has a twin.
    assert known.mean() == pytest.approx(0.5 * 0.5 * (1 - made["same"].mean()), abs=0.06)


def test_the_other_pairs_are_what_they_were(twins):
    without, some = batches(twins, 5, truth_share=0.0), batches(twins, 5)
    assert set(without) == {"target", "source", "same"}
    ordinary = some["answered"] == 0
    for name, value in without.items():
        np.testing.assert_array_equal(some[name][ordinary], value[ordinary])


def test_each_replica_and_each_start_has_its_own_rows(twins):
    whole = batches(twins, 4)
    # The second half of each batch, from the third batch on.
    part = batches(twins, 4, start_step=2, shares=2, own_shares=range(1, 2))
    assert part["answered"].any()
    for name, value in whole.items():
        rows = value.reshape(4, 2, 4, *value.shape[1:])[2:, 1]
        np.testing.assert_array_equal(part[name][:8].reshape(rows.shape), rows)


def test_damage_makes_no_wrong_answer(twins, tmp_path):
    data = shutil.copytree(twins, tmp_path / "damaged")
    shard = min(data.glob("*.tfrecord"))
    content = bytearray(shard.read_bytes())
    content[-20] ^= 1
    shard.write_bytes(content)
    with pytest.raises(tf.errors.InvalidArgumentError, match="is damaged"):
        batches(data, 9)
    made = batches(data, 20, skipped=SkippedRecords())
    known = made["answered"] == 1
    target, source, answer = (numbers(made[name][known]) for name in ("target", "source", "answer"))
    np.testing.assert_array_equal(answer, target - TWIN)
    np.testing.assert_array_equal(source % 4, answer % 4)


def test_triplets_take_a_pair_s_place(shards, tmp_path):
    folder = write_triplets(tmp_path / "triplets")
    made = batches(shards(COUNT), triplets=str(folder))
    known = made["answered"] == 1
    red = {name: numbers(made[name])[known] + 28 for name in ("target", "source", "answer")}
    np.testing.assert_array_equal(red["source"], red["target"] + 20)
    np.testing.assert_array_equal(red["answer"], red["target"] + ANSWER)
    assert set(red["target"]) == set(range(128, 133))
    assert known.mean() == pytest.approx(0.5 * (1 - made["same"].mean()), abs=0.06)


def test_the_answer_is_coloured_as_its_target(tmp_path, shards):
    target = np.random.default_rng(0).integers(60, 190, (16, 16, 3), np.uint8)
    for role in ("target", "source"):
        write_image(tmp_path / role / "0.png", target)
    # The same picture but for one corner: elsewhere both must stay equal.
    answer = target.copy()
    answer[:4, :4] = 255
    write_image(tmp_path / "answer" / "0.png", answer)
    made = batches(shards(COUNT), 4, triplets=str(tmp_path), truth_share=1.0, augment=True)
    known = made["answered"] == 1
    target, answer, source = (made[name][known] for name in ("target", "answer", "source"))
    np.testing.assert_allclose(target[:, 4:], answer[:, 4:], atol=1e-6)
    assert not np.allclose(target[:, 4:], source[:, 4:], atol=0.02)


def test_the_answer_is_moved_and_taken_as_its_target(twins):
    changed = {"truth_share": 0.9, "augment": False, "camera": 1.0, "geometry": 1.0}
    batch = batches(twins, 3, **changed)
    plain = batches(twins, 3, **(changed | {"camera": 0.0, "geometry": 0.0}))
    # Where there is no answer, the target stands in its place.
    alike = (plain["target"] == plain["answer"]).all((1, 2, 3))
    assert 0 < alike.sum() < len(alike)
    np.testing.assert_array_equal(batch["target"][alike], batch["answer"][alike])
    assert np.abs(batch["answer"] - plain["answer"]).max() > 0.01


def test_jitter_like_another_image():
    image, other = tf.random.stateless_uniform([2, 8, 8, 3], [1, 2], -0.5, 0.5)
    draws = tf.constant([0.1, 1.0, -0.5])
    np.testing.assert_array_equal(jitter_colours(image, draws, image), jitter_colours(image, draws))
    assert not np.allclose(jitter_colours(image, draws, other), jitter_colours(image, draws))


def test_a_record_without_a_twin_has_the_bytes_that_it_had(twins):
    [payload] = tf.data.TFRecordDataset(str(min(twins.glob("*.tfrecord")))).take(1)
    record = decode_record(payload)
    assert (b"twin" in payload.numpy()) == bool(len(record["twin"].numpy()))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "answer" / "2.png").unlink(), "answer has no 2: each triplet needs"),
        (
            lambda f: (f / "source" / "9.jpg").write_bytes(b"x"),
            "target has no 9: each triplet needs",
        ),
        (
            lambda f: (f / "source" / "2.png").write_bytes(b"x"),
            "source/2.png is not a picture",
        ),
        (
            lambda f: write_image(f / "target" / "2.png", np.zeros((8, 8, 3), np.uint8)),
            "2.png is no",
        ),
        (
            lambda f: write_image(f / "target" / "2.jpg", np.zeros((8, 8, 3), np.uint8)),
            "have the same name",
        ),
        (
            lambda f: [one.unlink() for one in (f / "source").iterdir()],
            "no triplets: .*source",
        ),
        (lambda f: (f / "answer").rename(f / "answers"), "no such folder: .*answer; triplets are"),
    ],
)
def test_bad_triplets(shards, tmp_path, spoil, message):
    folder = write_triplets(tmp_path / "triplets", 3)
    spoil(folder)
    with pytest.raises(UserError, match=message):
        make_dataset(shards(COUNT), 16, 8, truth_share=0.2, triplets=str(folder))


def test_the_crops_with_a_twin_may_be_stored_alone(twins, tmp_path):
    crops, folder = twins.parent / "crops", twins.parent / "twins"
    index = shard_folder(crops, tmp_path / "some", "a", twins=folder, only_twins=True)
    assert index.twins == index.count == COUNT // 2
    made = batches(tmp_path / "some")
    different = made["same"] == 0
    assert 0.4 < made["answered"][different].mean() < 0.6, "the share that is asked for"

    shares = {"validation": 0.25}
    for name, only in (("all", False), ("some", True)):
        shard_split_folder(crops, tmp_path / name / "b", "b", shares, twins=folder, only_twins=only)
    stored = 0
    for split in ("train", "validation"):
        every, some = (
            read_catalogue(data, read_index(data))
            for data in (tmp_path / "all" / "b" / split, tmp_path / "some" / "b" / split)
        )
        assert set(some.identities) <= set(every.identities)
        stored += len(some.identity)
    assert stored == COUNT // 2


def test_bad_twins(shards, crops, tmp_path):
    with pytest.raises(UserError, match="no crop of .* has a twin: make shards with"):
        make_dataset(shards(COUNT), 16, 8, truth_share=0.2)
    crops.write(tmp_path / "crops", 4)
    with pytest.raises(UserError, match="no such folder of twins"):
        shard_folder(tmp_path / "crops", tmp_path / "a", "a", twins=tmp_path / "nowhere")
    (tmp_path / "twins").mkdir()
    with pytest.raises(UserError, match=r"has no twin of any crop: each must have its crop's path"):
        shard_folder(tmp_path / "crops", tmp_path / "a", "a", twins=tmp_path / "twins")
    crops.write(tmp_path / "twins", 4, side=8)
    with pytest.raises(UserError, match="side of 8 px, not 16"):
        shard_folder(tmp_path / "crops", tmp_path / "a", "a", twins=tmp_path / "twins")
    with pytest.raises(UserError, match="--only_twins needs twins"):
        shard_folder(tmp_path / "crops", tmp_path / "a", "a", only_twins=True)
    assert not list((tmp_path / "a").glob("*"))
