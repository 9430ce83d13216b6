"""The optimizers of all trainings, each with the way its learning rate goes."""

import keras

_MOMENTUM = 0.9


def make_gan_adam(
    learning_rate: float, decay: float, decay_steps: int
) -> keras.optimizers.Optimizer:
    """Adam as the paper has it, whose rate falls smoothly by ``decay`` in ``decay_steps`` steps."""
    rate = keras.optimizers.schedules.ExponentialDecay(learning_rate, decay_steps, decay)
    return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99)


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
