"""Trains one of the paper's rivals like FaceDancer: docs/rivals.md.

The same command resumes a run that was stopped. --dry_run checks everything and shows the plan.

  python lab/train_rival.py --flagfile=flags/lab/rivals/sim_swap.cfg
"""

import dataclasses

from facedancer.lab.rivals.settings import RivalConfig
from facedancer.training import train
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings(RivalConfig):
    """A rival's training, and whether it is only looked at."""

    dry_run: bool = shared_flag(
        "dry_run",
        text="check everything, print what would be trained, and stop",
        group="run",
        stored=False,
    )


def main(settings: Settings) -> None:
    """Trains, and says where the generator is."""
    train.main(settings)


if __name__ == "__main__":
    run(main, Settings)
