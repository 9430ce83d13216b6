"""A whole run, from a `TrainConfig`: builds everything, then steps, logs, samples and saves."""

import math
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf
from absl import logging

from facedancer.arcface_model.encoder import encode
from facedancer.dataset.damage import naming_damage
from facedancer.dataset.pipeline import make_dataset
from facedancer.dataset.shard_index import read_index
from facedancer.utils.cli import UserError

from .checkpoint import RunState, save_generator
from .config import TrainConfig, to_flagfile
from .game import Game, build_game
from .monitor import Monitor
from .step import make_step_function

SAMPLE_ROWS = 8


class TrainingDiverged(UserError):
    """A loss or a gradient is NaN or infinite; the message names it and the step."""


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
        UserError: data, weights or flags that do not fit, or a run folder that holds another run.
        TrainingDiverged: a loss or a gradient is no longer finite; the last checkpoint stands.
    """
    strategy = strategy or default_strategy()
    _check_batch(config, strategy.num_replicas_in_sync)
    # Data first: a wrong path should not cost the minutes that building networks can take.
    samples = _sample_batch(config)
    run_dir = Path(config.run_dir)
    game = build_game(config, strategy)
    state = RunState(
        config.checkpoint_dir, game.generator, game.discriminator, config.keep_checkpoints
    )
    if state.exists:
        if not config.resume:
            raise UserError(f"{run_dir} holds a run: go on with --resume or name another --run_dir")
        state.restore()
    first_step = int(state.step)
    if first_step >= config.total_steps:
        logging.warning("%s has done its %d steps; raise --total_steps", run_dir, first_step)
        save_generator(game.generator.network, config.generator_path)
        return config.generator_path
    dataset = make_dataset(
        config.train_data,
        image_size=config.image_size,
        batch_size=config.batch_size,
        same_probability=config.same_ratio,
        seed=config.seed,
        start_step=first_step,
    )
    _write_flags(config, first_step)

    batches = iter(strategy.experimental_distribute_dataset(dataset))
    step_function = make_step_function(game, strategy)
    monitor = Monitor(run_dir, first_step, config.total_steps)
    try:
        for step in range(first_step, config.total_steps):
            with naming_damage(config.train_data):
                batch = next(batches)
            scalars = step_function(batch, tf.constant(step, tf.int64))
            done = step + 1
            last = done == config.total_steps
            save = done % config.checkpoint_every == 0 or last
            monitor.advance()
            # Before a checkpoint too: what is not finite must not replace what was.
            if done % config.log_every == 0 or save:
                values = {name: float(value) for name, value in scalars.items()}
                refuse_divergence(game, values, done)
                monitor.scalars({**values, **optimizer_scalars(game)}, done)
            if done % config.sample_every == 0 or last:
                monitor.sample_grid(swap_samples(game, samples), done)
            if save:
                state.step.assign(done)
                state.save()
                save_generator(game.generator.network, config.generator_path)
    finally:
        monitor.close()
    return config.generator_path


def refuse_divergence(game: Game, values: Mapping[str, float], step: int) -> None:
    """Stops a run whose numbers are no longer finite.

    Under float16 a step whose gradients overflowed was skipped, and says nothing about the run,
    unless the loss scale has already fallen as far as it can.

    Raises:
        TrainingDiverged: with the names and the step.
    """
    broken = [name for name, value in values.items() if not math.isfinite(value)]
    skipped = game.generator.loss_scale and any(name.startswith("gradient") for name in broken)
    diverged = [f"gradient_norm/{name}" for name, player in game.players.items() if player.diverged]
    names = sorted({*diverged, *([] if skipped else broken)})
    if names:
        raise TrainingDiverged(
            f"{', '.join(names)} not finite by step {step}; the last checkpoint stands: go on from "
            "it with --resume and a lower --learning_rate, or another --seed"
        )


def optimizer_scalars(game: Game) -> dict[str, float]:
    """Learning rate and, under float16, loss scales and skipped steps, by log name."""
    scalars = {"learning_rate": float(game.generator.optimizer.learning_rate)}
    for name, player in game.players.items():
        if player.loss_scale:
            scalars[f"loss_scale/{name}"] = float(player.scale)
            scalars[f"skipped_steps/{name}"] = float(player.bad_steps.numpy())
    return scalars


def swap_samples(game: Game, samples: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
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


def _check_batch(config: TrainConfig, replicas: int) -> None:
    if config.batch_size % replicas:
        raise UserError(
            f"--batch_size={config.batch_size} cannot be shared by {replicas} devices: "
            f"use a multiple of {replicas}"
        )
    if config.batch_size == 1 and 0 < config.same_ratio < 1:
        raise UserError(
            "--batch_size=1 would make every pair a same pair, as each batch has at least one: "
            "use 2 or more, or --same_ratio=0"
        )


def _sample_batch(config: TrainConfig) -> dict[str, tf.Tensor]:
    """The fixed pairs of the sample grid, not augmented: each face takes its neighbour's identity.

    Neighbours rather than chance: in a set of few faces, chance shows a face with itself.
    """
    shrink_factor = read_index(config.train_data).shrink_factor
    if shrink_factor != 1:
        raise UserError(
            f"{config.train_data} holds crops of --shrink_factor={shrink_factor}, which the "
            "identity encoder would see out of place: make them with --shrink_factor=1"
        )
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


def _write_flags(config: TrainConfig, first_step: int) -> None:
    """Writes the run's effective flags; those of its part before ``first_step`` are kept beside."""
    path = Path(config.run_dir) / "flags.cfg"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = to_flagfile(config)
    if first_step and path.is_file() and (before := path.read_text()) != text:
        changed = sorted(set(text.splitlines()) - set(before.splitlines()))
        logging.warning("going on with other flags than before: %s", " ".join(changed))
        path.rename(path.with_name(f"flags_until_{first_step}.cfg"))
    path.write_text(text)
