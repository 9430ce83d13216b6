"""The flags that all scripts share that take crops out of a folder."""

import dataclasses

from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

# Bits of 255 in which two near-duplicates differ at most.
MAX_DISTANCE = 32


@dataclasses.dataclass(frozen=True)
class CleaningSettings:
    """The crops, where those go that are taken out, and whether any are."""

    data: str = shared_flag(
        "data",
        text="Folder of crops from dataset/crop_align.py.",
        aliases=("data_dir",),
        needed=True,
    )
    removed_dir: str | None = flag_field(
        None, "Folder for the removed crops; default: DATA_removed, next to --data."
    )
    dry_run: bool = shared_flag("dry_run", text="Only print and show what would be removed.")
