"""Distils a large generator into a small one: docs/edge.md.

The same command resumes a training that was stopped.

  python training/distill.py --flagfile=flags/edge.cfg --teacher=runs/config_c --encoder=FILE \\
      --data=SHARDS/train --validation_data=SHARDS/validation
"""

from facedancer.training.settings.distill import DistillConfig
from facedancer.utils.cli import run


def main(config: DistillConfig) -> None:
    """Trains, and says where the generator is."""
    from facedancer.training.networks.optimizers import make_adam
    from facedancer.training.supervised.distill_task import DistillTask
    from facedancer.training.supervised.run import train_supervised

    path = train_supervised(
        config,
        lambda faces, held_out: DistillTask(config, faces, held_out),
        make_optimizer=make_adam,
    )
    print(f"generator: {path}")


if __name__ == "__main__":
    run(main, DistillConfig)
