"""Lists the content of a folder of shards, and checks it for damage.

python dataset/inspect_records.py --data=/tmp/shards --verify --contact_sheet=/tmp/sheet.png
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """The shards, and how closely they are looked at."""

    data: str = shared_flag(
        "data",
        text="Folder of shards, from dataset_sharding.py.",
        aliases=("data_dir",),
        needed=True,
    )
    verify: bool = flag_field(
        False,
        "Also decode each record and compare it with the index and the catalogue. The files' "
        "checksums are always compared.",
    )
    contact_sheet: str | None = flag_field(
        None, "File for a picture of 64 crops with their landmarks."
    )


def main(settings: Settings) -> None:
    """Prints what is there; damage is told record by record, then refused."""
    from facedancer.dataset.records import decode_on_cpu
    from facedancer.dataset.shards.catalogue import read_catalogue
    from facedancer.dataset.shards.check import check_shards
    from facedancer.dataset.shards.index import read_index
    from facedancer.dataset.shards.listing import (
        describe,
        draw_contact_sheet,
        shard_head,
        shard_row,
    )
    from facedancer.utils.images import write_image

    decode_on_cpu()
    folder = Path(settings.data)
    index = read_index(folder)
    catalogue = read_catalogue(folder, index)
    print(shard_head(index))
    faults = []
    for number, found in enumerate(check_shards(folder, index, catalogue, decode=settings.verify)):
        print(shard_row(folder, index, number, sound=not found), flush=True)
        faults += found
    print("", *describe(index, catalogue), sep="\n")
    if faults:
        print("", "damage:", *(f"  {fault}" for fault in faults), sep="\n")
        more = f" (and {len(faults) - 1} more faults, listed above)" if faults[1:] else ""
        raise UserError(
            f"{faults[0]}{more}; make the shards again with dataset/dataset_sharding.py, copy them "
            "again, or train with --skip_corrupt"
        )
    if settings.verify:
        print(
            f"\nall {index.count:,} records are whole, decode, and are those that the index names"
        )
    if settings.contact_sheet:
        write_image(settings.contact_sheet, draw_contact_sheet(folder, index, catalogue))
        print(f"\ncontact sheet: {settings.contact_sheet}")


if __name__ == "__main__":
    run(main, Settings)
