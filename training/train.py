"""Trains: ``python training/train.py --flagfile=flags/config_c.cfg --train_data=SHARDS``."""

from absl import flags

from facedancer.training import config
from facedancer.training.frozen import resolve_stand_ins
from facedancer.training.loop import train
from facedancer.utils.cli import run

config.define_flags()
flags.adopt_module_key_flags(config)  # so that --help lists them


def main() -> None:
    """Reads the flags, trains, and says where the generator is."""
    print(f"generator: {train(resolve_stand_ins(config.config_from_flags(flags.FLAGS)))}")


if __name__ == "__main__":
    run(main)
