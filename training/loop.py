"""A whole run, from a `TrainConfig`: builds everything, then steps until the end or a stop."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf
from absl import logging

from facedancer.dataset.damage import naming_damage
from facedancer.dataset.record_reader import SkippedRecords

from .devices.agreement import agree_on_run, agree_on_step, naming_lost_workers
from .devices.batches import distribute
from .devices.emulation import warn_of_emulation
from .devices.strategy import is_chief, make_strategy
from .networks.trained import TrainedNetworks
from .runs.checkpoint import copy_product
from .runs.checkpoint_folder import step_of
from .runs.interruption import StopRequest
from .runs.resume import find_end
from .settings.train_config import TrainConfig
from .start import check_start, prepare
from .step import StepFunction
from .watching.cadence import Cadence
from .watching.chief import Chief
from .watching.divergence import refuse_divergence


def train(config: TrainConfig, strategy: tf.distribute.Strategy | None = None) -> Path:
    """Runs ``config`` to its last step, or until the process is asked to stop.

    A run whose folder holds a checkpoint goes on from there.

    SIGTERM, as schedulers send it before they take a machine away, ends the run after the step at
    hand with a checkpoint; so does Ctrl-C, which is then raised on as KeyboardInterrupt.

    Args:
        config: the run.
        strategy: where it runs; by ``config.strategy`` where it is not given.

    Returns:
        The path of the generator, ``run_dir/generator.keras``.

    Raises:
        UserError: data, weights or flags that do not fit, or a run folder that holds another run.
        TrainingDiverged: a loss or a gradient is no longer finite; the last checkpoint stands.
    """
    strategy = strategy or make_strategy(config.strategy)
    with naming_lost_workers(strategy):
        check_start(config)
        if end := find_end(config):
            agree_on_run(strategy, config)
            agree_on_step(strategy, step_of(end))
            if is_chief(strategy):
                copy_product(end, config.generator_path)
            return config.generator_path
        warn_of_emulation(config.precision)
        networks, state, first_step = prepare(config, strategy)
        skipped = SkippedRecords() if config.skip_corrupt else None
        batches = distribute(strategy, config, first_step, skipped)
        chief = None
        if is_chief(strategy):
            chief = Chief(config, networks, state, strategy, first_step, skipped)
        with contextlib.closing(chief) if chief else contextlib.nullcontext():
            _run(config, strategy, networks, batches, first_step, chief)
        if skipped is not None and skipped.count:
            logging.warning(
                "%d damaged records were passed over; "
                "python dataset/inspect_records.py --verify names them",
                skipped.count,
            )
    return config.generator_path


def _run(
    config: TrainConfig,
    strategy: tf.distribute.Strategy,
    networks: TrainedNetworks,
    batches: Iterator,
    step: int,
    chief: Chief | None,
) -> None:
    step_function = StepFunction(networks, strategy, several=config.steps_per_call > 1)
    cadence = Cadence(config, step)
    previous = None
    with StopRequest() as stop:
        while step < config.total_steps:
            count = cadence.call_length(step)
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
            if stopping or cadence.has_due(step):
                refuse_divergence(report)
            if chief:
                chief.after(step, count, report, stopping)
            if stopping:
                logging.warning("stopped after step %d, which is saved: the command goes on", step)
                break
            previous = report
        # Nobody leaves while the chief still saves: that would pass for a crash.
        agree_on_step(strategy, step)
        stop.raise_interrupt()
