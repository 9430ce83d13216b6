"""The optimizers of all trainings, each with the way its learning rate goes."""

import keras
import tensorflow as tf

_MOMENTUM = 0.9


class OneOpAdam(keras.optimizers.Adam):
    """Adam that updates a weight by one operation of TensorFlow's, where Keras starts twelve.

    The same arithmetic on the same variables, within rounding: of a small network's step, starting
    an operation is a good part.
    """

    def update_step(
        self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor | float
    ) -> None:
        """Moves ``variable`` and its two moments by ``gradient``, all float32 of one shape."""
        index = self._get_variable_index(variable)
        step = tf.cast(tf.convert_to_tensor(self.iterations) + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def make_gan_adam(
    learning_rate: float, decay: float, decay_steps: int
) -> keras.optimizers.Optimizer:
    """Adam as the paper has it, whose rate falls smoothly by ``decay`` in ``decay_steps`` steps."""
    rate = keras.optimizers.schedules.ExponentialDecay(learning_rate, decay_steps, decay)
    return OneOpAdam(rate, beta_1=0.0, beta_2=0.99, name="adam")


def make_adam(
    learning_rate: float, total_steps: int, warmup_steps: int
) -> keras.optimizers.Optimizer:
    """Adam, at the rate of `cosine_rate`."""
    rate = cosine_rate(learning_rate, total_steps, warmup_steps)
    return keras.optimizers.Adam(rate, beta_1=0.9, beta_2=0.99)


def make_sgd(
    learning_rate: float, total_steps: int, warmup_steps: int
) -> keras.optimizers.Optimizer:
    """SGD with Nesterov's momentum, at the rate of `cosine_rate`."""
    rate = cosine_rate(learning_rate, total_steps, warmup_steps)
    return keras.optimizers.SGD(rate, _MOMENTUM, nesterov=True)


def cosine_rate(
    learning_rate: float, total_steps: int, warmup_steps: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Rises to ``learning_rate`` over the warm-up, then falls to 0 as a cosine."""
    return keras.optimizers.schedules.CosineDecay(
        0.0 if warmup_steps else learning_rate,
        total_steps - warmup_steps,
        warmup_target=learning_rate if warmup_steps else None,
        warmup_steps=warmup_steps,
    )
