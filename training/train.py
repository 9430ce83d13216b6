"""Trains a face swapping generator: docs/training.md.

The same command resumes a run that was stopped. --dry_run checks everything and shows the plan.

  python training/train.py --flagfile=flags/config_c.cfg --data=SHARDS --encoder=FILE
  python training/train.py --flagfile=flags/config_c.cfg --data=SHARDS --encoder=FILE --dry_run
"""

import dataclasses

from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.places import check_folder


@dataclasses.dataclass(frozen=True)
class Settings(TrainConfig):
    """A training run, and whether it is only looked at."""

    dry_run: bool = shared_flag(
        "dry_run",
        text="check everything, print what would be trained, and stop",
        group="run",
        stored=False,
    )


def main(settings: Settings) -> None:
    """Trains, and says where the generator is."""
    from facedancer.arcface_model.encoder import describe_encoder
    from facedancer.training.cost.out_of_memory import explaining_memory
    from facedancer.training.cost.plan import describe_plan
    from facedancer.training.devices.strategy import is_chief, make_strategy
    from facedancer.training.loop import train
    from facedancer.training.networks.frozen import resolve_stand_ins
    from facedancer.training.networks.trained import encodes_in_bfloat16
    from facedancer.training.start import describe_start

    settings = resolve_stand_ins(settings)
    check_folder(settings.run_dir)
    strategy = make_strategy(settings.strategy)
    if settings.dry_run:
        result = describe_plan(settings, strategy)
    else:
        # A start that is refused is refused before anything is said, by every process alike.
        start = describe_start(settings)
        if is_chief(strategy):
            maps = ", its maps in bfloat16" if encodes_in_bfloat16(settings) else ""
            print(f"identity encoder: {describe_encoder(settings.encoder)}{maps}")
            print(f"begins with {start}", flush=True)
        with explaining_memory(settings, strategy):
            result = f"generator: {train(settings, strategy)}"
    if is_chief(strategy):
        print(result)


if __name__ == "__main__":
    run(main, Settings)
