"""The strategy of a run: every device of one machine, or of several; docs/cluster.md has how."""

import os
import signal
from collections.abc import Callable, Iterator

import tensorflow as tf
from absl import logging

from facedancer.utils.errors import UserError

from .host_memory import keep_freed_memory
from .tf_config import JOBS, VARIABLE, parse_tf_config


def make_strategy(name: str) -> tf.distribute.Strategy:
    """The strategy of ``--strategy``.

    Args:
        name: ``mirrored``: every visible GPU of this machine, or its CPU where there is none.
            ``multi_worker``: every visible GPU of several machines, with one process on each, by
            ``TF_CONFIG``. This must come before the process's first TensorFlow operation, and it
            waits for all processes of the cluster.

    Raises:
        UserError: ``TF_CONFIG`` is missing or not what it should be, its port is taken, or the
            cluster is not complete within TensorFlow's limit of one hour.
    """
    if name == "multi_worker":
        return _make_multi_worker()
    if tf.config.list_logical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.MirroredStrategy(["CPU:0"])


def _make_multi_worker() -> tf.distribute.Strategy:
    task = parse_tf_config(os.environ.get(VARIABLE))
    if len(task.addresses) > 1:
        # In the wait TensorFlow answers neither Ctrl-C nor SIGTERM: a person should know what for.
        logging.warning(
            "%s %d waits, for an hour at most, until all of %s are there",
            task.job,
            task.index,
            ", ".join(task.addresses),
        )
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.UnknownError as error:
        raise UserError(
            f"cannot listen on the port of {task.address}, which {VARIABLE} gives this {task.job}: "
            "is another process using it?"
        ) from error
    except tf.errors.DeadlineExceededError as error:
        raise UserError(
            f"not all of {', '.join(task.addresses)} connected within an hour: start one process "
            "for each, with ports that the others can reach"
        ) from error
    # TensorFlow's cluster service has taken SIGTERM over, behind Python's back, only to note it:
    # without this a scheduler's SIGTERM would pass unheard.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))
    return strategy


def iterate(
    strategy: tf.distribute.Strategy,
    make_dataset: Callable[[tf.distribute.InputContext], tf.data.Dataset],
) -> Iterator[tf.distribute.DistributedValues]:
    """Iterates over batches for every replica of the strategy.

    Args:
        strategy: whose replicas they are for.
        make_dataset: the batches of one process, each for one replica.

    Returns:
        An iterator that can be passed to a ``tf.function``.
    """
    iterator = iter(strategy.distribute_datasets_from_function(make_dataset))
    keep_freed_memory()
    return iterator


def is_compiled(jit_compile: str) -> bool:
    """True if ``--jit_compile`` (``auto``, ``on`` or ``off``) means XLA here: ``auto`` on GPUs."""
    return jit_compile == "on" or (
        jit_compile == "auto" and bool(tf.config.get_visible_devices("GPU"))
    )


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """True if this process is the one that writes."""
    resolver = strategy.cluster_resolver
    if resolver is None:
        return True
    chief_job = next(job for job in JOBS if job in resolver.cluster_spec().jobs)
    return (resolver.task_type, resolver.task_id) == (chief_job, 0)


def describe(strategy: tf.distribute.Strategy) -> str:
    """Such as ``2 workers, 4 GPUs each``; ``1 CPU`` where there is one process."""
    devices = [tf.DeviceSpec.from_string(name) for name in strategy.extended.worker_devices]
    each = f"{len(devices)} {devices[0].device_type}{'s' if len(devices) > 1 else ''}"
    workers = count_workers(strategy)
    return f"{workers} workers, {each} each" if workers > 1 else each


def count_workers(strategy: tf.distribute.Strategy) -> int:
    """The number of processes that take part."""
    return strategy.num_replicas_in_sync // len(strategy.extended.worker_devices)
