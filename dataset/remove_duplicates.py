"""Removes near-duplicates from a folder of crops, and keeps the best of each group.

python dataset/remove_duplicates.py --data=/tmp/crops --dry_run

Crops are moved to --removed_dir, never deleted. REMOVED/removed.jsonl gives the reason for each,
REMOVED/duplicates.png shows some next to the crops that were kept.
"""

import dataclasses

from facedancer.dataset.cleaning.settings import MAX_DISTANCE, CleaningSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field


@dataclasses.dataclass(frozen=True)
class Settings(CleaningSettings):
    """The crops, and how alike two of them are allowed to be."""

    max_distance: int = flag_field(
        MAX_DISTANCE,
        "Largest number of different bits, of 255, between near-duplicates. 8 finds the same "
        "picture saved again; 32 also pictures shifted by a pixel or two and neighbouring frames "
        "of a film.",
        least=0,
        most=64,
    )


def main(settings: Settings) -> None:
    """Moves near-duplicates, and prints what came of it."""
    from facedancer.dataset.cleaning.duplicates import SHEET_NAME, remove_duplicates
    from facedancer.dataset.cleaning.removal import REPORT_NAME

    summary = remove_duplicates(
        settings.data, settings.removed_dir, settings.max_distance, settings.dry_run
    )
    print(f"{summary.crops:>9} crops")
    print(f"{len(summary.removals):>9} near-duplicates of better ones")
    print(f"{summary.mixed:>9} of these bear another name than the one that stays")
    if summary.removals:
        report = (
            "nothing was moved" if settings.dry_run else f"{REPORT_NAME} says why each one went"
        )
        print(f"{summary.removed_dir}: {SHEET_NAME} shows some; {report}")


if __name__ == "__main__":
    run(main, Settings)
