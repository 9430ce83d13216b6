"""The training step over all replicas, compiled: gradients in, both players updated."""

import dataclasses
from collections.abc import Iterator

import tensorflow as tf

from .asked_identities import Batch
from .gradients import SCALE_COSINE, Gradients, penalty_due, replica_gradients
from .networks.player import follow, sum_over_replicas, update_players
from .networks.trained import TrainedNetworks

_PENALTY = "loss/discriminator/gradient_penalty"


@dataclasses.dataclass(frozen=True)
class Report:
    """The answer of a call of `StepFunction`, on the device until a method reads it.

    Attributes:
        names: the scalars' log names.
        scalars: of the last step that was looked at, ``[len(names)]`` float32.
        step: number of steps done, that last one included, int64.
        is_sound: whether that last step's numbers let training go on, bool.
        is_stopping: whether any process was asked to stop, bool.
    """

    names: tuple[str, ...]
    scalars: tf.Tensor
    step: tf.Tensor
    is_sound: tf.Tensor
    is_stopping: tf.Tensor

    def values(self) -> dict[str, float]:
        """The raw loss terms of the global batch and both players' gradient norms, by log name."""
        return dict(zip(self.names, self.scalars.numpy().tolist(), strict=True))


class StepFunction:
    """The compiled step: each call does one or several steps of both players.

    A step whose terms or gradients are not finite is not applied, and the call ends with it. (Under
    float16, gradients that overflow are the loss scale's affair: that player's update is skipped.)

    Args:
        networks: with their rules.
        strategy: that they were built in.
        several: whether calls do several steps; one alone needs no loop around it.

    Attributes:
        shares_stop: whether several processes take part, which can only stop at one step together.
    """

    def __init__(
        self, networks: TrainedNetworks, strategy: tf.distribute.Strategy, several: bool = False
    ) -> None:
        self._networks = networks
        self._strategy = strategy
        self._several = several
        self.shares_stop = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        self._names: tuple[str, ...] = ()
        with strategy.scope():
            # The penalty of the last step that took one: between two, there is none to log.
            self._penalty = tf.Variable(0.0, trainable=False, name="penalty")
        # Nothing here needs AutoGraph, and its conversion takes a third of the tracing time.
        self._call = tf.function(self._steps, autograph=False)

    def __call__(
        self, batches: Iterator[Batch], step: int, count: int = 1, stop: bool = False
    ) -> Report:
        """Does steps ``step`` to ``step + count - 1``, counted from 0.

        Args:
            batches: distributed batches, see `replica_gradients`; `accumulate` of them a step.
            step: number of steps done.
            count: number of steps to do.
            stop: whether this process was asked to stop; the report says whether any was.
        """
        first, end = tf.constant(step, tf.int64), tf.constant(step + count, tf.int64)
        done, is_sound, scalars, is_stopping = self._call(batches, first, end, tf.constant(stop))
        return Report(self._names, scalars, done, is_sound, is_stopping)

    def _steps(
        self, batches: Iterator[Batch], first: tf.Tensor, end: tf.Tensor, stop: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
        def one_step(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            is_sound, scalars = self._step(batches, step)
            return step + 1, is_sound, scalars

        if self._several:
            done, is_sound, scalars = tf.while_loop(
                lambda step, is_sound, _: (step < end) & is_sound,
                lambda step, _, __: one_step(step),
                (first, tf.constant(True), tf.zeros([1])),
                (tf.TensorShape([]), tf.TensorShape([]), tf.TensorShape([None])),
                parallel_iterations=1,
            )
        else:
            done, is_sound, scalars = one_step(first)
        if self.shares_stop:
            votes = self._strategy.run(lambda: sum_over_replicas(tf.cast(stop, tf.float32)))
            stop = self._strategy.experimental_local_results(votes)[0] > 0
        return done, is_sound, scalars, stop

    def _step(self, batches: Iterator[Batch], step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Does one step: gradients, update, average, report.

        Returns:
            Whether the step was sound, and its scalars in the order of `_names`.
        """
        networks = self._networks
        parts, gradients = self._gradients(batches, step)
        with self._strategy.scope():
            is_sound, norms = update_players(networks.players, gradients, parts.values())
            if networks.average:
                generator, decay = networks.generator.network, networks.average_decay
                follow(networks.average, generator, decay, step)
            if networks.adaptive_scale:
                networks.adaptive_scale.follow(parts[SCALE_COSINE], is_sound)
            parts = self._with_last_penalty(parts, step)
        scalars = {**parts, **{f"gradient_norm/{name}": norm for name, norm in norms.items()}}
        self._names = tuple(scalars)
        return is_sound, tf.stack(list(scalars.values()))

    def _with_last_penalty(
        self, parts: dict[str, tf.Tensor], step: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """The terms with the last penalty that was taken, where this step takes none."""
        if self._networks.penalty_every == 1 or _PENALTY not in parts:
            return parts
        due = penalty_due(self._networks, step)
        self._penalty.assign(tf.where(due, parts[_PENALTY], self._penalty))
        return {**parts, _PENALTY: self._penalty.read_value()}

    def _gradients(
        self, batches: Iterator[Batch], step: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], dict[str, Gradients]]:
        """A step's raw terms and each player's gradients, means over the batches of one step."""
        networks, strategy = self._networks, self._strategy
        if networks.accumulate == 1:
            return self._batch_gradients(next(batches), step, step)
        names: list[str] = []

        def add_batch(index: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            number = step * networks.accumulate + index
            parts, gradients = self._batch_gradients(next(batches), step, number)
            names[:] = parts
            with strategy.scope():
                for name, player in networks.players.items():
                    player.add_to_sums(gradients[name], networks.accumulate)
            return index + 1, total + tf.stack(list(parts.values()))

        with strategy.scope():
            for player in networks.players.values():
                player.start_sums()
        _, totals = tf.while_loop(
            lambda index, _: index < networks.accumulate,
            add_batch,
            (tf.constant(0, tf.int64), tf.zeros([1])),
            (tf.TensorShape([]), tf.TensorShape([None])),
            parallel_iterations=1,
        )
        means = tf.unstack(tf.ensure_shape(totals, [len(names)]) / networks.accumulate)
        gradients = {name: player.sums for name, player in networks.players.items()}
        return dict(zip(names, means, strict=True)), gradients

    def _batch_gradients(
        self, batch: Batch, step: tf.Tensor, number: tf.Tensor
    ) -> tuple[dict[str, tf.Tensor], dict[str, Gradients]]:
        """One batch's raw terms and each player's gradients, summed over the replicas."""
        parts, gradients = self._strategy.run(
            lambda part: replica_gradients(self._networks, part, step, number), args=(batch,)
        )
        # Every replica holds the same global value; take the first one's.
        local = self._strategy.experimental_local_results
        return {name: local(part)[0] for name, part in parts.items()}, gradients
