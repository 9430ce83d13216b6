"""Pictures as files' bytes, read and written within a graph: what a served model gets and gives."""

import tensorflow as tf

# Bounds what a request can cost: a crop's file is far below, a decompression bomb above.
MOST_BYTES = 16 * 2**20
MOST_SIDE = 2048
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Of a PNG file: signature, chunk length and type, then width and height.
_PNG_SIZE_AT, _PNG_HEAD = 16, 24


def decode(files: tf.Tensor, side: int, name: str) -> tf.Tensor:
    """Reads a batch of square pictures.

    Sizes are looked up in the files' heads first, so that nothing large is ever decoded.

    Args:
        files: ``[B]`` strings, JPEG or PNG; alpha is dropped, orientation tags are not followed.
        side: of the result; other sizes are resized (bilinear, antialiased).
        name: of the input, for messages.

    Returns:
        ``[B, side, side, 3]`` uint8 RGB.

    Raises:
        tf.errors.InvalidArgumentError: within the graph, where a file is none of these, damaged,
            not square, or larger than `MOST_SIDE` or `MOST_BYTES`.
    """
    return tf.map_fn(
        lambda file: _decode(file, side, name),
        files,
        fn_output_signature=tf.TensorSpec([side, side, 3], tf.uint8),
    )


def encode(pictures: tf.Tensor) -> tf.Tensor:
    """``[B, H, W, 3]`` uint8 RGB -> ``[B]`` strings, PNG."""
    return tf.map_fn(tf.io.encode_png, pictures, fn_output_signature=tf.string)


def _decode(file: tf.Tensor, side: int, name: str) -> tf.Tensor:
    size = tf.strings.length(file)
    is_jpeg, is_png = _begins_with(file, _JPEG), _begins_with(file, _PNG)
    checks = [
        tf.debugging.Assert(
            (is_jpeg | is_png) & (size >= _PNG_HEAD), [f"{name}: not a JPEG or PNG file"]
        ),
        tf.debugging.Assert(size <= MOST_BYTES, [f"{name}: above {MOST_BYTES} bytes:", size]),
    ]
    with tf.control_dependencies(checks):
        shape = tf.cond(is_jpeg, lambda: tf.image.extract_jpeg_shape(file)[:2], lambda: _png(file))
    checks = [
        tf.debugging.Assert(
            shape[0] == shape[1],
            [f"{name}: not a square aligned crop, height and width are", shape],
        ),
        tf.debugging.Assert(shape[0] <= MOST_SIDE, [f"{name}: side above {MOST_SIDE}:", shape[0]]),
    ]
    with tf.control_dependencies(checks):
        # TensorFlow's own choice for JPEG is a fast transform, off by up to 7 grey levels.
        picture = tf.cond(
            is_jpeg,
            lambda: tf.io.decode_jpeg(file, channels=3, dct_method="INTEGER_ACCURATE"),
            lambda: tf.io.decode_png(file, channels=3),
        )
    picture = tf.ensure_shape(picture, [None, None, 3])
    resized = tf.image.resize(picture, [side, side], antialias=True)
    same = tf.cast(tf.round(resized), tf.uint8)
    return tf.ensure_shape(
        tf.cond(shape[0] == side, lambda: picture, lambda: same), [side, side, 3]
    )


def _begins_with(file: tf.Tensor, head: bytes) -> tf.Tensor:
    return tf.equal(tf.strings.substr(file, 0, len(head)), head)


def _png(file: tf.Tensor) -> tf.Tensor:
    """Height and width, ``[2]`` int32, from a PNG file's head."""
    numbers = tf.io.decode_raw(tf.strings.substr(file, _PNG_SIZE_AT, 8), tf.uint8)
    numbers = tf.reshape(tf.cast(numbers, tf.int32), [2, 4])
    # A side of 2^31 and more would be negative.
    low = tf.reduce_sum(numbers[:, 1:] * [65536, 256, 1], axis=1)
    sides = low + tf.bitwise.left_shift(numbers[:, 0], 24)
    return tf.reverse(tf.where(sides < 0, tf.int32.max, sides), [0])
