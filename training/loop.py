"""A whole run, from a `TrainConfig`: builds everything, then steps until the end or a stop."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
from absl import logging

from facedancer.arcface_model.origin import encoder_origin
from facedancer.dataset.damage import naming_damage
from facedancer.dataset.record_reader import SkippedRecords
from facedancer.utils.errors import UserError
from facedancer.utils.weights.origins import ENCODER

from .config import TrainConfig
from .cost.memory import explain_out_of_memory
from .devices.strategy import (
    agree_on_run,
    agree_on_step,
    distribute,
    is_chief,
    make_strategy,
    naming_lost_workers,
)
from .networks import Game, build_game
from .runs.checkpoint import RunState, copy_product
from .runs.interruption import StopRequest
from .runs.resume import refuse_changed_flags
from .start import check_start, load_start
from .step import StepFunction
from .watching.cadence import Schedule
from .watching.chief import Chief
from .watching.divergence import refuse_divergence
from .watching.fixed_pairs import check_data


def train(config: TrainConfig, strategy: tf.distribute.Strategy | None = None) -> Path:
    """Runs ``config`` to its last step, or until the process is asked to stop.

    SIGTERM, as schedulers send it before they take a machine away, ends the run after the step at
    hand with a checkpoint; so does Ctrl-C, which is then raised on as KeyboardInterrupt.

    Args:
        config: the run.
        strategy: where it runs; by ``config.strategy`` where it is not given.

    Returns:
        The path of the generator, ``run_dir/generator.keras``.

    Raises:
        UserError: data, weights or flags that do not fit, a run folder that holds another run, or
            too little memory.
        TrainingDiverged: a loss or a gradient is no longer finite; the last checkpoint stands.
    """
    strategy = strategy or make_strategy(config.strategy)
    with naming_lost_workers(strategy), explaining_memory(config, strategy):
        game, state, first_step = prepare(config, strategy)
        if first_step >= config.total_steps:
            logging.warning(
                "%s has done its %d steps; raise --total_steps", config.run_dir, first_step
            )
            if is_chief(strategy):
                copy_product(state.latest, config.generator_path)
            return config.generator_path
        skipped = SkippedRecords() if config.skip_corrupt else None
        batches = distribute(strategy, config, first_step, skipped)
        chief = None
        if is_chief(strategy):
            chief = Chief(config, game, state, strategy, first_step, skipped)
        with contextlib.closing(chief) if chief else contextlib.nullcontext():
            _run(config, strategy, game, batches, first_step, chief)
        if skipped is not None and skipped.count:
            logging.warning(
                "%d damaged records were passed over; "
                "python dataset/inspect_records.py --verify names them",
                skipped.count,
            )
    return config.generator_path


def prepare(config: TrainConfig, strategy: tf.distribute.Strategy) -> tuple[Game, RunState, int]:
    """All that comes before a run's first step and writes nothing, every check included.

    Returns:
        The networks as they begin, their checkpoints, and the number of steps done.

    Raises:
        UserError: as `train`.
    """
    # First what is quick to check: a wrong path should not cost the minutes that networks take.
    check_batch(config, strategy.num_replicas_in_sync)
    check_data(config)
    check_start(config)
    if config.resume:
        refuse_changed_flags(config)
    agree_on_run(strategy, config)
    game = build_game(config, strategy)
    state = RunState(
        config.checkpoint_dir,
        game.trackables(),
        game.output_generator,
        config.keep_checkpoints,
        notes={ENCODER: encoder_origin(config.arcface_path)},
    )
    first_step = load_start(config, game, state)
    agree_on_step(strategy, first_step)
    return game, state, first_step


def check_batch(config: TrainConfig, replicas: int) -> None:
    """Refuses a batch that cannot be shared out.

    Raises:
        UserError: it is no multiple of the number of replicas, or of one pair.
    """
    batch = config.batch_size
    if batch % replicas:
        lower = batch // replicas * replicas
        near = [size for size in (lower, lower + replicas) if size]
        sizes = " or ".join(f"--batch_size={size}" for size in near)
        fewer = max(number for number in range(1, replicas) if batch % number == 0)
        raise UserError(
            f"--batch_size={batch} cannot be shared by {replicas} devices: use a multiple of "
            f"{replicas} ({sizes}), or {fewer} of the devices (docs/cluster.md, "
            '"A batch that does not fit the GPUs")'
        )
    if config.batch_size == 1 and 0 < config.same_ratio < 1:
        raise UserError(
            "--batch_size=1 would make every pair a same pair, as each batch has at least one: "
            "use 2 or more, or --same_ratio=0"
        )


def _run(
    config: TrainConfig,
    strategy: tf.distribute.Strategy,
    game: Game,
    batches: Iterator,
    step: int,
    chief: Chief | None,
) -> None:
    step_function = StepFunction(game, strategy, several=config.steps_per_call > 1)
    schedule = Schedule(config, step)
    previous = None
    with StopRequest() as stop:
        while step < config.total_steps:
            count = schedule.call_length(step)
            with naming_damage(*config.train_folders):
                report = step_function(batches, step, count, stop.signal is not None)
            step += count
            if previous:
                # One call late: the device has the next one by now and does not wait for us.
                refuse_divergence(previous)
            # Several processes must stop at one step: the report they share decides.
            stopping = stop.signal is not None
            if step_function.shares_stop:
                stopping = previous is not None and bool(previous.is_stopping)
            if stopping or schedule.has_due(step):
                refuse_divergence(report)
            if chief:
                chief.after(step, count, report, stopping)
            if stopping:
                logging.warning("stopped after step %d, which is saved: --resume goes on", step)
                break
            previous = report
        # Nobody leaves while the chief still saves: that would pass for a crash.
        agree_on_step(strategy, step)
        stop.raise_interrupt()


@contextlib.contextmanager
def explaining_memory(config: TrainConfig, strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Turns memory that runs out within the block into a `UserError` that says what to lower."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise UserError(explain_out_of_memory(config, strategy.num_replicas_in_sync)) from error
