"""Shards -> batches of (target, source, same): what a training step takes."""

from pathlib import Path

import tensorflow as tf

from facedancer.utils.cli import UserError
from facedancer.utils.images import uint8_to_signed

from .augmentation import jitter_colours
from .records import decode_record
from .shard_index import ShardIndex, read_index

# Shards read side by side: enough to mix them, few enough to keep every read long.
_OPEN_SHARDS = 8

# What random numbers are drawn for; each has a stream of its own.
_TARGETS, _SOURCES, _SAME_PAIRS, _AUGMENTATION = range(4)


def make_dataset(
    data: str | Path,
    image_size: int,
    batch_size: int,
    *,
    same_probability: float = 0.2,
    augment: bool = True,
    shuffle: bool = True,
    seed: int = 0,
    repeat: bool = True,
    shuffle_buffer: int = 2048,
    start_step: int = 0,
    shares: int = 1,
    own_shares: range | None = None,
) -> tf.data.Dataset:
    """Pairs of faces for training, in full batches.

    Targets and sources are two independent streams over all records, each in its own order that
    is new in every epoch: the shards' order, then a buffer of records. A pair is made a same pair
    (the source is the target) with ``same_probability``, and at least one pair in each batch is;
    where the two streams happen to meet in one record the pair is called the same as well. Then
    both faces are augmented, independently. (Paper, section 4; spec, section 5.)

    Every order and number depends only on ``seed`` and the step, not on TensorFlow's global seed:
    the same arguments give the same batches, and ``start_step=n`` gives those from batch n on,
    without decoding what it skips and without reading more than one epoch of it.

    Over several replicas a batch is cut into as many shares, replica r's being the r-th; what is in
    a batch does not depend on them. Each process reads every record, but decodes its own shares.

    Args:
        data: folder of shards, made by ``dataset_sharding.py``.
        image_size: the images' side; must be that of the stored crops.
        batch_size: the global batch, pairs.
        same_probability: of a same pair; 0 turns "at least one" off too.
        augment: change brightness, contrast and saturation, see `augmentation`.
        shuffle: False keeps the targets in stored order; the sources are shuffled all the same.
        seed: of everything random.
        repeat: go on for ever; False ends after one pass over the targets, and drops the rest that
            fills no batch.
        shuffle_buffer: records mixed at a time, each some 30 to 120 KB, in each of the streams.
        start_step: number of batches to leave out at the beginning, for resuming.
        shares: how many elements each batch is cut into, of ``B = batch_size / shares`` pairs each.
        own_shares: which of them this dataset holds, one after the other; all by default.

    Returns:
        ``{"target": [B, S, S, 3] float32 RGB in [-1, 1], "source": the same, "same": [B] float32,
        1 where both are one image}``, static shapes.

    Raises:
        UserError: no readable shards, crops of another size, or a batch that cannot be had.
    """
    index = read_index(data)
    _check(index, data, image_size, batch_size, same_probability, repeat, shares)
    share_size = batch_size // shares
    own_shares = range(shares) if own_shares is None else own_shares
    own_rows = slice(own_shares.start * share_size, own_shares.stop * share_size)
    files = [str(Path(data) / shard.file) for shard in index.shards]
    skip = start_step * batch_size
    target_buffer = shuffle_buffer if shuffle else 0
    targets = _record_stream(files, index.count, target_buffer, (seed, _TARGETS), skip)
    sources = _record_stream(files, index.count, shuffle_buffer, (seed, _SOURCES), skip)
    if not repeat:
        targets = targets.take(max(0, index.count - skip))

    def choose_same(step: tf.Tensor, pairs: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        target, source = pairs
        drawn = draw_same_pairs(batch_size, same_probability, _key(seed, _SAME_PAIRS, step))
        source = tf.where(drawn, target, source)
        number = step * batch_size + tf.range(batch_size, dtype=tf.int64)
        # Whole records are compared, not the draw: two streams may well meet in one record.
        pairs = {"target": target, "source": source, "same": target == source, "number": number}
        return {name: value[own_rows] for name, value in pairs.items()}

    def load_pair(pair: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        target = _load_image(pair["target"], image_size)
        source = tf.cond(
            pair["same"], lambda: target, lambda: _load_image(pair["source"], image_size)
        )
        if augment:
            key = _key(seed, _AUGMENTATION, pair["number"])
            draws = tf.random.stateless_uniform([2, 3], key, -1.0, 1.0)
            target, source = jitter_colours(target, draws[0]), jitter_colours(source, draws[1])
        return {"target": target, "source": source, "same": tf.cast(pair["same"], tf.float32)}

    pairs = tf.data.Dataset.zip(targets, sources).batch(batch_size, drop_remainder=True)
    numbered = tf.data.Dataset.zip(tf.data.Dataset.counter(start_step), pairs)
    dataset = numbered.map(choose_same).unbatch()
    dataset = dataset.map(load_pair, num_parallel_calls=tf.data.AUTOTUNE)
    dataset = dataset.batch(share_size, drop_remainder=True)
    options = tf.data.Options()
    options.deterministic = True
    # A pair comes from two streams over all shards. TensorFlow's default, to deal out files to the
    # workers, would change both streams' orders, and fails where files are fewer than workers.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)


def draw_same_pairs(batch_size: int, probability: float, key: tf.Tensor) -> tf.Tensor:
    """Which pairs of a batch are to be the same image: each with ``probability``, at least one.

    Args:
        batch_size: number of pairs.
        probability: 0 to 1; where it is 0, none is.
        key: ``[2]`` int64, seed of the stateless draw.

    Returns:
        ``[batch_size]`` bool.
    """
    draws = tf.random.stateless_uniform([batch_size], key)
    # The least of equal draws falls on every place alike, so no second draw is needed.
    at_least = tf.equal(tf.range(batch_size), tf.argmin(draws, output_type=tf.int32))
    return (draws < probability) | (at_least & (probability > 0))


def _check(
    index: ShardIndex,
    data: str | Path,
    image_size: int,
    batch_size: int,
    same_probability: float,
    repeat: bool,
    shares: int,
) -> None:
    if index.side != image_size:
        raise UserError(
            f"{data} holds crops of {index.side} px, wanted are {image_size}: set "
            f"--image_size={index.side}, or make new ones with dataset/crop_align.py "
            f"--im_size={image_size} and dataset/dataset_sharding.py"
        )
    if not 0 <= same_probability <= 1:
        raise UserError(f"the probability of a same pair must be 0 to 1, not {same_probability}")
    least = 2 if 0 < same_probability < 1 else 1
    if batch_size < least:
        raise UserError(
            f"a batch of {batch_size} is too small: at least one pair in each batch is one image "
            f"twice, so there must be {least} or more"
        )
    if batch_size % shares:
        raise UserError(f"a batch of {batch_size} cannot be cut into {shares} equal shares")
    if not repeat and index.count < batch_size:
        raise UserError(f"{data} holds {index.count} crops, too few for one batch of {batch_size}")


def _record_stream(
    files: list[str], count: int, buffer: int, purpose: tuple[int, int], skip: int
) -> tf.data.Dataset:
    """Serialized records, epoch after epoch, from record ``skip`` on; ``buffer`` 0 mixes none."""

    def epoch_of_records(epoch: tf.Tensor) -> tf.data.Dataset:
        # The order follows from the epoch's number, not from a state that a whole run builds up.
        shards = tf.data.Dataset.from_tensor_slices(files)
        if not buffer:
            return shards.flat_map(tf.data.TFRecordDataset)
        seeds = tf.random.stateless_uniform([2], _key(*purpose, epoch), None, None, tf.int64)
        # This function's graph alone forgets TensorFlow's global seed: the order is ours to seed;
        # and `shuffle` compares its seeds with 0, which fails where the global one is 0.
        tf.compat.v1.get_default_graph().seed = None
        shards = shards.shuffle(len(files), seed=seeds[0], reshuffle_each_iteration=False)
        records = shards.interleave(tf.data.TFRecordDataset, cycle_length=_OPEN_SHARDS)
        return records.shuffle(buffer, seed=seeds[1], reshuffle_each_iteration=False)

    first_epoch, rest = divmod(skip, count)
    return tf.data.Dataset.counter(first_epoch).flat_map(epoch_of_records).skip(rest)


def _key(seed: int, purpose: int, number: tf.Tensor) -> tf.Tensor:
    """Seed ``[2]`` int64 of one stateless draw: streams of different purpose are independent."""
    key = tf.random.fold_in(tf.constant([seed, purpose], tf.int64), number)
    return tf.cast(key, tf.int64)


def _load_image(serialized: tf.Tensor, image_size: int) -> tf.Tensor:
    image = uint8_to_signed(decode_record(serialized)["image"])
    return tf.ensure_shape(image, [image_size, image_size, 3])
