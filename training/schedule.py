"""When things are due in a run: logs, samples, validation, checkpoints."""

import dataclasses

from .config import TrainConfig


@dataclasses.dataclass(frozen=True)
class Schedule:
    """The steps of a run at which the host has something to do.

    Args:
        config: with its ``*_every`` and ``steps_per_call``.
    """

    config: TrainConfig

    def call_length(self, step: int) -> int:
        """How many steps the next call may do after ``step``, without passing over a due one."""
        config = self.config
        periods = {
            config.log_every,
            config.sample_every,
            config.validate_every,
            config.checkpoint_every,
        }
        nearest = min(period - step % period for period in periods)
        return min(config.steps_per_call, nearest, config.total_steps - step)

    def has_due(self, step: int) -> bool:
        """Whether anything is due after ``step``."""
        return any(due(step) for due in (self.logs, self.samples, self.validates))

    def is_last(self, step: int) -> bool:
        """Whether the run ends after ``step``."""
        return step == self.config.total_steps

    def logs(self, step: int) -> bool:
        """Whether the scalars of ``step`` are logged."""
        return step % self.config.log_every == 0 or self.saves(step)

    def samples(self, step: int) -> bool:
        """Whether a sample grid follows ``step``."""
        return step % self.config.sample_every == 0 or self.is_last(step)

    def validates(self, step: int) -> bool:
        """Whether a validation pass follows ``step``."""
        return step % self.config.validate_every == 0 or self.is_last(step)

    def saves(self, step: int) -> bool:
        """Whether a checkpoint follows ``step``."""
        return step % self.config.checkpoint_every == 0 or self.is_last(step)
