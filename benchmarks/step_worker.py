"""One variant of the training step in a process of its own, so that its peak memory is its own."""

import contextlib
import dataclasses
import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import keras
import tensorflow as tf

from facedancer.arcface_model.encoder import get_encoder, load_encoder
from facedancer.training.devices.strategy import iterate, make_strategy
from facedancer.training.networks.trained import TrainedNetworks, build_networks
from facedancer.training.settings.train_config import TrainConfig
from facedancer.training.step import StepFunction
from facedancer.utils.errors import UserError

from .plain_networks import plain_convolutions
from .released_step import Batch, make_released_step
from .variants import Variant

_SPAWN = multiprocessing.get_context("spawn")
_KIBIBYTE = 1024


@dataclasses.dataclass(frozen=True)
class Measurement:
    """A step's wall time, and the largest memory that its process ever held."""

    seconds: float
    peak_bytes: int


class StepWorker:
    """A process that builds one variant and does a step when asked; a context manager.

    Args:
        variant: what it runs.
        config: sizes and the frozen networks' files; the variant decides the rest.

    Raises:
        UserError: the process ended, most likely for want of memory.
    """

    def __init__(self, variant: Variant, config: TrainConfig) -> None:
        self.variant = variant
        self._connection, theirs = _SPAWN.Pipe()
        arguments = (theirs, variant, variant.config(config))
        self._process = _SPAWN.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    def step(self, number: int) -> Measurement:
        """Does step ``number``; the number decides whether it takes a lazy penalty."""
        try:
            self._connection.send(number)
            return self._connection.recv()
        except (EOFError, BrokenPipeError) as error:
            self._process.join()
            raise UserError(
                f"the process of {self.variant.words!r} ended with {self._process.exitcode}. If no "
                "other message says why, memory ran out: lower --batch_size"
            ) from error

    def __enter__(self) -> "StepWorker":
        return self

    def __exit__(self, *exception: object) -> None:
        """Ends the process."""
        self._process.terminate()
        self._process.join()


def write_frozen_weights(folder: Path) -> dict[str, str]:
    """Random weights for both frozen networks, whose speed does not depend on them.

    Returns:
        The flags of `TrainConfig` that name the files.
    """
    paths = {
        "encoder": folder / "encoder.weights.h5",
        "perceptual_features": folder / "vgg16.weights.h5",
    }
    process = _SPAWN.Process(target=_write_frozen_weights, args=tuple(paths.values()))
    process.start()
    process.join()
    return {flag: str(path) for flag, path in paths.items()}


def _write_frozen_weights(encoder_path: Path, extractor_path: Path) -> None:
    get_encoder().save_weights(encoder_path)
    keras.applications.VGG16(include_top=False, weights=None).save_weights(extractor_path)


def _serve(connection: Connection, variant: Variant, config: TrainConfig) -> None:
    """Answers each step's number by a `Measurement`, until the other end closes."""
    tf.config.set_visible_devices([], "GPU")  # The bars are about a CPU.
    step = make_step(variant, config)
    while True:
        try:
            number = connection.recv()
        except EOFError:
            return
        start = time.perf_counter()
        step(number)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE
        connection.send(Measurement(seconds, peak))


def make_step(variant: Variant, config: TrainConfig) -> Callable[[int], None]:
    """Gives a function of the step's number that returns when the step's numbers are there."""
    batch = make_batch(config.batch_size, config.image_size)
    if variant.is_released:
        with plain_convolutions() if variant.is_plain else contextlib.nullcontext():
            released = make_released_step(build_networks(config, tf.distribute.get_strategy()))
        return lambda number: released(batch).numpy()
    strategy = make_strategy("mirrored")
    networks = build_networks(config, strategy)
    if variant.is_by_layers:
        networks = by_layers(networks, config)
    ours = StepFunction(networks, strategy)
    dataset = tf.data.Dataset.from_tensors(batch).repeat()
    if variant.returns_memory:
        batches = iter(strategy.experimental_distribute_dataset(dataset))
    else:
        batches = iterate(strategy, lambda context: dataset)
    return lambda number: ours(batches, number).values()


def by_layers(networks: TrainedNetworks, config: TrainConfig) -> TrainedNetworks:
    """The networks, each computed as it is saved: no CPU form, nothing folded."""
    for player in networks.players.values():
        player.form = player.network
    return dataclasses.replace(networks, encoder=load_encoder(config.encoder))


def make_batch(size: int, side: int) -> Batch:
    """A fixed batch of noise in [-1, 1], its first pair one image twice: the least there may be."""
    shape = (size, side, side, 3)
    source = tf.random.stateless_uniform(shape, (0, 1), -1.0, 1.0)
    target = tf.random.stateless_uniform(shape, (0, 2), -1.0, 1.0)
    same = tf.one_hot(0, size)
    target = tf.where(same[:, None, None, None] > 0, source, target)
    return {"target": target, "source": source, "same": same}
