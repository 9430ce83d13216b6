"""Trains: ``python training/train.py --flagfile=flags/config_c.cfg --train_data=SHARDS``."""

from absl import flags

from facedancer.arcface_model.encoder import describe_encoder
from facedancer.training import config
from facedancer.training.cost.out_of_memory import explaining_memory
from facedancer.training.cost.plan import describe_plan
from facedancer.training.devices.strategy import is_chief, make_strategy
from facedancer.training.frozen import resolve_stand_ins
from facedancer.training.loop import train
from facedancer.training.start import describe_start
from facedancer.utils import flag_fields
from facedancer.utils.cli import run
from facedancer.utils.places import check_folder

config.define_flags()
flags.adopt_module_key_flags(flag_fields)  # so that --help lists them
_DRY_RUN = flags.DEFINE_bool("dry_run", False, "print what would be trained, and stop")


def main() -> None:
    """Reads the flags, trains, and says where the generator is."""
    settings = resolve_stand_ins(config.config_from_flags(flags.FLAGS))
    check_folder(settings.run_dir)
    strategy = make_strategy(settings.strategy)
    if _DRY_RUN.value:
        result = describe_plan(settings, strategy)
    else:
        # A start that is refused is refused before anything is said, by every process alike.
        start = describe_start(settings)
        if is_chief(strategy):
            print(f"identity encoder: {describe_encoder(settings.arcface_path)}")
            print(f"begins with {start}", flush=True)
        with explaining_memory(settings, strategy):
            result = f"generator: {train(settings, strategy)}"
    if is_chief(strategy):
        print(result)


if __name__ == "__main__":
    run(main)
