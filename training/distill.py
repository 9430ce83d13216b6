"""Trains a small generator to do as a large one does: docs/edge.md.

``python training/distill.py --flagfile=flags/edge.cfg --teacher=runs/config_c --arcface_path=FILE
--train_data=SHARDS/train --validation_data=SHARDS/validation``
"""

from absl import flags

from facedancer.training.optimizers import make_adam
from facedancer.training.supervised.distill_config import DistillConfig
from facedancer.training.supervised.distill_task import DistillTask
from facedancer.training.supervised.run import train_supervised
from facedancer.utils import flag_fields
from facedancer.utils.cli import run

flag_fields.define_flags(DistillConfig)
flags.adopt_module_key_flags(flag_fields)  # so that --help lists them


def main() -> None:
    """Reads the flags, trains, and says where the generator is."""
    config = DistillConfig(**flag_fields.read_flags(DistillConfig, flags.FLAGS))
    path = train_supervised(
        config,
        lambda faces, held_out: DistillTask(config, faces, held_out),
        make_optimizer=make_adam,
    )
    print(f"generator: {path}")


if __name__ == "__main__":
    run(main)
