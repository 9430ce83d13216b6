"""Trains a pose regressor or an expression embedder: docs/encoders.md.

``python training/train_regressor.py --target=pose --train_data=SHARDS --validation_data=OTHERS
--run_dir=RUN``
"""

from absl import flags

from facedancer.training.supervised.regressor_config import RegressorConfig
from facedancer.training.supervised.regressor_task import RegressorTask
from facedancer.training.supervised.run import train_supervised
from facedancer.utils import flag_fields
from facedancer.utils.cli import run

flag_fields.define_flags(RegressorConfig)
flags.adopt_module_key_flags(flag_fields)  # so that --help lists them


def main() -> None:
    """Reads the flags, trains, and says where the network is."""
    config = RegressorConfig(**flag_fields.read_flags(RegressorConfig, flags.FLAGS))
    path = train_supervised(config, lambda faces, held_out: RegressorTask(config, faces, held_out))
    print(f"regressor: {path}")


if __name__ == "__main__":
    run(main)
