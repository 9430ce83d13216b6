"""The vertices of lips, lids, ears, and the inside of the mouth: MPFB's painted regions."""

import numpy as np

from .head_landmarks import mirrored
from .makehuman import BaseMesh, Wheel

# MPFB's names and ours.
_PAINTED = {
    "lips": "lips",
    "eyelids": "eyelids",
    "ears": "ears",
    "inside-mouth": "mouth_inside",
}


def painted_masks(wheel: Wheel, mesh: BaseMesh, kept: np.ndarray) -> dict[str, np.ndarray]:
    """Regions by our names, [V], 0 or 1: whether a vertex or its mirror image lies in them."""
    mirror = mirrored(mesh.vertices[kept])
    masks = {}
    for name, ours in _PAINTED.items():
        image = wheel.mask(name)
        side = image.shape[0]
        at = np.clip((mesh.texture[kept] * side).astype(int), 0, side - 1)
        # Only whether, not how much: decoders of JPEG differ by a grey level.
        inside = image[at[:, 1], at[:, 0]] > 127
        masks[ours] = (inside | inside[mirror]).astype(np.float64)
    return masks
