"""The flags of a rival's training: those of a swap training, but for FaceDancer's own generator."""

import dataclasses
from typing import TYPE_CHECKING, ClassVar

from facedancer.training.settings.train_config import TrainConfig
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.late_imports import function_at

from .codes import SOURCE_LABELS, TARGET_LABELS, sizes

if TYPE_CHECKING:
    import keras

# Name -> the file of this folder, a dot, its function of a side and a base width.
RIVALS = {
    "face_shifter": "face_shifter.get_face_shifter",
    "sim_swap": "sim_swap.get_sim_swap",
    "hifi_face": "hifi_face.get_hifi_face",
}
# Those that the term of the attributes can teach, and what of them it reads.
_ATTRIBUTES = {"face_shifter": "face_shifter.attributes_encoder"}
# Those that are given a code of labels along with the identity, see `codes`.
GIVEN_LABELS = ("hifi_face",)


def build_rival(name: str, image_size: int, base_width: int) -> "keras.Model":
    """Builds one of `RIVALS`.

    Args:
        name: of the rival.
        image_size: 64, 128, 256 or 512.
        base_width: that of the FaceDancer whose size it is to have.

    Returns:
        A model of ``[target, identity]``, see its own file.

    Raises:
        ValueError: an argument is out of its range.
    """
    return function_at(RIVALS[name], __package__)(image_size, base_width)


@dataclasses.dataclass(frozen=True)
class RivalConfig(TrainConfig):
    """One training of a rival: the generator is another, all else is a FaceDancer's.

    Raises:
        UserError: a value is missing or out of its range.
    """

    rival: str = flag_field(
        "face_shifter", "rival to train", choices=tuple(RIVALS), group="networks"
    )
    # What describes FaceDancer's generator is no flag here.
    up_types: ClassVar[tuple[str, ...]] = ()
    mapping_depth: ClassVar[int] = 0
    mapping_size: ClassVar[int] = 0
    separable: ClassVar[bool] = False

    @property
    def generator_words(self) -> dict[str, str]:
        """See `GeneratorSettings`."""
        return {"rival": self.rival}

    def new_generator(self, image_size: int) -> "keras.Model":
        """See `GeneratorSettings`."""
        return build_rival(self.rival, image_size, self.base_width)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.code_settings:
            for name in ("truth_share", "geometry", "sample_photographs"):
                if getattr(self, name):
                    raise UserError(
                        f"--rival={self.rival} takes the exact labels of rendered faces, which do "
                        f"not fit --{name}: leave it out"
                    )

    @property
    def code_settings(self) -> dict[str, dict[str, int]]:
        """See `DataSettings`."""
        if self.rival not in GIVEN_LABELS:
            return {}
        return {"source_labels": sizes(SOURCE_LABELS), "target_labels": sizes(TARGET_LABELS)}

    @property
    def encodes_attributes(self) -> bool:
        """See `GeneratorSettings`."""
        return self.rival in _ATTRIBUTES

    def attributes_of(self, generator: "keras.Model") -> "keras.Model":
        """See `GeneratorSettings`."""
        return function_at(_ATTRIBUTES[self.rival], __package__)(generator)
