"""Trains: ``python training/train.py --flagfile=flags/config_c.cfg --train_data=SHARDS``."""

import dataclasses

from absl import flags

from facedancer.training.config import config_from_flags, define_flags
from facedancer.training.loop import resolve_stand_ins, train
from facedancer.utils.cli import run

define_flags()


def main() -> None:
    config = config_from_flags(flags.FLAGS)
    config = dataclasses.replace(config, **resolve_stand_ins(config))
    print(f"generator: {train(config)}")


if __name__ == "__main__":
    run(main)
