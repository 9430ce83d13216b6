"""The flags that say how a generator is built."""

import dataclasses
from typing import Any

from facedancer.networks.up_types import UP_TYPES
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag

_GROUP = "networks"


@dataclasses.dataclass(frozen=True)
class GeneratorSettings:
    """The generator of a training, but for the side of its crops; the defaults are config C's."""

    up_types: tuple[str, ...] = flag_field(
        ("no_skip", "no_skip", "affa", "affa", "affa", "concat"),
        f"fusion of each decoder stage, the lowest resolution first, of {', '.join(UP_TYPES)}",
        group=_GROUP,
    )
    mapping_depth: int = flag_field(
        4, "layers of the mapping network; 0: none (configuration E)", 0, group=_GROUP
    )
    mapping_size: int = flag_field(512, "width of the mapping network", 1, group=_GROUP)
    base_width: int = shared_flag("base_width", group=_GROUP)
    separable: bool = flag_field(
        False,
        "depthwise-separable 3x3 convolutions in the generator, for small devices",
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
