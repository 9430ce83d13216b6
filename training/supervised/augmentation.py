"""Makes more of few faces while a network learns from them: mirroring, and jitter.

All draws depend on the run's seed, the step and the replica alone.
"""

import tensorflow as tf

# What sets these random numbers apart from each other, and from any others drawn by a run's seed.
_FLIPS, _JITTER = 5, 6
# At full strength: how far a picture is shifted (of its side) and scaled, how far its channels are
# stretched and moved, and the largest side of the patch that is put over it.
_SHIFT, _ZOOM = 0.06, 0.12
_GAIN, _OFFSET = 0.3, 0.15
_PATCH = 0.5


def mirror_some(images: tf.Tensor, seed: int, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mirrors each picture of a batch with a chance of one half.

    Args:
        images: ``[B, S, S, 3]``.
        seed: of the run.
        step: of the run.

    Returns:
        The same shape; and which of them are mirrored, ``[B]`` bool, for labels that tell left
        from right.
    """
    is_mirrored = _draw(_FLIPS, [tf.shape(images)[0]], seed, step) < 0.5
    mirrored = tf.where(is_mirrored[:, None, None, None], tf.reverse(images, [2]), images)
    return mirrored, is_mirrored


def jitter(images: tf.Tensor, strength: float, seed: int, step: tf.Tensor) -> tf.Tensor:
    """Shifts, scales, colours and partly covers each picture at random; never turns one.

    Neither identity, nor expression, nor pose in the crop is another afterwards.

    Args:
        images: ``[B, S, S, 3]`` float32 unit RGB.
        strength: 0, which gives the very images, to 1: see docs/encoders.md.
        seed: of the run.
        step: of the run.

    Returns:
        The same shape and range.
    """
    if not strength:
        return images
    count = tf.shape(images)[0]
    draws = strength * (2.0 * _draw(_JITTER, [count, 11], seed, step) - 1.0)
    gain = 1.0 + _GAIN * (draws[:, 3, None] + 0.5 * draws[:, 4:7])
    offset = _OFFSET * (draws[:, 7, None] + 0.5 * draws[:, 8:11])
    # About mid-grey, so that contrast and brightness do not go together.
    coloured = (images - 0.5) * gain[:, None, None] + 0.5 + offset[:, None, None]
    moved = _move(coloured, draws[:, 0], draws[:, 1:3])
    return tf.clip_by_value(_cover(moved, strength, seed, step), 0.0, 1.0)


def _move(images: tf.Tensor, zoom: tf.Tensor, shift: tf.Tensor) -> tf.Tensor:
    """Scales each picture about its centre and shifts it; what comes in repeats the edge."""
    side = tf.cast(tf.shape(images)[1], tf.float32)
    scale = 1.0 + _ZOOM * zoom
    nothing = tf.zeros_like(scale)
    start = (1.0 - scale[:, None]) * (side - 1.0) / 2.0 + _SHIFT * side * shift
    rows = [scale, nothing, start[:, 0], nothing, scale, start[:, 1], nothing, nothing]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack(rows, axis=1),
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )


def _cover(images: tf.Tensor, strength: float, seed: int, step: tf.Tensor) -> tf.Tensor:
    """Puts a patch of one colour over some pictures, as an occluder would be."""
    count, side = tf.shape(images)[0], tf.shape(images)[1]
    draws = _draw(_JITTER + 1, [count, 8], seed, step)
    place = tf.range(side, dtype=tf.float32) / tf.cast(side, tf.float32)
    half = 0.5 * _PATCH * draws[:, 0:2]
    inside = tf.abs(place - draws[:, 2:4, None]) < half[:, :, None]
    is_covered = draws[:, 4] < 0.5 * strength
    patch = inside[:, 0, :, None] & inside[:, 1, None, :] & is_covered[:, None, None]
    return tf.where(patch[..., None], draws[:, None, None, 5:8], images)


def _draw(kind: int, shape: list[int | tf.Tensor], seed: int, step: tf.Tensor) -> tf.Tensor:
    """Uniform numbers in 0..1 that no other kind, step or replica has."""
    context = tf.distribute.get_replica_context()
    key = tf.random.fold_in(tf.constant([seed, kind], tf.int64), step)
    key = tf.random.fold_in(key, tf.cast(context.replica_id_in_sync_group, tf.int64))
    return tf.random.stateless_uniform(shape, tf.cast(key, tf.int64))
