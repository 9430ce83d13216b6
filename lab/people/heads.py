"""The lab's heads: a shape, an expression and a gaze become vertices."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from .eyeball import centre_and_radius, gaze_rotation, unit_eyeball
from .sparse_targets import unpack_targets

ASSET = Path(__file__).parents[1] / "assets" / "heads.npz"
# Lids rest on the eyeball at this many of its radii, and are of the eye up to that many.
_LID_REST, _LID_REACH = 1.045, 1.35
# Two by two, the upper and lower lid's landmarks of the left eye and of the right.
_LIDS = ((43, 44, 46, 47), (37, 38, 40, 41))
_EYES = (range(42, 48), range(36, 42))
_NOSE_TIP, _RIGHT_MOUTH_CORNER, _LEFT_MOUTH_CORNER = 30, 48, 54


@dataclass(frozen=True)
class Heads:
    """The parts of all heads. Lengths are decimetres; x to the person's left, y up, z forward.

    A shape is ``[macros + sliders]``: shares of the macro heads (sex, age, ancestry), which sum to
    1, then the sliders, in -1..1. An expression is ``[units]`` in 0..1. A gaze is (yaw, pitch) in
    degrees from straight ahead, yaw positive to the person's left, pitch positive up.
    """

    template: np.ndarray  # [V, 3] float32
    faces: np.ndarray  # [F, 3] int32, anticlockwise from outside
    face_regions: np.ndarray  # [F] uint8, indices into `regions`
    regions: tuple[str, ...]
    masks: dict[str, np.ndarray]  # [V] float32, 0 or 1: lips, eyelids, ears, mouth_inside
    landmark_vertices: np.ndarray  # [68] int32, in the order of iBUG's 300-W
    macro_names: tuple[str, ...]
    slider_names: tuple[str, ...]
    unit_names: tuple[str, ...]
    macros: np.ndarray  # [macros, 3 V] float32
    sliders: np.ndarray  # [2, sliders, 3 V] float32: at -1 and at 1
    units: np.ndarray  # [units, 3 V] float32

    def vertices(
        self, shape: np.ndarray, expression: np.ndarray, gaze: tuple[float, float] = (0, 0)
    ) -> np.ndarray:
        """``[V, 3]`` float32 of a head."""
        return self.pose(self.neutral(shape), expression, gaze)

    def neutral(self, shape: np.ndarray) -> np.ndarray:
        """``[V, 3]`` float32 of a head at rest that looks straight ahead.

        The skull's middle and size are the template's: a photographer fills the frame alike with
        the large and the small.
        """
        macro, slider = np.split(shape.astype(np.float32), [len(self.macros)])
        moved = _blended(self.macros, macro)
        moved += _blended(self.sliders[0], np.maximum(-slider, 0))
        moved += _blended(self.sliders[1], np.maximum(slider, 0))
        head = self.template + moved.reshape(-1, 3)
        middle, size = _middle_and_size(head[self._skull])
        to, of = _middle_and_size(self.template[self._skull])
        return (head - middle) * np.float32(of / size) + to

    def pose(
        self, neutral: np.ndarray, expression: np.ndarray, gaze: tuple[float, float] = (0, 0)
    ) -> np.ndarray:
        """``[V, 3]`` float32 of a neutral head with an expression and a gaze."""
        strengths = expression.astype(np.float32) * self._strengths(neutral)
        head = neutral + _blended(self.units, strengths).reshape(-1, 3)
        ball = (self._ball[:, None] * gaze_rotation(gaze).astype(np.float32)).sum(axis=2)
        for eyeball, lid in zip(self.eyeball_slices, self._lids, strict=True):
            centre, radius = centre_and_radius(neutral[eyeball])
            head[eyeball] = centre + radius * ball
            outward = head[lid] - centre
            distance = np.linalg.norm(outward, axis=1, keepdims=True)
            head[lid] = centre + outward * np.maximum(_LID_REST * radius / distance, 1)
        return head

    def landmarks(self, vertices: np.ndarray) -> np.ndarray:
        """``[5, 3]``: right eye, left eye, nose tip, right and left mouth corner, the person's.

        An eye's is the middle of its opening; seen from the front, the right eye is on the left.
        """
        dense = vertices[self.landmark_vertices]
        left, right = (dense[list(eye)].mean(axis=0) for eye in _EYES)
        points = dense[[_NOSE_TIP, _RIGHT_MOUTH_CORNER, _LEFT_MOUTH_CORNER]]
        return np.concatenate([[right, left], points])

    @cached_property
    def eye_directions(self) -> np.ndarray:
        """``[V, 3]``: of eyeballs' vertices, from the centre while looking along +z; else 0."""
        directions = np.zeros_like(self.template)
        for eyeball in self.eyeball_slices:
            directions[eyeball] = self._ball
        return directions

    def eyeballs(self, neutral: np.ndarray) -> list[tuple[np.ndarray, float]]:
        """The left and the right eyeball's centre, [3], and radius."""
        return [centre_and_radius(neutral[eyeball]) for eyeball in self.eyeball_slices]

    def region_vertices(self, name: str) -> np.ndarray:
        """Finds the vertices of a region's faces."""
        return self._region_vertices[name]

    def index(self, names: Sequence[str]) -> list[int]:
        """Finds face units in an expression."""
        return [self.unit_names.index(name) for name in names]

    @cached_property
    def _region_vertices(self) -> dict[str, np.ndarray]:
        return {
            name: np.unique(self.faces[self.face_regions == number])
            for number, name in enumerate(self.regions)
        }

    @cached_property
    def _ball(self) -> np.ndarray:
        return unit_eyeball()[0].astype(np.float32)

    @cached_property
    def eyeball_slices(self) -> tuple[slice, slice]:
        """The left and the right eyeball's vertices."""
        end, size = len(self.template), len(self._ball)
        return slice(end - 2 * size, end - size), slice(end - size, end)

    @cached_property
    def _skull(self) -> np.ndarray:
        return np.flatnonzero(skull(self.template))

    @cached_property
    def _lids(self) -> list[np.ndarray]:
        """Per eye, the outer skin that touches the eyeball, not the socket behind it."""
        skin = np.unique(self.faces[self.face_regions == self.regions.index("skin")])
        lids = []
        for centre, radius in self.eyeballs(self.template):
            offset = (self.template[skin] - centre) / radius
            distance = np.linalg.norm(offset, axis=1)
            lids.append(skin[(distance > 1) & (distance < _LID_REACH) & (offset[:, 2] > 0.3)])
        return lids

    def _strengths(self, neutral: np.ndarray) -> np.ndarray:
        """Scales each unit: eyes that open wider than the template's have farther to shut."""
        strengths = np.ones(len(self.units), np.float32)
        for side, lids in zip(("Left", "Right"), _LIDS, strict=True):
            gaps = []
            for head in (neutral, self.template):
                upper_lower = head[self.landmark_vertices[list(lids)], 1].reshape(2, 2).mean(axis=1)
                gaps.append(upper_lower[0] - upper_lower[1])
            for unit in ("eyeBlink", "eyeSquint"):
                ratio = np.clip(gaps[0] / gaps[1], 0.4, 1.8)
                strengths[self.unit_names.index(f"{unit}{side}")] = ratio
        return strengths


def skull(template: np.ndarray) -> np.ndarray:
    """Finds the vertices that tell a head's place and size: all above the chin but the ears."""
    return (template[:, 1] > 6.2) & (np.abs(template[:, 0]) < 0.75)


@cache
def heads() -> Heads:
    """Reads the asset, once."""
    with np.load(ASSET) as file:
        asset = {name: file[name] for name in file.files}
    size = len(asset["template"])
    masks = asset["masks"].astype(np.float32)
    return Heads(
        template=asset["template"],
        faces=asset["faces"].astype(np.int32),
        face_regions=asset["face_regions"],
        regions=tuple(asset["regions"].tolist()),
        masks=dict(zip(asset["mask_names"].tolist(), masks, strict=True)),
        landmark_vertices=asset["landmarks"].astype(np.int32),
        macro_names=tuple(asset["macro_names"].tolist()),
        slider_names=tuple(asset["slider_names"].tolist()),
        unit_names=tuple(asset["unit_names"].tolist()),
        macros=unpack_targets("macro", asset, size),
        sliders=np.stack(
            [unpack_targets("slider_low", asset, size), unpack_targets("slider_high", asset, size)]
        ),
        units=unpack_targets("unit", asset, size),
    )


def _blended(targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """``weights @ targets``, in an order that no number of threads changes: same in, same out."""
    used = np.flatnonzero(weights)
    return (weights[used, None] * targets[used]).sum(axis=0)


def _middle_and_size(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    middle = points.mean(axis=0)
    return middle, np.sqrt(((points - middle) ** 2).mean(dtype=np.float64))
