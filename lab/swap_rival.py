"""Swaps the pairs of an evaluation by a rival that takes labels, so that they can be evaluated.

python lab/swap_rival.py --generator=lab_out/runs/hifi_face --targets=lab_out/shards/test \\
    --encoder=lab_out/encoders/arcface/encoder.keras --pair_list=lab_out/pairs/pairs.json \\
    --output=SWAPS

evaluation/evaluate.py --swapper=SWAPS --pair_list=SWAPS/pairs.json then measures them.
"""

import dataclasses
from pathlib import Path

import numpy as np

from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One set of swaps."""

    generator: str = shared_flag("generator", needed=True)
    encoder: str = shared_flag("encoder", needed=True)
    targets: str = shared_flag("targets", text="folder of shards with labels", needed=True)
    pair_list: str = shared_flag("pair_list", needed=True)
    output: str = shared_flag("output", text="output folder, for P.png of pair P", needed=True)
    batch_size: int = shared_flag("batch_size", default=32)


def main(settings: Settings) -> None:
    """Swaps, and copies the list of the pairs last: it says that all are there."""
    from facedancer.dataset.records import decode_on_cpu
    from facedancer.evaluation.swaps.face_set import faces_of_records
    from facedancer.evaluation.swaps.pairs import read_pairs
    from facedancer.lab.rivals.swapping import CodedSwapper
    from facedancer.utils.files import write_text
    from facedancer.utils.images import write_image
    from facedancer.utils.places import check_folder
    from facedancer.utils.progress import progress_bar
    from facedancer.utils.text_files import read_text

    decode_on_cpu()
    folder = Path(settings.output)
    check_folder(folder)
    faces = faces_of_records(settings.targets)
    pairs = read_pairs(settings.pair_list, faces, faces)
    swapper = CodedSwapper(settings.generator, settings.encoder, settings.targets)
    for start in progress_bar(range(0, pairs.count, settings.batch_size), unit="batch"):
        rows = np.arange(start, min(start + settings.batch_size, pairs.count))
        swaps = swapper.swap(pairs.targets[rows], pairs.sources[rows])
        for number, picture in zip(rows.tolist(), swaps, strict=True):
            write_image(folder / f"{number}.png", picture)
    write_text(folder / "pairs.json", read_text(settings.pair_list))
    print(f"{pairs.count} swaps: {folder}")


if __name__ == "__main__":
    run(main, Settings)
