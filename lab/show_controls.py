"""Draws pictures that show the controls of a swap, for photographs and films.

python lab/show_controls.py --output=docs/pictures

It writes strength.png, nobody.png, identity.jpg, mask_padding.jpg, trim.jpg, fps.jpg, scale.jpg,
tracks.jpg and steady.jpg, of rendered people swapped by the lab's generator, and regions.jpg, of
the two photographs in assets/photos, where the regions of --keep are left bright.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag

_QUALITY = 85  # Of JPEGs.
# Nobody from this number on was trained on, validated on, or chosen by.
_FIRST_PERSON = 3_000_000


@dataclasses.dataclass(frozen=True)
class Settings:
    """The flags of this command."""

    output: str = shared_flag("output", text="output folder for the pictures", needed=True)
    first_identity: int = shared_flag("first_identity", default=_FIRST_PERSON)


def main(settings: Settings) -> None:
    """Draws the pictures."""
    from facedancer.inference.swapper import Swapper
    from facedancer.lab.people.families import SIBLINGS
    from facedancer.lab.pictures.shown_controls import (
        show_nobody,
        show_padding,
        show_regions,
        show_strength,
    )
    from facedancer.lab.pictures.shown_films import show_steady, show_tracks, show_trim
    from facedancer.lab.pictures.shown_identities import show_saved_identity
    from facedancer.lab.pictures.shown_sampling import show_fps, show_scale
    from facedancer.lab.pictures.shown_swaps import choose_picture, choose_pictures
    from facedancer.utils.commands import HOUSE
    from facedancer.utils.images import read_image, write_image
    from facedancer.utils.weights.published import MODEL_ZOO

    lab = MODEL_ZOO / "lab"
    swapper = Swapper.load(lab / "generator.keras", lab / "arcface.keras", precision="float32")
    people = [choose_picture(settings.first_identity + SIBLINGS * number) for number in range(4)]
    pairs = [(people[0], people[1]), (people[2], people[3])]
    several = choose_pictures(settings.first_identity + SIBLINGS, 12)
    photographs = [read_image(path) for path in sorted((HOUSE / "assets/photos").glob("*/*.*g"))]
    folder = Path(settings.output).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "strength.png": show_strength(swapper, pairs),
        "nobody.png": show_nobody(swapper, people[::2]),
        "identity.jpg": show_saved_identity(swapper, people[0], several),
        "regions.jpg": show_regions(swapper, photographs),
        "mask_padding.jpg": show_padding(swapper, *pairs[0]),
        "trim.jpg": show_trim(swapper, *pairs[0]),
        "fps.jpg": show_fps(swapper, *pairs[0]),
        "scale.jpg": show_scale(swapper, *pairs[0]),
        "tracks.jpg": show_tracks(swapper, people[::2], people[1]),
        "steady.jpg": show_steady(swapper, *pairs[0]),
    }
    for name, picture in pictures.items():
        write_image(folder / name, picture, _QUALITY)
    print(f"written in {folder}: {', '.join(pictures)}")


if __name__ == "__main__":
    run(main, Settings)
