"""Shards -> batches of (target, source, same): what a training step takes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed

from .answers import open_answers
from .augmentation import jitter_colours
from .camera import degrade
from .data_sets import DataSet, open_data_sets
from .geometry import move
from .pair_codes import PairCodes
from .pairs import PairDraw
from .record_reader import RecordReader, SkippedRecords
from .records import decode_record
from .samplings import STORED

# What sets augmentation's random numbers apart from any that another module may draw by the seed.
_AUGMENTATION = 3
_MOVES, _CAMERAS = 11, 12
# Steps whose pairs are chosen together: the draws' many small operations then cost next to nothing.
_STEPS_AT_ONCE = 64


def make_dataset(
    data: str | Path | Sequence[str | Path],
    image_size: int,
    batch_size: int,
    *,
    weights: Sequence[float] = (),
    sampling: str = "image",
    same_probability: float = 0.2,
    same_identity_ratio: float = 0.0,
    truth_share: float = 0.0,
    triplets: str = "",
    source_labels: Mapping[str, int] | None = None,
    target_labels: Mapping[str, int] | None = None,
    augment: bool = True,
    camera: float = 0.0,
    geometry: float = 0.0,
    seed: int = 0,
    repeat: bool = True,
    start_step: int = 0,
    shares: int = 1,
    own_shares: range | None = None,
    skipped: SkippedRecords | None = None,
) -> tf.data.Dataset:
    """Pairs of faces for training, in full batches.

    Targets and sources are two independent streams over all records, each in an order of its own. A
    pair is made a same pair (the source is the target) with ``same_probability``, and at least one
    pair in each batch is; where the two streams happen to meet in one record the pair is called the
    same as well. Then both faces are augmented, independently. (Paper, section 4; spec, section 5.)

    By image, each stream draws every record once in an epoch, in a random order of the whole set
    that is new in every epoch (no buffer through which records only drift). By identity or yaw, it
    draws as often from each identity or bin, and has an epoch for each. Of several sets, each has
    epochs of its own; a source may come from another set than its target. See `sampling`.

    Every order and number depends only on ``seed`` and the step, not on TensorFlow's global seed:
    the same arguments give the same batches, and ``start_step=n`` gives those from batch n on, at
    once: nothing is read of what was before.

    Over several replicas a batch is cut into as many shares, replica r's being the r-th; what is in
    a batch does not depend on them. Each process reads the records of its own shares alone.

    Records are read one by one where they lie, see `RecordReader` for what that asks of a disk.
    With the sampler's tables, 20 bytes of memory go to each record of a set, 32 where
    ``same_identity_ratio`` is used: 100 MB for 3 million.

    Args:
        data: folder of shards, made by ``dataset_sharding.py``, or several.
        image_size: the images' side; must be that of the stored crops.
        batch_size: the global batch, pairs.
        weights: of several folders, how often to draw from each; none: as many as each has records.
        sampling: ``image``, ``identity`` or ``yaw``, for both streams, see `make_sampler`;
            ``stored``: the targets as they are stored, the sources by image.
        same_probability: of a same pair; 0 turns "at least one" off too.
        same_identity_ratio: share of further pairs: the source is another image of
            the target's identity. The paper has none.
        truth_share: of the pairs that are no same pairs, the share that has a known answer: where
            the target has a twin, or of ``triplets``, see `answers`.
        triplets: a folder of them; they take the place of a pair that was drawn.
        source_labels, target_labels: of what labels codes are made, see `PairCodes`; not together
            with a ``truth_share`` or ``geometry``, which change what a label tells.
        augment: change brightness, contrast and saturation, see `augmentation`.
        camera: strength of a camera's losses, see `camera.degrade`.
        geometry: strength of moves within the crop, see `geometry.move`.
        seed: of everything random, from 0.
        repeat: go on for ever; False ends after one pass over the targets, and drops the rest that
            fills no batch; for one folder by image or as stored.
        start_step: number of batches to leave out at the beginning, for resuming.
        shares: how many elements each batch is cut into, of ``B = batch_size / shares`` pairs each.
        own_shares: which of them this dataset holds, one after the other; all by default.
        skipped: where given, damaged records are replaced by the next whole one and noted here;
            without it, one that is drawn is an error, which `damage.naming_damage` puts in words.

    Returns:
        ``{"target": [B, S, S, 3] float32 RGB in [-1, 1], "source": the same, "same": [B] float32,
        1 where both are one image}``, static shapes. With a ``truth_share`` also ``"answer"``,
        ``[B, S, S, 3]``, what the swap should be, coloured as its target is, and ``"answered"``,
        ``[B]`` float32, 1 where it is known; elsewhere the answer is the target. With labels also
        ``"code"``, ``[B, K]`` float32, that of the pair, and ``"own_code"``, that of the target as
        its own source.

    Raises:
        UserError: no readable shards, crops of another size, or pairs that cannot be had.
    """
    if batch_size % shares:
        raise UserError(f"a batch of {batch_size} cannot be cut into {shares} equal shares")
    data_sets = open_data_sets(data, image_size, allow_damage=skipped is not None)
    draw = PairDraw(
        data_sets,
        batch_size,
        weights=weights,
        sampling=sampling,
        same_probability=same_probability,
        same_identity_ratio=same_identity_ratio,
        seed=seed,
    )
    answers = open_answers(data_sets, image_size, truth_share, triplets, seed, skipped)
    codes = None
    if source_labels or target_labels:
        codes = PairCodes(data_sets, source_labels or {}, target_labels or {})
    reader = RecordReader(data_sets, skipped)
    share_size = batch_size // shares
    own_shares = range(shares) if own_shares is None else own_shares
    own_rows = slice(own_shares.start * share_size, own_shares.stop * share_size)

    def choose_pairs(steps: tf.Tensor) -> dict[str, tf.Tensor]:
        target, source = draw(steps)
        number = steps[:, None] * batch_size + tf.range(batch_size, dtype=tf.int64)
        pairs = {"target": target, "source": source, "number": number}
        if answers:
            pairs |= answers.draw(steps, target, source)
        return {name: tf.reshape(value[:, own_rows], [-1]) for name, value in pairs.items()}

    def load_ordinary(pair: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        target, target_number = reader.read(pair["target"])
        source, source_number = tf.cond(
            pair["source"] == pair["target"],
            lambda: (target, target_number),
            lambda: reader.read(pair["source"]),
        )
        # What was read is compared, not the draw: in place of a damaged record stands its next.
        same = source_number == target_number
        coded = {}
        if codes:
            labels, of_source = (decode_record(one)["labels"] for one in (target, source))
            coded = {"code": codes.of(labels, of_source), "own_code": codes.of(labels, labels)}
            coded = {name: tf.ensure_shape(code, [codes.size]) for name, code in coded.items()}
        target = _load_image(target, image_size)
        source = tf.cond(same, lambda: target, lambda: _load_image(source, image_size))
        return {"target": target, "source": source, "same": same, **coded}

    def load_pair(pair: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        faces = answers.load(pair, load_ordinary) if answers else load_ordinary(pair)
        if geometry:
            faces |= _changed(
                faces, lambda image, key: move(image, geometry, key), seed, _MOVES, pair["number"]
            )
        if augment:
            key = tf.random.fold_in(tf.constant([seed, _AUGMENTATION], tf.int64), pair["number"])
            draws = tf.random.stateless_uniform([2, 3], tf.cast(key, tf.int64), -1.0, 1.0)
            target, source = faces["target"], faces["source"]
            faces |= {
                "target": jitter_colours(target, draws[0]),
                "source": jitter_colours(source, draws[1]),
            }
            if answers:
                faces["answer"] = jitter_colours(faces["answer"], draws[0], like=target)
        if camera:
            faces |= _changed(
                faces,
                lambda image, key: degrade(image, camera, key),
                seed,
                _CAMERAS,
                pair["number"],
            )
        flags = ("same", "answered") if answers else ("same",)
        return faces | {name: tf.cast(faces[name], tf.float32) for name in flags}

    steps = tf.data.Dataset.counter(start_step)
    if not repeat:
        steps = steps.take(max(0, _count_batches(data_sets, sampling, batch_size) - start_step))
    # Nothing here needs AutoGraph, and its conversion takes most of the tracing time.
    plain = tf.autograph.experimental.do_not_convert
    dataset = steps.batch(_STEPS_AT_ONCE).map(plain(choose_pairs)).unbatch()
    dataset = dataset.map(plain(load_pair), num_parallel_calls=tf.data.AUTOTUNE)
    dataset = dataset.batch(share_size, drop_remainder=True)
    options = tf.data.Options()
    options.deterministic = True
    # Every process draws its own shares: TensorFlow must not deal out the steps among them.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)


def _count_batches(data_sets: Sequence[DataSet], sampling: str, batch_size: int) -> int:
    """Full batches in one pass over the targets."""
    if len(data_sets) > 1 or sampling not in ("image", STORED):
        raise ValueError("one pass over the targets is of one folder, by image or as stored")
    [data_set] = data_sets
    if data_set.catalogue.count < batch_size:
        raise UserError(
            f"{data_set.folder} holds {data_set.catalogue.count} crops, too few for one batch of "
            f"{batch_size}"
        )
    return data_set.catalogue.count // batch_size


def _changed(
    faces: Mapping[str, tf.Tensor],
    change: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    seed: int,
    purpose: int,
    number: tf.Tensor,
) -> dict[str, tf.Tensor]:
    """Pictures of a pair, changed at random: the source by itself, an answer as its target."""
    key = tf.random.fold_in(tf.constant([seed, purpose], tf.int64), number)
    of_source = tf.cast(tf.random.fold_in(key, tf.constant(1, tf.int64)), tf.int64)
    of_target = tf.cast(tf.random.fold_in(key, tf.constant(0, tf.int64)), tf.int64)
    keys = {"target": of_target, "answer": of_target, "source": of_source}
    return {name: change(faces[name], keys[name]) for name in keys if name in faces}


def _load_image(serialized: tf.Tensor, image_size: int) -> tf.Tensor:
    image = uint8_to_signed(decode_record(serialized)["image"])
    return tf.ensure_shape(image, [image_size, image_size, 3])
