"""The flag of all commands that use a generator with the encoder that it learnt by."""

import dataclasses

from .shared import shared_flag
from .trust import TrustSettings


@dataclasses.dataclass(frozen=True)
class PairingSettings(TrustSettings):
    """The flags about pairs, see `arcface_model.pairing`; commands' settings inherit from it."""

    any_encoder: bool = shared_flag("any_encoder")
