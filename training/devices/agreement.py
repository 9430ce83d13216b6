"""The processes of a cluster together: started alike, at one step, and told of one that is lost."""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping

import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import to_flagfile

from ..runs.folder import fingerprints
from ..runs.provenance import versions
from ..settings.train_config import TrainConfig
from .strategy import count_workers


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
            f"the workers differ in {' and '.join(unlike)}: start all with the same command, the "
            "same versions, and the same data and weights at the same paths"
        )


def agree_on_step(strategy: tf.distribute.Strategy, step: int) -> None:
    """Makes sure that all processes are at one step, and waits until all have come here.

    Raises:
        UserError: they are not, as where each has a ``--run_dir`` of its own to go on from.
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
        if count_workers(strategy) == 1:
            raise
        raise UserError(
            "another worker has ended or cannot be reached; its own output says why. Start all of "
            "them again: they resume"
        ) from error


def _collect(strategy: tf.distribute.Strategy, own: Mapping[str, int]) -> dict[str, set[int]]:
    """By name, the different numbers that the processes gave, each at least 0 and below 2**63."""
    if count_workers(strategy) == 1:
        return {name: {number} for name, number in own.items()}

    @tf.function(autograph=False)
    def sum_of_tables() -> tf.Tensor:
        def on_replica() -> tf.Tensor:
            # A table with a row for each replica; each fills its own.
            context = tf.distribute.get_replica_context()
            rows = tf.range(context.num_replicas_in_sync) == context.replica_id_in_sync_group
            table = tf.cast(rows, tf.int64)[:, None] * tf.constant(list(own.values()), tf.int64)
            return context.all_reduce(tf.distribute.ReduceOp.SUM, table)

        return strategy.experimental_local_results(strategy.run(on_replica))[0]

    columns = sum_of_tables().numpy().T.tolist()
    return {name: set(column) for name, column in zip(own, columns, strict=True)}
