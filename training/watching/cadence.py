"""The times at which things are due in a run: logs, samples, validation, checkpoints, a profile."""

import dataclasses

from ..settings.train_config import TrainConfig

# A start's first steps trace, tune and fill buffers: a profile of them shows nothing else.
_PROFILE_FROM = 10


@dataclasses.dataclass(frozen=True)
class Cadence:
    """The steps of a run at which the host has something to do.

    Args:
        config: with its ``*_every``, ``steps_per_call`` and ``profile_steps``.
        first_step: number of steps done before this start.
    """

    config: TrainConfig
    first_step: int

    def call_length(self, step: int) -> int:
        """Number of steps that the next call may do, without passing over one that is due."""
        config = self.config
        periods = {
            config.log_every,
            config.sample_every,
            config.validate_every,
            config.checkpoint_every,
        }
        nearest = min(period - step % period for period in periods)
        ends = [end - step for end in (*self._profile_ends, config.total_steps) if end > step]
        return min(config.steps_per_call, nearest, *ends)

    def has_due(self, step: int) -> bool:
        """True if anything is due after ``step``."""
        return step in self._profile_ends or any(
            due(step) for due in (self.logs, self.samples, self.validates)
        )

    def is_last(self, step: int) -> bool:
        """True if the run ends after ``step``."""
        return step == self.config.total_steps

    def logs(self, step: int) -> bool:
        """True if the scalars of ``step`` are logged."""
        return step % self.config.log_every == 0 or self.saves(step)

    def samples(self, step: int) -> bool:
        """True if a sample grid follows ``step``."""
        return step % self.config.sample_every == 0 or self.is_last(step)

    def validates(self, step: int) -> bool:
        """True if a validation pass follows ``step``."""
        return step % self.config.validate_every == 0 or self.is_last(step)

    def saves(self, step: int) -> bool:
        """True if a checkpoint follows ``step``."""
        return step % self.config.checkpoint_every == 0 or self.is_last(step)

    def profiles(self, step: int) -> bool:
        """True if what follows ``step`` is recorded."""
        first, end = self._profile_ends or (0, 0)
        return first <= step < end

    @property
    def _profile_ends(self) -> tuple[int, ...]:
        """The numbers of steps done at which the profile begins and ends."""
        first = self.first_step + _PROFILE_FROM
        wanted = self.config.profile_steps
        return (first, first + wanted) if wanted else ()
