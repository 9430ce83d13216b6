"""The spread of seeds, and what it says of a mean and of a difference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

# Student's t, two-sided for 95 %, of 1, 2, ... degrees of freedom.
_STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


@dataclass(frozen=True)
class Spread:
    """The variance of single runs about their swapper's mean.

    Attributes:
        variance: of a run.
        freedom: degrees of freedom that it was estimated with.
    """

    variance: float
    freedom: int

    def half_width(self, *counts: int) -> float:
        """Half of the 95 % interval of a sum or difference of means over so many seeds each."""
        deviation = np.sqrt(self.variance * sum(1 / count for count in counts))
        return float(student(self.freedom) * deviation)


def student(freedom: int) -> float:
    """The deviations within which 95 % lie, to 0.1 %."""
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    # Abramowitz and Stegun, 26.7.5.
    return 1.95996 + 2.3723 / freedom + 2.8225 / freedom**2


def pooled(groups: Iterable[Sequence[float]]) -> Spread | None:
    """The spread within groups of numbers, those of one swapper's seeds each.

    Groups of one number tell nothing of it, but are taken to spread as the others do.

    Returns:
        None where no group has two numbers.
    """
    repeated = [np.asarray(group, np.float64) for group in groups if len(group) > 1]
    freedom = sum(len(group) - 1 for group in repeated)
    if not freedom:
        return None
    squares = sum(float(np.sum((group - group.mean()) ** 2)) for group in repeated)
    return Spread(squares / freedom, freedom)
