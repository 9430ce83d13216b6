"""Makes model_zoo/lab/ from a lab's folder: the best generator, and the judging networks.

python lab/ship_models.py --lab_dir=lab_out --config=chosen

Without --config it writes only the encoders and regressors, and keeps that folder's generator, if
arcface.keras, which it was trained with, is unchanged. Weights are stored in float16; the usual
loaders read them. README.md in that folder lists each file with its sha256 and how much rounding
changes the network's outputs.
"""

import dataclasses
from pathlib import Path

from facedancer.lab.experiment.swappers import CONFIGURATIONS, LONGER, name_of
from facedancer.lab.experiment.tasks import ROOT
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

_CHOSEN = "chosen"


@dataclasses.dataclass(frozen=True)
class Settings:
    """One shipment."""

    lab_dir: str = shared_flag("lab_dir", default="lab_out")
    config: str | None = flag_field(
        None,
        "configuration whose generator ships; chosen: the candidate with the highest ID on "
        "the model-selection people; default: none",
        choices=(_CHOSEN, *CONFIGURATIONS, LONGER),
    )
    output: str = shared_flag(
        "output",
        default=str(ROOT / "model_zoo" / "lab"),
        text="output folder for the shipped files",
        aliases=("output_dir",),
    )


def main(settings: Settings) -> None:
    """Ships."""
    from facedancer.lab.networks.shipped import ship
    from facedancer.lab.reports.choice import chosen, read_choice

    lab_dir, config, folder = Path(settings.lab_dir), settings.config, Path(settings.output)
    if config == _CHOSEN:
        config = chosen(read_choice(lab_dir))
        print(f"chosen: {name_of(config)}")
    total = ship(lab_dir, config, folder)
    print(f"{total / 1e6:.1f} MB in {folder}")


if __name__ == "__main__":
    run(main, Settings)
