"""The flags that say how a generator is built."""

import dataclasses
from typing import TYPE_CHECKING, Any

from facedancer.networks.up_types import UP_TYPES
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

if TYPE_CHECKING:
    import keras

_GROUP = "networks"


@dataclasses.dataclass(frozen=True)
class GeneratorSettings:
    """The generator of a training, but for the side of its crops; the defaults are config C's."""

    up_types: tuple[str, ...] = flag_field(
        ("no_skip", "no_skip", "affa", "affa", "affa", "concat"),
        f"fusion of each decoder stage, lowest resolution first, from: {', '.join(UP_TYPES)}",
        group=_GROUP,
    )
    mapping_depth: int = flag_field(
        4,
        "number of layers of the mapping network; 0: no mapping network (configuration E)",
        0,
        group=_GROUP,
    )
    mapping_size: int = flag_field(512, "width of the mapping network", 1, group=_GROUP)
    base_width: int = shared_flag("base_width", group=_GROUP)
    separable: bool = flag_field(
        False,
        "use depthwise-separable 3x3 convolutions in the generator, for small devices",
        group=_GROUP,
    )

    @property
    def generator_settings(self) -> dict[str, Any]:
        """The same as `networks.generator.get_generator` takes them, which needs the side too."""
        return {
            "up_types": self.up_types,
            "mapping_depth": self.mapping_depth,
            "mapping_size": self.mapping_size,
            "base_width": self.base_width,
            "separable": self.separable,
        }

    @property
    def generator_words(self) -> dict[str, str]:
        """Rows about the generator for people: ``--dry_run`` prints them."""
        return {
            "fusions, lowest first": " ".join(self.up_types),
            "mapping": f"{self.mapping_depth} x {self.mapping_size}",
        }

    def new_generator(self, image_size: int) -> "keras.Model":
        """Builds the generator: a class of settings for another network builds that one.

        Args:
            image_size: side of its pictures.

        Returns:
            A model of ``[target, identity]``, see `networks.generator.get_generator`.

        Raises:
            ValueError: a setting is out of its range.
        """
        # --help reads this file, and shall not wait for TensorFlow.
        from facedancer.networks.generator import get_generator

        return get_generator(image_size=image_size, **self.generator_settings)

    @property
    def encodes_attributes(self) -> bool:
        """True if `attributes_of` has an answer: FaceDancer's decoder takes the target's maps."""
        return False

    def attributes_of(self, generator: "keras.Model") -> "keras.Model":
        """The part of a generator that encodes the target's attributes.

        Args:
            generator: of `new_generator`.

        Returns:
            A model of ``[B, S, S, 3]`` signed RGB -> a list of maps; weights are shared.
        """
        raise NotImplementedError("FaceDancer has no such part")
