"""Trains an identity encoder with a margin head: docs/encoders.md.

The same command resumes a training that was stopped.

  python training/train_encoder.py --data=SHARDS --validation_data=OTHERS --run_dir=RUN
"""

from facedancer.training.settings.encoder import EncoderConfig
from facedancer.utils.cli import run


def main(config: EncoderConfig) -> None:
    """Trains, and says where the encoder is."""
    from facedancer.training.supervised.encoder_task import EncoderTask
    from facedancer.training.supervised.run import train_supervised

    path = train_supervised(config, lambda faces, held_out: EncoderTask(config, faces, held_out))
    print(f"encoder: {path}")


if __name__ == "__main__":
    run(main, EncoderConfig)
