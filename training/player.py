"""A network that learns, with its optimizer and, under float16, its dynamic loss scale.

Keras's own `LossScaleOptimizer` is not used: over several replicas it asks only the first one
whether its gradients are finite, before they are summed, so another replica's overflow passes into
every weight. Here the gradients are summed first, on every step.
"""

import keras
import tensorflow as tf

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


class Player:
    """One of the two networks; must be made in the strategy's scope."""

    def __init__(
        self, network: keras.Model, optimizer: keras.optimizers.Optimizer, scale_loss: bool
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.loss_scale = LossScale() if scale_loss else None
        # Steps whose gradients were not finite. Under float16 they were skipped.
        self.bad_steps = tf.Variable(0, trainable=False, name="bad_steps", dtype=tf.int64)
        optimizer.build(network.trainable_variables)

    @property
    def scale(self) -> tf.Tensor | float:
        """What the loss is multiplied by before its gradient is taken."""
        return self.loss_scale.scale.read_value() if self.loss_scale else 1.0

    @property
    def diverged(self) -> bool:
        """Whether gradients were not finite for another reason than too large a loss scale."""
        if self.loss_scale is None:
            return int(self.bad_steps.numpy()) > 0
        skipped_last = int(self.loss_scale.good_steps.numpy()) == 0
        return skipped_last and float(self.loss_scale.scale.numpy()) == LEAST_SCALE

    def watch(self, tape: tf.GradientTape) -> None:
        """Makes ``tape`` record what this network's gradient needs."""
        tape.watch([variable.value for variable in self.network.trainable_variables])

    def share(self, loss: tf.Tensor) -> tf.Tensor:
        """This replica's part of a loss that is global, scaled; to be called under the tape."""
        return loss * (self.scale / tf.distribute.get_strategy().num_replicas_in_sync)

    def gradients(self, tape: tf.GradientTape, share: tf.Tensor) -> list[tf.Tensor]:
        """The global loss's gradients, summed over the replicas; in replica context."""
        variables = [variable.value for variable in self.network.trainable_variables]
        gradients = _sum_gradients(tape.gradient(share, variables))
        return [gradient / self.scale for gradient in gradients] if self.loss_scale else gradients

    def update(self, gradients: list[tf.Tensor]) -> tf.Tensor:
        """Applies summed gradients; under float16, only where none of them overflowed.

        To be called in the strategy's scope, not on a replica.

        Returns:
            The gradients' global norm, scalar; not finite where one of them is not.
        """
        strategy = tf.distribute.get_strategy()
        # They are the same on every replica: the first one's answer is everybody's.
        local = [strategy.experimental_local_results(gradient)[0] for gradient in gradients]
        norm = tf.linalg.global_norm(local)
        finite = tf.math.is_finite(norm)
        self.bad_steps.assign_add(tf.cast(~finite, tf.int64))
        if self.loss_scale is None:
            self._apply(gradients)
        else:
            tf.cond(finite, lambda: self._apply(gradients), lambda: None)
            self.loss_scale.adapt(finite)
        return norm

    def _apply(self, gradients: list[tf.Tensor]) -> None:
        """`Optimizer.apply` without its own sum over the replicas, which would count them twice."""
        strategy, rate = tf.distribute.get_strategy(), self.optimizer.learning_rate

        def update(variable: tf.Variable, gradient: tf.Tensor) -> None:
            self.optimizer.update_step(gradient, variable, rate)

        for variable, gradient in zip(self.network.trainable_variables, gradients, strict=True):
            strategy.extended.update(variable.value, update, args=(gradient,), group=False)
        self.optimizer.iterations.assign_add(1)


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
