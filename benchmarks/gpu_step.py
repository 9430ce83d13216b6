"""One way to do a training step in a process of its own, on the GPU where there is one."""

import dataclasses
import multiprocessing
import resource
import statistics
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from facedancer.training.settings.train_config import TrainConfig

_SPAWN = multiprocessing.get_context("spawn")
_KIBIBYTE = 1024
_WARM_UP = 2


@dataclasses.dataclass(frozen=True)
class Way:
    """A precision, with XLA or without.

    Attributes:
        words: the precision as the table names it.
        precision: as the flag of `TrainConfig`.
        is_tf32: whether float32's products are rounded as tensor cores round them.
        is_compiled: whether XLA compiles the networks.
    """

    words: str
    precision: str
    is_tf32: bool = False
    is_compiled: bool = False


@dataclasses.dataclass(frozen=True)
class Cost:
    """A step's wall time, and the most memory that it held: the GPU's, or a CPU's process's."""

    seconds: float
    peak_bytes: int


def measure(way: Way, config: "TrainConfig", steps: int, limit: float) -> Cost | str:
    """Does some steps in a new process.

    Args:
        way: decides the precision and XLA.
        config: all else.
        steps: that are measured.
        limit: of the whole process, in seconds.

    Returns:
        The median step's cost, or in words why there is none.
    """
    ours, theirs = _SPAWN.Pipe(duplex=False)
    config = dataclasses.replace(
        config, precision=way.precision, jit_compile="on" if way.is_compiled else "off"
    )
    arguments = theirs, config, way.is_tf32, steps
    process = _SPAWN.Process(target=_serve, args=arguments, daemon=True)
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(limit) else f"not done within {limit:.0f} s"
    except EOFError:
        process.join()
        return f"failed: the process ended with {process.exitcode}"
    finally:
        process.terminate()
        process.join()


def _serve(connection: Connection, config: "TrainConfig", is_tf32: bool, steps: int) -> None:
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(is_tf32)
    try:
        connection.send(_cost(config, steps))
    except tf.errors.ResourceExhaustedError:
        connection.send("out of memory")


def _cost(config: "TrainConfig", steps: int) -> Cost:
    import tensorflow as tf

    from facedancer.training.devices.strategy import make_strategy
    from facedancer.training.networks.trained import build_networks
    from facedancer.training.step import StepFunction

    from .step_worker import make_batch

    strategy = make_strategy("mirrored")
    step = StepFunction(build_networks(config, strategy), strategy)
    batch = make_batch(config.batch_size, config.image_size)
    dataset = tf.data.Dataset.from_tensors(batch).repeat()
    batches = iter(strategy.experimental_distribute_dataset(dataset))
    seconds = []
    for number in range(_WARM_UP + steps):
        start = time.perf_counter()
        step(batches, number).values()
        seconds.append(time.perf_counter() - start)
    if tf.config.list_logical_devices("GPU"):
        peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE
    return Cost(statistics.median(seconds[_WARM_UP:]), peak)
