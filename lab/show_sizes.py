"""Prints the sizes of C, its rivals and its students in the lab: docs/rivals.md.

python lab/show_sizes.py
"""

import dataclasses

from facedancer.utils.cli import run


@dataclasses.dataclass(frozen=True)
class Settings:
    """Nothing: the sizes are what the lab's flagfiles say."""


def main(settings: Settings) -> None:
    """Builds, counts and prints."""
    from facedancer.lab.experiment.sizes import measure_sizes, sizes_table

    print(sizes_table(measure_sizes()))


if __name__ == "__main__":
    run(main, Settings)
