"""The colours of one picture: the figure's own, and those of clothes and of what is worn."""

import numpy as np

from ..drawing.materials import Paint
from ..people.accessories import Accessories
from ..people.heads import heads
from ..people.sessions import Clothes
from .figure import Figure

_SCLERA = (0.40, 0.36, 0.335)


def paint_of(figure: Figure, clothes: Clothes, worn: Accessories, samples: float) -> Paint:
    """The maps and colours that `shading.shade` needs, for so many samples a decimetre."""
    looks, skin = figure.looks, figure.skin.at(samples)
    colours = looks.iris, looks.iris_inner, _SCLERA
    things = clothes.cloth, worn.hat_colour, worn.scarf_colour, worn.metal
    iris, iris_inner, sclera, hair, frame, cloth, hat, scarf, metal = np.array(
        [*colours, looks.hair_colour, looks.glasses_colour, *things], np.float32
    )
    tone, pupil = figure.hair_tone, np.float32(looks.pupil)
    return Paint(
        skin.albedo, skin.gloss, skin.relief, tone, iris, iris_inner, sclera, pupil, hair, frame,
        cloth, hat, scarf, metal,
    )  # fmt: skip


def below_collar(figure: Figure, clothes: Clothes) -> np.ndarray:
    """``[V]`` float32: decimetres below the collar, negative above it and for all but skin."""
    height, depth, rise = clothes.collar
    head = heads().template
    line = height + rise * np.clip(0.5 - head[:, 2], 0, 1)
    line = line - depth * np.clip(1 - np.abs(head[:, 0]) / 0.45, 0, 1) * (head[:, 2] > 0.3)
    return np.pad(line - head[:, 1], (0, len(figure.rest)), constant_values=-1).astype(np.float32)
