"""Writes for all processes, in one of them: logs, sample grids, validation passes, checkpoints."""

from pathlib import Path

import tensorflow as tf

from facedancer.dataset.record_reader import SkippedRecords

from ..networks.trained import TrainedNetworks
from ..runs.checkpoint import RunState
from ..runs.folder import open_run_folder
from ..settings.train_config import TrainConfig
from ..step import Report
from .alarm import find_alarm
from .cadence import Cadence
from .monitor import Monitor
from .validation import Validation


class Chief:
    """Does what is due after each call of the step function.

    Args:
        config: the run.
        networks: the run's.
        state: where checkpoints go.
        strategy: where it runs.
        first_step: number of steps done before this start.
        skipped: the damaged records that this process has passed over, where it may.

    Raises:
        UserError: the data to validate with cannot be read; nothing is written then.
    """

    def __init__(
        self,
        config: TrainConfig,
        networks: TrainedNetworks,
        state: RunState,
        strategy: tf.distribute.Strategy,
        first_step: int,
        skipped: SkippedRecords | None = None,
    ) -> None:
        self._config = config
        self._networks = networks
        self._state = state
        self._validation = Validation(config, networks)
        self._cadence = Cadence(config, first_step)
        self._skipped = skipped
        self._profiling = False
        open_run_folder(config, first_step, strategy)
        self._monitor = Monitor(
            Path(config.run_dir),
            first_step,
            config.total_steps,
            images_per_step=config.batch_size * config.accumulate,
        )

    def after(self, step: int, count: int, report: Report, stopping: bool) -> None:
        """Does what is due after ``step``.

        Args:
            step: number of steps done.
            count: how many of them the last call did.
            report: of that call; it is read, and its step waited for, only where something is due.
            stopping: whether the run ends here before its last step: then a checkpoint is due.
        """
        if stopping:
            # Before any word is said: whoever read our output may be gone, and a word fails then.
            self._save(step)
        monitor, cadence = self._monitor, self._cadence
        monitor.advance(count)
        self._profile(step)
        if cadence.logs(step) or stopping:
            scalars = {**report.values(), **player_scalars(self._networks)}
            if self._skipped is not None:
                scalars["data/skipped_records"] = float(self._skipped.count)
            monitor.scalars(scalars, step)
        with monitor.pause():
            score = self._validate(step) if cadence.validates(step) else None
            if cadence.samples(step):
                monitor.sample_grid(self._validation.samples(), step)
            if stopping:
                self._state.set_score(score)
            elif cadence.saves(step):
                self._save(step, score)

    def close(self) -> None:
        """Ends the progress line and flushes the logs."""
        if self._profiling:
            tf.profiler.experimental.stop()
        self._monitor.close()

    def _save(self, step: int, score: float | None = None) -> None:
        self._state.step.assign(step)
        self._state.save(score)

    def _validate(self, step: int) -> float:
        values = self._validation.scalars()
        self._monitor.scalars(values, step)
        alarm = find_alarm(values, step, self._config.alarm_after)
        if alarm:
            self._monitor.alarm(alarm, step)
        return values["validation/score"]

    def _profile(self, step: int) -> None:
        wanted = self._cadence.profiles(step)
        if wanted and not self._profiling:
            tf.profiler.experimental.start(str(Path(self._config.run_dir) / "logs"))
        elif self._profiling and not wanted:
            tf.profiler.experimental.stop()
        self._profiling = wanted


def player_scalars(networks: TrainedNetworks) -> dict[str, float]:
    """Learning rate and, under float16, loss scales and skipped steps, by log name."""
    scalars = {"learning_rate": float(networks.generator.optimizer.learning_rate)}
    for name, player in networks.players.items():
        if player.loss_scale:
            scalars[f"loss_scale/{name}"] = float(player.scale)
            scalars[f"skipped_steps/{name}"] = float(player.skipped_steps.numpy())
    return scalars
