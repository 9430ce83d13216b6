"""The flag of all commands that use a generator with the encoder that it learnt by."""

import dataclasses

from .fields import flag_field
from .trust import TrustSettings

ANY_ENCODER_HELP = "Take the encoder that is named, though the generator learnt by another one."


@dataclasses.dataclass(frozen=True)
class PairingSettings(TrustSettings):
    """The flags about pairs, see `arcface_model.pairing`; commands' settings inherit from it."""

    any_encoder: bool = flag_field(False, ANY_ENCODER_HELP, group="networks")
