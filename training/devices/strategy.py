"""Where a run computes: on every device of one machine, or of several; docs/cluster.md has how."""

import contextlib
import hashlib
import os
import signal
from collections.abc import Iterator, Mapping

import tensorflow as tf
from absl import logging

from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.record_reader import SkippedRecords
from facedancer.utils.errors import UserError
from facedancer.utils.flag_fields import to_flagfile

from ..config import TrainConfig
from ..runs.provenance import versions
from ..runs.run_folder import fingerprints
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
            f"not all of {', '.join(task.addresses)} came within an hour: start one process for "
            "each, where the others can reach its port"
        ) from error
    # TensorFlow's cluster service has taken SIGTERM over, behind Python's back, only to note it:
    # without this a scheduler's SIGTERM would pass unheard.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))
    return strategy


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes."""
    resolver = strategy.cluster_resolver
    if resolver is None:
        return True
    chief_job = next(job for job in JOBS if job in resolver.cluster_spec().jobs)
    return (resolver.task_type, resolver.task_id) == (chief_job, 0)


def describe(strategy: tf.distribute.Strategy) -> str:
    """Such as ``2 workers, 4 GPUs each``; ``1 CPU`` where there is one process."""
    devices = [tf.DeviceSpec.from_string(name) for name in strategy.extended.worker_devices]
    each = f"{len(devices)} {devices[0].device_type}{'s' if len(devices) > 1 else ''}"
    workers = _workers(strategy)
    return f"{workers} workers, {each} each" if workers > 1 else each


def distribute(
    strategy: tf.distribute.Strategy,
    config: TrainConfig,
    start_step: int,
    skipped: SkippedRecords | None = None,
) -> Iterator[tf.distribute.DistributedValues]:
    """The training batches from step ``start_step`` on, ``config.accumulate`` of them a step.

    The global batch is the same whatever the number of replicas R; replica r has its rows r * B / R
    to (r + 1) * B / R, and each process reads no other rows than its own replicas'.

    Args:
        strategy: whose replicas they are for.
        config: what to draw, and how.
        start_step: number of steps done.
        skipped: where given, damaged records are passed over and noted here.

    Returns:
        An iterator that can be passed to a ``tf.function``.

    Raises:
        UserError: see `make_dataset`.
    """

    def make_own(context: tf.distribute.InputContext) -> tf.data.Dataset:
        replicas = context.num_replicas_in_sync
        count = replicas // context.num_input_pipelines
        first = context.input_pipeline_id * count
        return make_dataset(
            config.train_folders,
            image_size=config.image_size,
            batch_size=config.batch_size,
            **config.pair_settings,
            start_step=start_step * config.accumulate,
            shares=replicas,
            own_shares=range(first, first + count),
            skipped=skipped,
        )

    return iter(strategy.distribute_datasets_from_function(make_own))


def agree_on_run(strategy: tf.distribute.Strategy, config: TrainConfig) -> None:
    """Makes sure that all processes were started alike, and waits until all have come here.

    Unlike flags would train unlike networks without a word, or make the cluster wait for ever.

    Raises:
        UserError: they were not; names in what they differ.
    """
    facts = {
        "flags": to_flagfile(config),
        "the content of their files": fingerprints(config),
        "versions": versions(),
    }
    # A digest's first 7 bytes fit into an int64.
    numbers = {
        name: int.from_bytes(hashlib.sha256(repr(fact).encode()).digest()[:7])
        for name, fact in facts.items()
    }
    if unlike := [name for name, found in _collect(strategy, numbers).items() if len(found) > 1]:
        raise UserError(
            f"the workers differ in {' and '.join(unlike)}: start all of them with one command, "
            "one version of everything, and the same data and weights at the same paths"
        )


def agree_on_step(strategy: tf.distribute.Strategy, step: int) -> None:
    """Makes sure that all processes are at one step, and waits until all have come here.

    Raises:
        UserError: they are not, as where each has a ``--run_dir`` of its own to resume from.
    """
    steps = _collect(strategy, {"step": step})["step"]
    if len(steps) > 1:
        raise UserError(
            f"the workers are at different steps ({', '.join(map(str, sorted(steps)))}): "
            "--run_dir must be one folder, on storage that all machines share"
        )


@contextlib.contextmanager
def naming_lost_workers(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Within the block, the end of another worker raises a clear error.

    Raises:
        UserError: another worker of the cluster has ended or cannot be reached.
    """
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError) as error:
        if _workers(strategy) == 1:
            raise
        raise UserError(
            "another worker has ended or cannot be reached; its own output says why. Start all of "
            "them again with --resume"
        ) from error


def _workers(strategy: tf.distribute.Strategy) -> int:
    return strategy.num_replicas_in_sync // len(strategy.extended.worker_devices)


def _collect(strategy: tf.distribute.Strategy, own: Mapping[str, int]) -> dict[str, set[int]]:
    """By name, the different numbers that the processes gave, each at least 0 and below 2**63."""
    if _workers(strategy) == 1:
        return {name: {number} for name, number in own.items()}

    @tf.function(autograph=False)
    def sum_of_tables() -> tf.Tensor:
        def on_replica() -> tf.Tensor:
            # A table of a row for each replica, in which each fills its own.
            context = tf.distribute.get_replica_context()
            rows = tf.range(context.num_replicas_in_sync) == context.replica_id_in_sync_group
            table = tf.cast(rows, tf.int64)[:, None] * tf.constant(list(own.values()), tf.int64)
            return context.all_reduce(tf.distribute.ReduceOp.SUM, table)

        return strategy.experimental_local_results(strategy.run(on_replica))[0]

    columns = sum_of_tables().numpy().T.tolist()
    return {name: set(column) for name, column in zip(own, columns, strict=True)}
