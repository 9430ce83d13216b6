"""A whole run: builds everything from a `TrainConfig`, then steps, logs, samples and saves."""

from pathlib import Path

import keras
import tensorflow as tf
from absl import logging

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.dataset.damage import naming_damage
from facedancer.dataset.pipeline import make_dataset
from facedancer.losses.objective import LossWeights
from facedancer.networks.discriminator import get_discriminator
from facedancer.networks.feature_extractor import get_feature_extractor
from facedancer.networks.generator import get_generator
from facedancer.utils.cli import UserError

from .checkpoint import RunState, save_generator
from .config import TrainConfig, to_flagfile
from .frozen import choose_encoder, choose_features
from .monitor import Monitor
from .player import Player
from .step import Game, make_step_function

SAMPLE_ROWS = 8


def default_strategy() -> tf.distribute.Strategy:
    """`MirroredStrategy` over every visible GPU, or over the CPU where there is none."""
    if tf.config.list_logical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.MirroredStrategy(["CPU:0"])


def train(config: TrainConfig, strategy: tf.distribute.Strategy | None = None) -> Path:
    """Runs ``config`` to its last step.

    Args:
        config: the run.
        strategy: where it runs; `default_strategy` where it is not given.

    Returns:
        The path of the finished generator, ``run_dir/generator.keras``.

    Raises:
        UserError: data, weights or flags that do not fit, a run folder that holds another run, or
            a loss that is no longer finite.
    """
    strategy = strategy or default_strategy()
    replicas = strategy.num_replicas_in_sync
    if config.batch_size % replicas:
        raise UserError(
            f"--batch_size={config.batch_size} cannot be shared by {replicas} devices: "
            f"use a multiple of {replicas}"
        )
    run_dir = Path(config.run_dir)
    if any(config.checkpoint_dir.glob("*.index")) and not config.resume:
        raise UserError(f"{run_dir} holds a run: go on with --resume or name another --run_dir")
    # Data first: a wrong path should not cost the minutes that building networks can take.
    samples = _sample_batch(config)

    previous_policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(config.precision)
    try:
        with strategy.scope():
            game = build_game(config)
    finally:
        keras.config.set_dtype_policy(previous_policy)
    state = RunState(
        config.checkpoint_dir, game.generator, game.discriminator, config.keep_checkpoints
    )
    if config.resume and state.latest:
        state.restore()
    first_step = int(state.step)
    if first_step >= config.total_steps:
        logging.warning("%s has done its %d steps; raise --total_steps", run_dir, first_step)
        return config.generator_path
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / "flags.cfg").write_text(to_flagfile(config))

    dataset = make_dataset(
        config.train_data,
        image_size=config.image_size,
        batch_size=config.batch_size,
        same_probability=config.same_ratio,
        seed=config.seed,
        start_step=first_step,
    )
    batches = iter(strategy.experimental_distribute_dataset(dataset))
    step_function = make_step_function(game, strategy)
    monitor = Monitor(run_dir, first_step, config.total_steps)
    try:
        for step in range(first_step, config.total_steps):
            with naming_damage(config.train_data):
                batch = next(batches)
            parts = step_function(batch, tf.constant(step, tf.int64))
            done = step + 1
            last = done == config.total_steps
            save = done % config.checkpoint_every == 0 or last
            monitor.advance()
            # Before a checkpoint too: what is not finite must not replace what was.
            if done % config.log_every == 0 or save:
                scalars = {name: float(value) for name, value in parts.items()}
                monitor.scalars({**scalars, **optimizer_scalars(game)}, done)
            if done % config.sample_every == 0 or last:
                monitor.sample_grid(swap_samples(game, samples), done)
            if save:
                state.step.assign(done)
                state.save()
                save_generator(game.generator.network, config.generator_path)
    finally:
        monitor.close()
    return config.generator_path


def build_game(config: TrainConfig) -> Game:
    """Networks, optimizers and rules, under the current strategy scope and dtype policy."""
    keras.utils.set_random_seed(config.seed)
    try:
        generator = get_generator(
            config.up_types,
            mapping_depth=config.mapping_depth,
            mapping_size=config.mapping_size,
            image_size=config.image_size,
            base_width=config.base_width,
        )
        discriminator = get_discriminator(config.image_size, config.base_width)
    except ValueError as error:  # A flag's value that only the networks can judge.
        raise UserError(str(error)) from error
    extractor = None
    if config.perceptual_weight:
        extractor = get_feature_extractor(config.perceptual_features, config.loss_profile)
    scale_loss = config.precision == "mixed_float16"
    return Game(
        generator=Player(generator, _adam(config), scale_loss),
        discriminator=Player(discriminator, _adam(config), scale_loss),
        encoder=load_encoder(config.arcface_path),
        extractor=extractor,
        profile=config.loss_profile,
        weights=LossWeights(
            adversarial=config.adversarial_weight,
            identity=config.identity_weight,
            reconstruction=config.reconstruction_weight,
            perceptual=config.perceptual_weight,
            cycle=config.cycle_weight,
            ifsr=config.ifsr_weight,
            gradient_penalty=config.gradient_penalty_weight,
        ),
        ifsr_scale=config.ifsr_scale,
        seed=config.seed,
    )


def optimizer_scalars(game: Game) -> dict[str, float]:
    """Learning rate and, under float16, the loss scales, by log name."""
    scalars = {"learning_rate": float(game.generator.optimizer.learning_rate)}
    if game.generator.loss_scale:
        scalars["loss_scale/generator"] = float(game.generator.scale)
        scalars["loss_scale/discriminator"] = float(game.discriminator.scale)
    return scalars


def swap_samples(game: Game, samples: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Columns of the sample grid: target, source, the swap, and the target as its own source."""
    generator, target = game.generator.network, samples["target"]
    source_identity = encode(game.encoder, samples["source"])["embedding"]
    target_identity = encode(game.encoder, target)["embedding"]
    return {
        "target": target,
        "source": samples["source"],
        "swap": generator([target, source_identity], training=False),
        "reconstruction": generator([target, target_identity], training=False),
    }


def resolve_stand_ins(config: TrainConfig) -> dict[str, str]:
    """What the two ``auto`` flags stand for on this machine, to be written into the run's flags."""
    features = config.perceptual_features
    return {
        "arcface_path": choose_encoder(config.arcface_path, config.total_steps),
        "perceptual_features": choose_features(features) if config.perceptual_weight else features,
    }


def _adam(config: TrainConfig) -> keras.optimizers.Optimizer:
    rate = keras.optimizers.schedules.ExponentialDecay(
        config.learning_rate, config.learning_rate_decay_steps, config.learning_rate_decay
    )
    return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99)


def _sample_batch(config: TrainConfig) -> dict[str, tf.Tensor]:
    """The fixed pairs of the sample grid, not augmented: each face takes its neighbour's identity.

    Neighbours rather than chance: in a set of few faces, chance shows a face with itself.
    """
    dataset = make_dataset(
        config.train_data,
        image_size=config.image_size,
        batch_size=min(config.batch_size, SAMPLE_ROWS),
        same_probability=0.0,
        augment=False,
        shuffle=False,
        seed=config.seed,
    )
    with naming_damage(config.train_data):
        target = next(iter(dataset))["target"]
    return {"target": target, "source": tf.roll(target, 1, axis=0)}
