"""Takes over a network that was trained before, and measures it on held-out people once more.

python lab/take_network.py --kind=identity --network=model_zoo/lab/arcface.keras \\
    --validation_data=lab_out/shards/validation --run_dir=lab_out/encoders/arcface

What it writes is what the rest of a lab needs of the run that trains such a network: the file under
its usual name, and log.jsonl with the measures of a validation pass.
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
        "what the network tells of a face",
        choices=("identity", "pose", "expression", "gaze", "shape"),
        needed=True,
    )
    network: str = flag_field("", "its .keras file", needed=True)
    validation_data: str = shared_flag(
        "validation_data", text="folder of shards of people that it has not seen", needed=True
    )
    run_dir: str = shared_flag("run_dir", text="where to; a folder that holds no run")


def main(settings: Settings) -> None:
    """Takes it, and prints the measures."""
    from facedancer.lab.networks.taken import take

    path, measures = take(
        settings.kind, Path(settings.network), settings.validation_data, Path(settings.run_dir)
    )
    print(f"{path}: " + ", ".join(f"{name} {value:.4g}" for name, value in measures.items()))


if __name__ == "__main__":
    run(main, Settings)
