"""A whole supervised training: builds everything, then steps until the end."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import tensorflow as tf
from absl import logging

from facedancer.arcface_model.interface import dtype_policy
from facedancer.dataset.damage import naming_damage
from facedancer.dataset.labelled_faces import LabelledFaces
from facedancer.utils.errors import UserError

from ..devices.emulation import warn_of_emulation
from ..devices.strategy import iterate, make_strategy
from ..networks.optimizers import make_sgd
from ..runs.checkpoint import RunState, copy_product, random_state
from ..runs.folder import open_run_folder
from ..runs.interruption import StopRequest
from ..runs.resume import MAY_DIFFER, refuse_changed_flags
from ..settings.supervised import SupervisedConfig
from ..watching.divergence import refuse_divergence
from ..watching.monitor import Monitor
from .step import SupervisedStep, Task

# The learning rate falls towards the last step, so another number of steps is another experiment.
# The rate itself is a factor of that curve, and may be lowered to save a run that diverged.
_MAY_DIFFER = MAY_DIFFER - {"total_steps"}


def train_supervised(
    config: SupervisedConfig,
    make_task: Callable[[LabelledFaces, LabelledFaces], Task],
    strategy: tf.distribute.Strategy | None = None,
    make_optimizer: Callable[[float, int, int], keras.optimizers.Optimizer] = make_sgd,
) -> Path:
    """Runs ``config`` to its last step, or until the process is asked to stop.

    A run whose folder holds a checkpoint goes on from there.

    SIGTERM ends it after the step at hand with a checkpoint; so does Ctrl-C, which is then raised
    on as KeyboardInterrupt.

    Args:
        config: the run.
        make_task: from the faces to learn from and those to validate on; called in the strategy's
            scope and the config's precision.
        strategy: where it runs; by default every GPU of this machine, or its CPU.
        make_optimizer: of `optimizers`, called in the strategy's scope.

    Returns:
        The path of the trained network.

    Raises:
        UserError: data or flags that do not fit, or a run folder that holds another run.
        TrainingDiverged: a loss or gradient is no longer finite; the last checkpoint stands.
    """
    strategy = strategy or make_strategy("mirrored")
    refuse_changed_flags(config, _MAY_DIFFER)
    faces, held_out = LabelledFaces(config.train_folders), LabelledFaces(config.validation_folders)
    _refuse_overlap(config, faces, held_out)
    with strategy.scope():
        keras.utils.set_random_seed(config.seed)
        with dtype_policy(config.precision):
            task = make_task(faces, held_out)
        optimizer = make_optimizer(config.learning_rate, config.total_steps, config.warmup_steps)
        optimizer.build(task.network.trainable_variables)
    state = RunState(
        config.checkpoint_dir,
        {"network": task.network, "optimizer": optimizer, **random_state(task.network)},
        task,
        config.keep_checkpoints,
        task.file_name,
        task.notes,
    )
    if state.exists:
        state.restore()
    step = int(state.step)
    result = Path(config.run_dir) / task.file_name
    if step >= config.total_steps:
        logging.warning("%s is complete: its %d steps are done", config.run_dir, step)
        copy_product(state.latest, result)
        return result
    warn_of_emulation(config.precision)
    batches = _distribute(strategy, config, faces, step)
    open_run_folder(config, step, strategy)
    monitor = Monitor(Path(config.run_dir), step, config.total_steps, config.batch_size)
    with contextlib.closing(monitor), naming_damage(*config.train_folders):
        step_function = SupervisedStep(task, optimizer, config.weight_decay, strategy)
        _run(config, task, step_function, batches, state, monitor)
    return result


def _run(
    config: SupervisedConfig,
    task: Task,
    step_function: SupervisedStep,
    batches: Iterator,
    state: RunState,
    monitor: Monitor,
) -> None:
    step = int(state.step)
    previous = None
    with StopRequest() as stop:
        while step < config.total_steps:
            report = step_function(batches, step)
            step += 1
            monitor.advance()
            if previous:
                # One step late: the device has the next one by now and does not wait for us.
                refuse_divergence(previous)
            previous = report
            is_last = step == config.total_steps
            due = {
                name: is_last or step % getattr(config, f"{name}_every") == 0
                for name in ("log", "validate", "checkpoint")
            }
            # Looked at once: a signal that comes in what follows ends the next step.
            ends = stop.signal is not None
            if any(due.values()) or ends:
                refuse_divergence(report)
            state.step.assign(step)
            if ends:
                # Before all that takes time: whoever asked for it may not wait.
                with monitor.pause():
                    state.save()
            if due["log"] or ends:
                monitor.scalars(report.values(), step)
            with monitor.pause():
                score = None
                if due["validate"]:
                    measures = task.validate()
                    monitor.scalars(measures, step)
                    score = measures["validation/score"]
                if ends:
                    state.set_score(score)
                elif due["checkpoint"]:
                    state.save(score)
            if ends:
                logging.warning("stopped after step %d, which is saved: the command goes on", step)
                break
        stop.raise_interrupt()


def _refuse_overlap(
    config: SupervisedConfig, faces: LabelledFaces, held_out: LabelledFaces
) -> None:
    if common := sorted(set(faces.names) & set(held_out.names)):
        raise UserError(
            f"{len(common)} people of --validation_data are also in --data, such as {common[0]}: "
            "validation needs people that the network has not seen; dataset/dataset_sharding.py "
            "--validation_share sets them aside"
        )


def _distribute(
    strategy: tf.distribute.Strategy, config: SupervisedConfig, faces: LabelledFaces, step: int
) -> Iterator:
    shares = strategy.num_replicas_in_sync
    if config.batch_size % shares:
        raise UserError(
            f"--batch_size={config.batch_size} cannot be shared by {shares} devices: use a "
            f"multiple of {shares}"
        )
    return iterate(
        strategy,
        lambda _: faces.batches(
            config.batch_size,
            seed=config.seed,
            # A flag of the encoders' alone.
            sampling=getattr(config, "sampling", "image"),
            start_step=step,
            shares=shares,
        ),
    )
