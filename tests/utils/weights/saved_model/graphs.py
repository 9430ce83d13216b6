"""SavedModels of a few operations, to be looked through."""

import tensorflow as tf

CALLED = "serving_default"


def write(folder, body, **others):
    """A SavedModel with signatures of one picture each: ``body``, and others by name."""
    spec = tf.TensorSpec([None, 8], tf.float32, "x")
    module = tf.Module()
    module.weight = tf.Variable(2.0)
    functions = {
        name: tf.function(lambda x, one=one: {"y": one(module, x)}, input_signature=[spec])
        for name, one in {CALLED: body, **others}.items()
    }
    tf.saved_model.save(module, str(folder), signatures=functions)
    return folder


def multiplied(module, x):
    return x * module.weight
