"""Makes model_zoo/photographs/ from a run: the generator in float16, and its model card.

python evaluation/judge_photographs.py --flagfile=flags/eval/photographs.cfg --targets=PHOTOS \\
    --swapper=RUN --output=JUDGED
python lab/judge_groups.py --flagfile=flags/eval/groups.cfg --swapper=RUN --output=GROUPS
python lab/ship_photographs.py --run_dir=RUN --judged=JUDGED --groups=GROUPS

The encoder ships already, in model_zoo/dlib/. All figures of the card come from these folders;
results of another generator are refused. The file is the default of all commands: SHIPPED in
inference/default_networks.py names it.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.weights.published import MODEL_ZOO


@dataclasses.dataclass(frozen=True)
class Settings:
    """One shipment."""

    run_dir: str = shared_flag("run_dir", needed=True)
    judged: str = flag_field(
        "", "output folder of evaluation/judge_photographs.py for this run", needed=True
    )
    groups: str = flag_field("", "output folder of lab/judge_groups.py for this run", needed=True)
    encoder: str = shared_flag("encoder", default=str(MODEL_ZOO / "dlib" / "encoder.keras"))
    output: str = shared_flag("output", default=str(MODEL_ZOO / "photographs"))


def main(settings: Settings) -> None:
    """Ships."""
    from facedancer.lab.networks.photographs import ship_photographs

    total = ship_photographs(
        *(Path(path) for path in (settings.run_dir, settings.encoder, settings.judged)),
        Path(settings.groups),
        Path(settings.output),
    )
    print(f"{total / 1e6:.1f} MB with its encoder; {settings.output}/README.md is the model card")


if __name__ == "__main__":
    run(main, Settings)
