"""Draws target, source and swap, labelled: of photographs, or of rendered people by the lab.

python lab/show_swaps.py --output=swaps.png
python lab/show_swaps.py anna.jpg bea.jpg --output=swaps.jpg

Rendered people and their pictures are chosen before anything is swapped: each pair has the first
person of the next two families, in the sharpest of a few pictures with a near-frontal, unoccluded
face. They are swapped by the lab's generator. Photographs, of one person each, are swapped with
each other in both directions, by the networks that `facedancer swap` takes.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    import numpy as np

# Nobody from this number on was trained on, validated on, or chosen by.
_FIRST_PERSON = 3_000_000
_QUALITY = 90  # Of JPEGs.


@dataclasses.dataclass(frozen=True)
class Settings:
    """The flags of this command."""

    output: str = shared_flag("output", text="picture file to write", needed=True)
    pairs: int = shared_flag("pairs", default=6, text="number of pairs of people", least=1, most=50)
    first_identity: int = shared_flag("first_identity", default=_FIRST_PERSON)
    generator: str = shared_flag(
        "generator",
        text=(
            "default: for rendered people the lab's, for photographs the one that the swap "
            "command takes"
        ),
    )
    encoder: str = shared_flag("encoder")


def main(settings: Settings, photographs: list[str]) -> None:
    """Chooses the pictures, swaps, and writes what came of it."""
    from facedancer.utils.images import write_image

    output = Path(settings.output).expanduser()
    sheet = _photographs(settings, photographs) if photographs else _rendered_people(settings)
    output.parent.mkdir(parents=True, exist_ok=True)
    write_image(output, sheet, _QUALITY)
    print(output)


def _photographs(settings: Settings, paths: list[str]) -> "np.ndarray":
    """Draws the sheet of photographs, ``[H, W, 3]`` uint8 RGB."""
    from facedancer.inference.swapper import Swapper
    from facedancer.lab.pictures.shown_photographs import show_photographs
    from facedancer.utils.images import read_image

    photographs = [read_image(path) for path in paths]
    swapper = Swapper.load(settings.generator or None, settings.encoder or None)
    return show_photographs(swapper, photographs)


def _rendered_people(settings: Settings) -> "np.ndarray":
    """Draws the sheet of rendered people, ``[H, W, 3]`` uint8 RGB."""
    from facedancer.inference.swapper import Swapper
    from facedancer.lab.people.families import SIBLINGS
    from facedancer.lab.pictures.shown_swaps import choose_picture, show_swaps
    from facedancer.utils.weights.published import MODEL_ZOO

    swapper = Swapper.load(
        settings.generator or MODEL_ZOO / "lab/generator.keras",
        settings.encoder or MODEL_ZOO / "lab/arcface.keras",
    )
    # One of each family: a swap between siblings would flatter.
    pictures = [
        choose_picture(settings.first_identity + SIBLINGS * number)
        for number in range(2 * settings.pairs)
    ]
    return show_swaps(swapper, list(zip(pictures[::2], pictures[1::2], strict=True)))


if __name__ == "__main__":
    run(main, Settings, positional="[PHOTOS...]")
