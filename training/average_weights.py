"""Averages the weights of generators of which each was trained on from another.

Such generators lie near each other, so their mean is a generator too ("Model soups", Wortsman et
al. 2022). If the weights of their losses differed, it is a balance between them:

  python training/average_weights.py --generators=runs/a,runs/b --shares=0.4,0.6 \\
      --output=averaged.keras
"""

import dataclasses
import math
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One mean.

    Raises:
        UserError: fewer than two generators, another number of shares, one that is not positive, or
            an output that is no ``.keras`` file.
    """

    generators: tuple[Path, ...] = shared_flag(
        "generators", text="generator files or run folders to average, two or more"
    )
    shares: tuple[float, ...] = flag_field(
        (), "weight of each generator in the mean, in the same order; default: equal"
    )
    output: str = shared_flag("output", text=".keras file to write", needed=True)

    def __post_init__(self) -> None:
        if len(self.generators) < 2:
            raise UserError("--generators must name two or more")
        if self.shares and len(self.shares) != len(self.generators):
            raise UserError(
                f"--shares has {len(self.shares)} numbers for {len(self.generators)} generators"
            )
        if not all(math.isfinite(share) and share > 0 for share in self.shares):
            raise UserError("--shares must be positive numbers")
        if Path(self.output).suffix != ".keras":
            raise UserError(f"--output={self.output} must end in .keras")


def main(settings: Settings) -> None:
    """Writes the mean."""
    from facedancer.training.networks.averaging import average_generators

    shares = settings.shares or (1.0,) * len(settings.generators)
    average_generators(settings.generators, shares, Path(settings.output))
    print(f"generator: {settings.output}")


if __name__ == "__main__":
    run(main, Settings)
