"""One step of a network that learns from single faces with answers, over all replicas."""

from collections.abc import Iterator, Mapping
from typing import Protocol

import keras
import tensorflow as tf

from facedancer.utils.weights.origins import Origin

from ..networks.player import sum_over_replicas
from ..step import Report

Batch = dict[str, tf.Tensor]


class Task(Protocol):
    """A thing to learn; made in the strategy's scope.

    Attributes:
        network: what learns, everything that only training needs included.
        file_name: of the network that the run is for, in the run's folder.
        loss_weights: of the losses by log name; a loss without one has the weight 1.
        notes: what that file says of its origin, see `utils.weights.origins`.
    """

    network: keras.Model
    file_name: str
    loss_weights: Mapping[str, float]
    notes: Mapping[str, Origin]

    def losses(self, batch: Batch, step: tf.Tensor) -> dict[str, tf.Tensor]:
        """This replica's mean losses of a batch by log name; their weighted sum is minimised."""

    def validate(self) -> dict[str, float]:
        """Measures on held-out people by log name; ``validation/score``: the higher the better."""

    def save(self, path: str) -> None:
        """Writes the network that the run is for, in float32, as a ``.keras`` file."""


class SupervisedStep:
    """The compiled step.

    A step that is not finite is applied all the same: nobody saves weights without having looked at
    the report (`divergence.refuse_divergence`), and weights that are not finite show in every later
    one.

    Args:
        task: what is learnt.
        optimizer: made in the strategy's scope, as the task.
        weight_decay: of all kernels; biases and normalisations have none.
        strategy: where it runs.
    """

    def __init__(
        self,
        task: Task,
        optimizer: keras.optimizers.Optimizer,
        weight_decay: float,
        strategy: tf.distribute.Strategy,
    ) -> None:
        self._task, self._optimizer, self._strategy = task, optimizer, strategy
        self._weight_decay = weight_decay
        self._names: tuple[str, ...] = ()
        self._call = tf.function(self._step, autograph=False)

    def __call__(self, batches: Iterator[Batch], step: int) -> Report:
        """Does step ``step``, counted from 0, on the next batch."""
        scalars = self._call(batches, tf.constant(step, tf.int64))
        is_sound = tf.reduce_all(tf.math.is_finite(scalars))
        return Report(self._names, scalars, tf.constant(step + 1), is_sound, tf.constant(False))

    def _step(self, batches: Iterator[Batch], step: tf.Tensor) -> tf.Tensor:
        scalars = self._strategy.run(self._on_replica, args=(next(batches), step))
        return self._strategy.experimental_local_results(scalars)[0]

    def _on_replica(self, batch: Batch, step: tf.Tensor) -> tf.Tensor:
        replicas = self._strategy.num_replicas_in_sync
        variables = self._task.network.trainable_variables
        with tf.GradientTape() as tape:
            losses = self._task.losses(batch, step)
            weights = self._task.loss_weights
            weighted = [weights.get(name, 1.0) * loss for name, loss in losses.items()]
            share = tf.add_n(weighted) / replicas
        gradients = tape.gradient(share, [variable.value for variable in variables])
        # The slope of weight_decay / 2 times the squares, part of the gradient, as the papers have
        # it; Keras's own decay passes the momentum by, and is a tenth of it.
        gradients = [
            gradient + (self._weight_decay / replicas) * variable
            if len(variable.shape) > 1
            else gradient
            for gradient, variable in zip(gradients, variables, strict=True)
        ]
        # Keras adds the replicas' gradients up.
        self._optimizer.apply(gradients, variables)
        # The mean of the replicas' own norms: one that is not finite shows, whosever it is.
        norm = sum_over_replicas(tf.linalg.global_norm(gradients))
        means = {name: sum_over_replicas(loss) / replicas for name, loss in losses.items()}
        scalars: Mapping[str, tf.Tensor] = {**means, "gradient_norm": norm}
        self._names = tuple(scalars)
        return tf.stack(list(scalars.values()))
