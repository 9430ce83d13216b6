"""A network that learns, with its optimizer and, under float16, its dynamic loss scale.

Keras's own `LossScaleOptimizer` is not used: over several replicas it asks only the first one
whether its gradients are finite, before they are summed, so another replica's overflow passes into
every weight. Here the gradients are summed first, on every step.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import keras
import tensorflow as tf

from facedancer.networks.cpu_form.form import trained_form

INITIAL_SCALE = 2.0**15
GROWTH_STEPS = 2_000
LEAST_SCALE, MOST_SCALE = 1.0, 2.0**24


class LossScale(tf.Module):
    """The factor that keeps float16 gradients from vanishing; must be made in the strategy's scope.

    It halves after a step with an overflow and doubles after `GROWTH_STEPS` good steps in a row.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = tf.Variable(INITIAL_SCALE, trainable=False, name="scale")
        self.good_steps = tf.Variable(0, trainable=False, name="good_steps", dtype=tf.int64)

    def adapt(self, finite: tf.Tensor) -> None:
        """Takes in whether a step's gradients were finite (scalar bool)."""
        good_steps = tf.where(finite, self.good_steps + 1, 0)
        grow = good_steps >= GROWTH_STEPS
        factor = tf.where(finite, tf.where(grow, 2.0, 1.0), 0.5)
        self.scale.assign(tf.clip_by_value(self.scale * factor, LEAST_SCALE, MOST_SCALE))
        self.good_steps.assign(tf.where(grow, tf.zeros_like(good_steps), good_steps))


class Check(NamedTuple):
    """Summed gradients looked at before they are applied; scalars.

    Attributes:
        norm: their global norm, not finite where one of them is not.
        finite: whether all are finite.
        overflowed: whether they are not, by what may be too large a loss scale's fault alone.
    """

    norm: tf.Tensor
    finite: tf.Tensor
    overflowed: tf.Tensor


class Player:
    """One of the two networks; must be made in the strategy's scope.

    Args:
        network: the network.
        optimizer: its own.
        scale_loss: whether its gradients need a loss scale (float16).
        accumulate: whether gradients of several batches are added up before an update.

    Attributes:
        form: the network as it is called and differentiated once; it shares its weights.
    """

    def __init__(
        self,
        network: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        scale_loss: bool,
        accumulate: bool = False,
    ) -> None:
        self.network = network
        self.form = trained_form(network)
        self.optimizer = optimizer
        self.loss_scale = LossScale() if scale_loss else None
        # Steps that were skipped because a gradient was not finite; float16 alone skips.
        self.skipped_steps = tf.Variable(0, trainable=False, name="skipped_steps", dtype=tf.int64)
        self._sums = []
        if accumulate:
            self._sums = [
                tf.Variable(tf.zeros(variable.shape), trainable=False, name="gradient_sum")
                for variable in network.trainable_variables
            ]
        optimizer.build(network.trainable_variables)

    @property
    def scale(self) -> tf.Tensor | float:
        """The factor of the loss before its gradient is taken."""
        return self.loss_scale.scale.read_value() if self.loss_scale else 1.0

    def state(self) -> dict[str, object]:
        """All but the network that a checkpoint must hold, by a short name."""
        parts = {"optimizer": self.optimizer, "skipped_steps": self.skipped_steps}
        return {**parts, "loss_scale": self.loss_scale} if self.loss_scale else parts

    @property
    def variables(self) -> list[tf.Variable]:
        """The weights that learn."""
        return [variable.value for variable in self.network.trainable_variables]

    def watch(self, tape: tf.GradientTape) -> None:
        """Makes ``tape`` record what this network's gradient needs."""
        tape.watch(self.variables)

    def share(self, loss: tf.Tensor) -> tf.Tensor:
        """This replica's part of a loss that is global, scaled; to be called under the tape."""
        return loss * (self.scale / tf.distribute.get_strategy().num_replicas_in_sync)

    def gradients(
        self, tape: tf.GradientTape, of: tf.Tensor, slope: tf.Tensor | None = None
    ) -> list[tf.Tensor]:
        """This replica's part of the gradients of ``of``, which has the given ``slope`` (1)."""
        return tape.gradient(of, self.variables, slope)

    def sum_gradients(self, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
        """The global loss's gradients: all replicas' parts, not scaled; in replica context."""
        gradients = _sum_gradients(gradients)
        return [gradient / self.scale for gradient in gradients] if self.loss_scale else gradients

    # What follows is to be called in the strategy's scope, not on a replica.

    def start_sums(self) -> None:
        """Begins a new sum of gradients."""
        for total in self._sums:
            total.assign(tf.zeros_like(total))

    def add_to_sums(self, gradients: list[tf.Tensor], batches: int) -> None:
        """Adds one of ``batches`` batches to the gradients' mean."""
        for total, gradient in zip(self._sums, gradients, strict=True):
            _on_each_replica(total, _add_share_of(batches), gradient)

    @property
    def sums(self) -> list[tf.Variable]:
        """The mean of the gradients that were added up."""
        return self._sums

    def check(self, gradients: list[tf.Tensor]) -> Check:
        """Looks at summed gradients; they are the same on every replica: the first answers."""
        strategy = tf.distribute.get_strategy()
        local = [strategy.experimental_local_results(gradient)[0] for gradient in gradients]
        norm = tf.linalg.global_norm(local)
        finite = tf.math.is_finite(norm)
        overflowed = tf.zeros_like(finite)
        if self.loss_scale:
            overflowed = ~finite & (self.loss_scale.scale > LEAST_SCALE)
        return Check(norm, finite, overflowed)

    def update(self, gradients: list[tf.Tensor], check: Check, is_sound: tf.Tensor) -> None:
        """Applies summed gradients where they are finite and the whole step is sound."""
        tf.cond(check.finite & is_sound, lambda: self._apply(gradients), lambda: None)
        self.skipped_steps.assign_add(tf.cast(~check.finite, tf.int64))
        if self.loss_scale:
            self.loss_scale.adapt(check.finite)

    def _apply(self, gradients: list[tf.Tensor]) -> None:
        """`Optimizer.apply` without its own sum over the replicas, which would count them twice."""
        rate = self.optimizer.learning_rate

        def update(variable: tf.Variable, gradient: tf.Tensor) -> None:
            self.optimizer.update_step(gradient, variable, rate)

        for variable, gradient in zip(self.network.trainable_variables, gradients, strict=True):
            _on_each_replica(variable.value, update, gradient)
        self.optimizer.iterations.assign_add(1)


def update_players(
    players: Mapping[str, Player],
    gradients: Mapping[str, list[tf.Tensor]],
    terms: Collection[tf.Tensor],
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """Updates all players, or none where the step is not sound; in the strategy's scope.

    A sound step's terms and gradients are finite. Under float16 gradients may overflow for their
    loss scale's sake: then that player alone is left as it is, and its scale falls.

    Args:
        players: by name.
        gradients: each player's, summed over the replicas.
        terms: the step's loss terms, scalars.

    Returns:
        Whether the step is sound; each player's gradient norm.
    """
    checks = {name: player.check(gradients[name]) for name, player in players.items()}
    overflowed = tf.reduce_any([check.overflowed for check in checks.values()])
    # An overflow shows in the terms too, sometimes in the other player's.
    is_sound = overflowed | tf.reduce_all(tf.math.is_finite(list(terms)))
    for check in checks.values():
        is_sound &= check.finite | check.overflowed
    for name, player in players.items():
        player.update(gradients[name], checks[name], is_sound)
    return is_sound, {name: check.norm for name, check in checks.items()}


def follow(average: keras.Model, network: keras.Model, decay: float, step: tf.Tensor) -> None:
    """Moves the running ``average`` of ``network``'s weights on by one step; in the scope.

    Early the decay is no more than (1 + step) / (10 + step): the average is about that of the last
    ninth of the steps, until ``decay`` makes it shorter. Else the first weights, which are random,
    would long be most of it.

    Args:
        average: moves on.
        network: whose weights are averaged.
        decay: in [0, 1).
        step: scalar int64, the number of steps done before this one.
    """
    share = tf.maximum(1.0 - decay, 9.0 / (10.0 + tf.cast(step, tf.float32)))

    def update(mean: tf.Variable, value: tf.Variable) -> None:
        mean.assign_add(share * (value - mean))

    for mean, variable in zip(
        average.trainable_variables, network.trainable_variables, strict=True
    ):
        _on_each_replica(mean.value, update, variable.value)


def sum_over_replicas(value: tf.Tensor) -> tf.Tensor:
    """The sum of ``value`` over all replicas; in replica context.

    Differentiable for what the losses do with it: every replica goes on from the sum to the same
    global loss, so the gradient that comes back is the same everywhere, and its sum over the
    replicas is that gradient times their number. `all_reduce`'s own gradient would find the same by
    a second collective for every term.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync
    if replicas == 1:
        return value
    constant = tf.stop_gradient(value)
    total = context.all_reduce(tf.distribute.ReduceOp.SUM, constant)
    return total + replicas * (value - constant)


def _sum_gradients(gradients: list[tf.Tensor]) -> list[tf.Tensor]:
    """Each gradient summed over all replicas, in one go; in replica context."""
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync == 1:
        return gradients
    return context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)


def _on_each_replica(
    variable: tf.Variable, update: Callable[[tf.Variable, tf.Tensor], None], value: tf.Tensor
) -> None:
    """``update(variable, value)`` with each replica's own copies of both."""
    strategy = tf.distribute.get_strategy()
    strategy.extended.update(variable, update, args=(value,), group=False)


def _add_share_of(batches: int) -> Callable[[tf.Variable, tf.Tensor], None]:
    return lambda total, gradient: total.assign_add(gradient / batches)
