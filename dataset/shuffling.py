"""Orders that look random and need no memory: any place in one is computed, for itself, from a key.

Everything is TensorFlow, for use in a pipeline's graph, and works on numbers of any shape.
"""

import tensorflow as tf

# SplitMix64 (Steele, Lea, Flood 2014): its increment, and its mixing of 64 bits (multiply, shift).
_INCREMENT = 0x9E3779B97F4A7C15
_MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT = 31
# In each round a number stays where it is with a chance of 1/2: none of them always does.
_ROUNDS = 48


def fold_in(key: tf.Tensor | int, number: tf.Tensor | int) -> tf.Tensor:
    """A key's ``number``-th random number, a key in its turn: ``number`` of SplitMix64's stream.

    Args:
        key: uint64, or a Python integer from 0.
        number: of any integer type, from 0.

    Returns:
        uint64, of the shape of both.
    """
    bits = tf.cast(key, tf.uint64) + _word(_INCREMENT) * (tf.cast(number, tf.uint64) + _word(1))
    for shift, factor in _MIX:
        bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, _word(shift)))
        bits *= _word(factor)
    return tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, _word(_LAST_SHIFT)))


def uniform(key: tf.Tensor) -> tf.Tensor:
    """Keys as random numbers in [0, 1), float64."""
    return tf.cast(tf.bitwise.right_shift(key, _word(11)), tf.float64) * 2.0**-53


def shuffled(place: tf.Tensor, count: tf.Tensor | int, key: tf.Tensor) -> tf.Tensor:
    """Returns one place of the random order of 0 to ``count - 1`` that belongs to ``key``.

    Swap-or-not (Hoang, Morris, Rogaway 2012): each round pairs all numbers, x with K - x, and swaps
    the two of a pair or leaves them, as a hash of the pair has it. So every round is a permutation,
    whatever ``count`` is, and one of few numbers is as random as one of millions.
    (`tf.random.experimental.index_shuffle` is not: of two numbers it swaps 46 % or 54 %.)

    Args:
        place: int64, 0 to ``count - 1``.
        count: int64 of the same shape, or one for all.
        key: uint64, likewise.

    Returns:
        int64, 0 to ``count - 1``: each of them at one place.
    """
    count = tf.convert_to_tensor(count, tf.int64)

    def play_round(number: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        round_key = fold_in(key, number)
        partner = tf.cast(round_key % tf.cast(count, tf.uint64), tf.int64) - place
        partner = tf.where(partner < 0, partner + count, partner)
        swaps = tf.cast(fold_in(round_key, tf.maximum(place, partner)), tf.int64) < 0
        return number + 1, tf.where(swaps, partner, place)

    _, place = tf.while_loop(
        lambda number, _: number < _ROUNDS, play_round, (0, place), parallel_iterations=1
    )
    return place


def _word(value: int) -> tf.Tensor:
    return tf.constant(value, tf.uint64)
