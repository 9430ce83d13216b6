"""Trains a regressor of pose, gaze or shape, or an expression embedder: docs/encoders.md.

The same command resumes a training that was stopped.

  python training/train_regressor.py --target=pose --data=SHARDS --validation_data=OTHERS \\
      --run_dir=RUN
"""

from facedancer.training.settings.regressor import RegressorConfig
from facedancer.utils.cli import run


def main(config: RegressorConfig) -> None:
    """Trains, and says where the network is."""
    from facedancer.training.supervised.regressor_task import RegressorTask
    from facedancer.training.supervised.run import train_supervised

    path = train_supervised(config, lambda faces, held_out: RegressorTask(config, faces, held_out))
    print(f"regressor: {path}")


if __name__ == "__main__":
    run(main, RegressorConfig)
