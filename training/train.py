"""Trains: ``python training/train.py --flagfile=flags/config_c.cfg --train_data=SHARDS``."""

import dataclasses

from absl import flags

from facedancer.training import config
from facedancer.training.loop import resolve_stand_ins, train
from facedancer.utils.cli import run

config.define_flags()
flags.adopt_module_key_flags(config)  # so that --help lists them


def main() -> None:
    """Reads the flags, trains, and says where the generator is."""
    given = config.config_from_flags(flags.FLAGS)
    print(f"generator: {train(dataclasses.replace(given, **resolve_stand_ins(given)))}")


if __name__ == "__main__":
    run(main)
