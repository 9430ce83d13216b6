"""Reuses a trained network in a lab, and measures it on held-out people again.

python lab/take_network.py --kind=identity --network=model_zoo/lab/arcface.keras \\
    --validation_data=lab_out/shards/validation --run_dir=lab_out/encoders/arcface

It writes what the rest of the lab needs from the run that would train such a network: the file
under its usual name, and log.jsonl with the results of a validation pass.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One network."""

    kind: str | None = flag_field(
        None,
        "what the network predicts or tells apart",
        choices=("identity", "pose", "expression", "gaze", "shape"),
        needed=True,
    )
    network: str = flag_field("", ".keras file of the network", needed=True)
    validation_data: str = shared_flag(
        "validation_data", text="folder of shards of people that it has not seen", needed=True
    )
    run_dir: str = shared_flag("run_dir", text="output folder; must hold no run")


def main(settings: Settings) -> None:
    """Takes it, and prints the measures."""
    from facedancer.lab.networks.taken import take

    path, measures = take(
        settings.kind, Path(settings.network), settings.validation_data, Path(settings.run_dir)
    )
    print(f"{path}: " + ", ".join(f"{name} {value:.4g}" for name, value in measures.items()))


if __name__ == "__main__":
    run(main, Settings)
