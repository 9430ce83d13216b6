"""Trains an identity encoder with a margin head: docs/encoders.md.

``python training/train_encoder.py --train_data=SHARDS --validation_data=OTHERS --run_dir=RUN``
"""

from absl import flags

from facedancer.training.supervised.encoder_config import EncoderConfig
from facedancer.training.supervised.encoder_task import EncoderTask
from facedancer.training.supervised.run import train_supervised
from facedancer.utils import flag_fields
from facedancer.utils.cli import run

flag_fields.define_flags(EncoderConfig)
flags.adopt_module_key_flags(flag_fields)  # so that --help lists them


def main() -> None:
    """Reads the flags, trains, and says where the encoder is."""
    config = EncoderConfig(**flag_fields.read_flags(EncoderConfig, flags.FLAGS))
    path = train_supervised(config, lambda faces, held_out: EncoderTask(config, faces, held_out))
    print(f"encoder: {path}")


if __name__ == "__main__":
    run(main)
