"""A SavedModel is read through before it runs: what it may do, how large, and how long."""

import numpy as np
import pytest
import tensorflow as tf

from facedancer.utils.weights.saved_model.calls import UnsafeSavedModelError
from facedancer.utils.weights.saved_model.check import check_saved_model

from .graphs import CALLED, multiplied, write


def writes_a_file(module, x):
    with tf.control_dependencies([tf.io.write_file("/tmp/never", "x")]):
        return tf.identity(x)


def reads_a_file(module, x):
    return x + tf.cast(tf.strings.length(tf.io.read_file("/etc/hostname")), tf.float32)


def writes_hidden(module, x):
    """Two calls deep, in a branch."""
    inner = tf.function(lambda: writes_a_file(module, x))
    return tf.cond(tf.reduce_sum(x) > 0, lambda: inner(), lambda: x)


def prints(module, x):
    tf.print("here")
    return x


def runs_python(module, x):
    return tf.numpy_function(lambda value: value, [x], tf.float32)


def keeps_a_state(module, x):
    module.weight.assign_add(1.0)
    return x


def looks_up(module, x):
    keys = tf.lookup.KeyValueTensorInitializer(["a"], [1.0])
    module.table = tf.lookup.StaticHashTable(keys, 0.0)
    return x + module.table.lookup(tf.constant("a"))


def counts(module, x):
    return tf.map_fn(lambda row: 2 * row, x)


def never_ends(module, x):
    return tf.while_loop(lambda y: tf.reduce_sum(y) < 1e30, lambda y: (y,), (x,))[0]


def does_not_count(module, x):
    """Its counter is compared with a bound, and stays."""
    number = tf.while_loop(lambda n, end: n < end, lambda n, end: (n + 0, end), (0, tf.shape(x)[0]))
    return x + tf.cast(number[0], tf.float32)


def moves_its_bound(module, x):
    number = tf.while_loop(
        lambda n, end: n < end, lambda n, end: (n + 1, end + 1), (0, tf.shape(x)[0])
    )
    return x + tf.cast(number[0], tf.float32)


def draws(module, x):
    return x + tf.random.uniform(tf.shape(x))


def sends(module, x):
    return x + tf.cast(tf.strings.length(tf.raw_ops.ReadFile(filename="gs://there")), tf.float32)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (writes_a_file, "WriteFile"),
        (reads_a_file, "ReadFile"),
        (sends, "ReadFile"),
        (prints, "PrintV2"),
        (runs_python, "PyFunc"),
        (keeps_a_state, "AssignAddVariableOp"),
        (looks_up, "HashTable"),
        (draws, "RandomUniform"),
        (counts, "While"),
        (never_ends, "While"),
    ],
)
def test_what_does_more_than_compute_is_named(tmp_path, body, message):
    with pytest.raises(UnsafeSavedModelError, match=message):
        check_saved_model(write(tmp_path / "bad", body), CALLED)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (writes_a_file, "WriteFile"),
        (writes_hidden, "WriteFile"),
        (never_ends, "may never end"),
        (does_not_count, "may never end"),
        (moves_its_bound, "may never end"),
    ],
)
def test_a_signature_that_is_never_called_is_held_to_a_list_too(tmp_path, body, message):
    folder = write(tmp_path / "bad", multiplied, other=body)
    with pytest.raises(UnsafeSavedModelError, match=message):
        check_saved_model(folder, CALLED)


def test_loops_over_a_batch_may_stand_beside_what_is_called(tmp_path):
    folder = write(tmp_path / "good", multiplied, other=counts)
    signature = check_saved_model(folder, CALLED)[CALLED]
    assert signature.inputs == {"x": (tf.float32, (None, 8))}
    assert signature.outputs == {"y": (tf.float32, (None, 8))}


def test_constants_may_be_of_any_kind_that_networks_have(tmp_path):
    def body(module, x):
        return x + np.float32(1) + tf.cast(tf.constant([1], tf.int64), tf.float32)

    check_saved_model(write(tmp_path / "good", body), CALLED)
