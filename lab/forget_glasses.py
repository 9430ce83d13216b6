"""Makes a generator that does not see whether its source wears glasses.

python lab/forget_glasses.py --data=SHARDS128/train --generator=RUN --output=generator.keras

Such a generator draws no ghosts of the source's glasses. SHARDS128 are rendered people with their
labels; the direction in which glasses move the encoder's embeddings is taken out of the generator's
first layer.
"""

import dataclasses
from pathlib import Path

from facedancer.utils.cli import run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One change of a generator.

    Raises:
        UserError: an output that is no ``.keras`` file.
    """

    data: str = shared_flag("data", text="folder of shards of rendered people", needed=True)
    generator: str = shared_flag("generator", needed=True)
    encoder: str = shared_flag(
        "encoder", text="identity encoder that the generator was trained with; default: as recorded"
    )
    output: str = shared_flag("output", text=".keras file to write", needed=True)

    def __post_init__(self) -> None:
        if self.output and Path(self.output).suffix != ".keras":
            raise UserError(f"--output={self.output} must end in .keras")


def main(settings: Settings) -> None:
    """Writes the generator, and prints how well glasses were told."""
    from facedancer.arcface_model.encoder import encode, load_encoder
    from facedancer.arcface_model.pairing import check_encoder, recorded_encoder
    from facedancer.dataset.labelled_faces import LabelledFaces
    from facedancer.lab.networks.forgetting import forget_glasses
    from facedancer.utils.images import uint8_to_signed
    from facedancer.utils.weights.published import MODEL_ZOO

    path = settings.encoder or str(recorded_encoder(settings.generator, MODEL_ZOO))
    check_encoder(settings.generator, path)
    encoder = load_encoder(path)
    direction = forget_glasses(
        Path(settings.generator),
        LabelledFaces([settings.data]),
        lambda faces: encode(encoder, uint8_to_signed(faces))["embedding"].numpy(),
        Path(settings.output),
    )
    print(f"glasses were told with AUC {direction.auc:.3f}; generator: {settings.output}")


if __name__ == "__main__":
    run(main, Settings)
