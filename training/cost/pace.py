"""Estimates how long a training step would take here: one pass is timed, the rest is arithmetic.

docs/training.md compares the estimate with measured steps.
"""

import time

import tensorflow as tf

from ..networks.trained import TrainedNetworks
from ..settings.train_config import TrainConfig
from .flops import count_flops

_ROUNDS = 2
_MOST_ON_CPU = 4


def estimate_step_seconds(
    config: TrainConfig,
    networks: TrainedNetworks,
    strategy: tf.distribute.Strategy,
    pair_flops: float,
) -> float:
    """Seconds of a training step, over all replicas.

    The generator's forward and backward pass is timed on this process's first device, on a
    replica's batch (on a CPU on `_MOST_ON_CPU` of it at most, as more change nothing), and the step
    is taken to do its own arithmetic at the same rate: the generator has a step's mix of
    convolutions, normalisation and resizing. What replicas exchange is not counted.

    Args:
        config: the run.
        networks: the run's.
        strategy: where it would run.
        pair_flops: a pair's arithmetic in a step, see `step_flops_per_pair`.
    """
    replicas = strategy.num_replicas_in_sync
    device = strategy.extended.worker_devices[0]
    batch = config.batch_size // replicas
    pairs = batch * config.accumulate
    if tf.DeviceSpec.from_string(device).device_type != "GPU":
        # The replicas of a process share its cores.
        pairs *= len(strategy.extended.worker_devices)
        batch = min(batch, _MOST_ON_CPU)
    with tf.device(device):
        return pairs * pair_flops / measure_rate(config, networks, batch)


def measure_rate(config: TrainConfig, networks: TrainedNetworks, batch: int) -> float:
    """FLOPs a second of the generator's forward and backward pass, the best of a few rounds.

    Args:
        config: the run.
        networks: nothing of them changes.
        batch: images at a time.
    """
    side = config.image_size
    player = networks.generator
    size = player.network.inputs[1].shape[1]
    specs = [tf.TensorSpec([batch, side, side, 3]), tf.TensorSpec([batch, size])]

    def work(target: tf.Tensor, identity: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            player.watch(tape)
            tape.watch(target)
            loss = tf.reduce_sum(player.network([target, identity], training=True))
        gradients = tape.gradient(loss, [*player.variables, target])
        return tf.add_n([tf.reduce_sum(gradient) for gradient in gradients])

    function = tf.function(work, autograph=False).get_concrete_function(*specs)
    inputs = [tf.random.stateless_uniform(spec.shape, [0, 1], -1.0, 1.0) for spec in specs]
    function(*inputs).numpy()  # Compiled, and new memory touched.
    seconds = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        function(*inputs).numpy()
        seconds.append(time.perf_counter() - start)
    return count_flops(function) / min(seconds)


def describe_seconds(seconds: float) -> str:
    """Such as ``3.2 days``, in the largest unit that goes into it more than once."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds > length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:.0f} seconds"
