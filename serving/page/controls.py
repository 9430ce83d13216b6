"""Settings that the page shows: one row each, whatever the page is built of."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from facedancer.inference.blending.masks import MASKS
from facedancer.inference.blending.regions import REGIONS
from facedancer.inference.swap_flags import SwapFlags
from facedancer.utils.flags.fields import fields_of

from ..work.options import NO_FLAGS


@dataclasses.dataclass(frozen=True)
class Control:
    """One setting.

    Attributes:
        flag: of the swap commands: it has the default, the range and the choices.
        label: what the page calls it.
        words: its choices in plain words; empty where it has none.
        step: of a number.
        help: one more sentence.
    """

    flag: str
    label: str
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)
    step: float = 1.0
    help: str = ""

    @property
    def default(self) -> Any:
        """The flag's."""
        return _FIELDS[self.flag][0].default

    @property
    def range(self) -> tuple[float | None, float | None]:
        """The flag's least and largest value."""
        metadata = _FIELDS[self.flag][0].metadata
        return metadata["least"], metadata["most"]

    @property
    def kind(self) -> type:
        """The flag's: bool, int, float or str."""
        return _FIELDS[self.flag][1]

    @property
    def choices(self) -> tuple[str, ...]:
        """The flag's, empty where any value goes."""
        registered = _REGISTERED.get(self.flag, _FIELDS[self.flag][0].metadata["choices"])
        return tuple(registered or ())

    @property
    def is_list(self) -> bool:
        """Tells whether several choices go together."""
        return isinstance(self.default, tuple)


# Choices that the flags name in their help alone.
_REGISTERED = {"mask": MASKS, "keep": REGIONS}
_FIELDS = {field.name: (field, kind) for field, kind in fields_of(SwapFlags)}

# A further setting of the swap is a further row here, once `work.options.OPTIONS` lets it pass.
CONTROLS = (
    Control(
        "strength",
        "How much of the new face",
        step=0.05,
        help="1: the person of the photographs. Less keeps more of the old face, more exaggerates.",
    ),
    Control(
        "texture",
        "Skin of the new face",
        {"on": "The photograph's", "off": "As the network draws it"},
        help="A saved identity has no photograph: then the network draws it.",
    ),
    Control(
        "mask",
        "Shape of the new face",
        {
            "outline": "Outline of the face",
            "box": "Soft rectangle",
            "attention": "Where the network sees the face",
            "hull": "Brows to chin",
        },
    ),
    Control(
        "colour_match",
        "Colours of the new face",
        {
            "lab": "Like the old face",
            "off": "As they come",
            "histogram": "Exactly like the old face",
            "even": "Like the old face, without patches on the skin",
        },
        help="Where the network draws the skin; a photograph's always gets the old face's colours.",
    ),
    Control(
        "blend",
        "Edges",
        {"linear": "Soft", "multiband": "Soft, fine details sharper"},
    ),
    Control(
        "detail",
        "Fine detail of large faces",
        {"target": "From the old face, where the new one has the same shapes", "off": "None"},
    ),
    Control(
        "keep",
        "Keep of the old face",
        {
            "mouth": "Inside of the mouth",
            "lips": "Mouth with lips",
            "eyes": "Eyes",
            "brows": "Eyebrows",
            "nose": "Nose",
            "skin": "Forehead, cheeks and chin",
        },
    ),
    Control("min_face", "Leave faces alone that are smaller than (pixels)", step=1),
    Control("start", "Films: begin at", help="Seconds, or 1:30; empty: the beginning."),
    Control("end", "Films: end at", help="Likewise; empty: the end."),
    Control("steady", "Films: less flicker"),
    Control("likeness", "Films: measure in the report whom each face looks like (slower)"),
    Control(
        "preset",
        "Films: time spent to make the file small",
        {"veryfast": "Little", "auto": "Usual", "slow": "Much"},
    ),
    Control("label", "Write AI MODIFIED where everybody sees it"),
)


def chosen_options(values: Mapping[str, Any], defaults: SwapFlags = NO_FLAGS) -> dict[str, Any]:
    """The options of a swap: what differs from the defaults, as `Engine.read_options` takes it.

    Args:
        values: by the controls' flags; others are not the visitor's to set.
        defaults: what the operator chose.
    """
    options = {}
    for one in CONTROLS:
        value, usual = values.get(one.flag), getattr(defaults, one.flag)
        if value is not None and one.is_list:  # As JSON has it.
            value, usual = list(value), list(usual)
        if value not in (None, usual):
            options[one.flag] = value
    return options
