"""Training of the network that tells where a crop shows a face: rendered crops, made harder."""

import dataclasses
from collections.abc import Iterator

import cv2
import keras
import numpy as np

from facedancer.networks.face_mask import get_face_mask_network
from facedancer.utils.alignment import template
from facedancer.utils.images import uint8_to_signed

from .crop_changes import coloured, damaged
from .drawn_glasses import wear_glasses

# Of the crops, by chance.
_SHARE_COLOURED, _SHARE_DAMAGED, _SHARE_HIDDEN = 0.8, 0.4, 0.5
_SHARE_GLASSES, _SHARE_BROWS = 0.35, 0.3
# Of those that are hidden.
_SHARE_FINGERS = 0.35
_MOST_TURN, _MOST_SCALE, _MOST_SHIFT = 15.0, 0.12, 0.05
_PEAK_RATE, _LAST_RATE = 2e-3, 2e-5
_BATCH = 16
# A pixel is face from here on.
_FACE = 0.5


@dataclasses.dataclass(frozen=True, eq=False)
class Faces:
    """Crops and where they show a face.

    Attributes:
        crops: ``[N, S, S, 3]`` uint8 RGB.
        masks: ``[N, S, S]`` uint8, 255: face.
    """

    crops: np.ndarray
    masks: np.ndarray

    def split(self, held_out: int) -> tuple["Faces", "Faces"]:
        """Those to train on, and the last ``held_out`` ones."""
        return (
            Faces(self.crops[:-held_out], self.masks[:-held_out]),
            Faces(self.crops[-held_out:], self.masks[-held_out:]),
        )


def train_face_mask(
    faces: Faces, steps: int, seed: int, start: keras.Model | None = None
) -> keras.Model:
    """Trains the network.

    Args:
        faces: to train on.
        steps: of 16 crops each.
        seed: of the weights and of what is done to the crops.
        start: whose weights training begins with, at a quarter of the learning rate; None: random
            ones.
    """
    keras.utils.set_random_seed(seed)
    network = get_face_mask_network(faces.crops.shape[1])
    peak = _PEAK_RATE
    if start is not None:
        network.set_weights(start.get_weights())
        peak /= 4
    rate = keras.optimizers.schedules.CosineDecay(peak, steps, alpha=_LAST_RATE / peak)
    network.compile(keras.optimizers.Adam(rate), loss="binary_crossentropy")
    losses = []
    for step, (crops, masks) in enumerate(_batches(faces, steps, seed), start=1):
        losses.append(float(network.train_on_batch(crops, masks)))
        if step % 50 == 0 or step == steps:
            print(f"step {step}: loss {np.mean(losses[-50:]):.4f}", flush=True)
            network.reset_metrics()
    return network


def overlap(network: keras.Model, faces: Faces) -> float:
    """Intersection over union of all pixels that are face and all that are said to be."""
    signed = uint8_to_signed(faces.crops).numpy()
    told = network.predict(signed, batch_size=_BATCH, verbose=0)[..., 0] >= _FACE
    true = faces.masks >= 255 * _FACE
    return float((told & true).sum() / max((told | true).sum(), 1))


def _batches(faces: Faces, steps: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = rng.integers(len(faces.crops), size=_BATCH)
        made = [harder(faces, int(number), rng) for number in chosen]
        crops = np.stack([crop for crop, _ in made]).astype(np.float32) / 127.5 - 1
        yield crops, np.stack([mask for _, mask in made])[..., None]


def harder(faces: Faces, number: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One crop in other colours, turned, damaged, and partly hidden.

    Args:
        faces: all of them: what hides this one is cut out of another.
        number: which.
        rng: chance.

    Returns:
        ``[S, S, 3]`` float32 in 0..255, and ``[S, S]`` float32 in 0..1.
    """
    crop, mask = faces.crops[number].astype(np.float32), faces.masks[number] / np.float32(255)
    side = len(crop)
    if rng.random() < 0.5:
        crop, mask = crop[:, ::-1], mask[:, ::-1]
    turn = cv2.getRotationMatrix2D(
        ((side - 1) / 2, (side - 1) / 2),
        rng.uniform(-_MOST_TURN, _MOST_TURN),
        1 + rng.uniform(-_MOST_SCALE, _MOST_SCALE),
    )
    turn[:, 2] += rng.uniform(-_MOST_SHIFT, _MOST_SHIFT, 2) * side
    if rng.random() < _SHARE_BROWS:
        crop = _with_strong_brows(crop, mask, rng)
    if rng.random() < _SHARE_GLASSES:
        crop, mask = wear_glasses(crop, mask, rng)
    crop, mask = (
        cv2.warpAffine(np.ascontiguousarray(x), turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
        for x in (crop, mask)
    )
    if rng.random() < _SHARE_HIDDEN:
        if rng.random() < _SHARE_FINGERS:
            crop, mask = _behind_fingers(crop, mask, rng)
        else:
            crop, mask = _hidden(crop, mask, faces.crops[rng.integers(len(faces.crops))], rng)
    if rng.random() < _SHARE_COLOURED:
        crop = coloured(crop, rng)
    if rng.random() < _SHARE_DAMAGED:
        crop = damaged(crop, rng)
    return crop, mask


def _hidden(
    crop: np.ndarray, mask: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lays a blob or a bar over the crop, of one colour or of a piece of another crop."""
    side = len(crop)
    cover = np.zeros((side, side), np.float32)
    middle = rng.uniform(0, side, 2)
    if rng.random() < 0.4:
        ends = rng.uniform(0, side, (2, 2)).astype(int)
        thick = int(rng.integers(max(side // 40, 1), side // 7))
        cv2.line(cover, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 1.0, thick)
    else:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 12)))
        radii = rng.uniform(0.06, 0.32, len(angles)) * side
        outline = middle + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
        cv2.fillPoly(cover, [np.rint(outline).astype(np.int32)], 1.0)
    cover = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.4, 1.5))
    shift = tuple(int(x) for x in rng.integers(side, size=2))
    piece = np.roll(other, shift, (0, 1)).astype(np.float32)
    if rng.random() < 0.5:
        piece = rng.uniform(0, 255, 3) + 0.25 * (piece - piece.mean())
    part = cover[..., None]
    return np.clip(crop + part * (piece - crop), 0, 255).astype(np.float32), mask * (1 - cover)


def _with_strong_brows(crop: np.ndarray, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Darkens the brows: rendered ones are weaker than many real ones. They are face."""
    side = len(crop)
    cover = np.zeros((side, side), np.float32)
    rise, length = rng.uniform(0.07, 0.13) * side, rng.uniform(0.07, 0.1) * side
    arch, tilt = rng.uniform(0, 0.03) * side, rng.uniform(-0.02, 0.03) * side
    along = np.linspace(-1, 1, 12)
    for eye, outward in zip(template(side)[:2], (-1, 1), strict=True):
        x = eye[0] + outward * 0.02 * side + length * along
        y = eye[1] - rise - arch * (1 - along**2) - tilt * outward * along
        corners = np.rint(np.stack([x, y], axis=1)).astype(np.int32)
        cv2.polylines(cover, [corners], False, 1.0, int(rng.integers(2, 6)))
    cover = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.7, 2)) * rng.uniform(0.4, 0.95) * mask
    hair = np.array([1.0, 0.8, 0.65], np.float32) * rng.uniform(5, 90)
    return crop + cover[..., None] * (hair - crop)


def _behind_fingers(
    crop: np.ndarray, mask: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Lays fingers over the crop: parallel bars of the face's own colour, round and shaded."""
    side = len(crop)
    if not (mask > _FACE).any():
        return crop, mask
    skin = crop[mask > _FACE].mean(axis=0) * rng.uniform(0.75, 1.2)
    thick = rng.uniform(0.06, 0.13) * side
    turn = rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    tip = rng.uniform(0.1, 0.9, 2) * side
    for number in range(rng.integers(1, 5)):
        end = tip + number * thick * rng.uniform(0.9, 1.15) * across
        end += rng.uniform(-1, 1) * thick * along
        far = end + 1.5 * side * (along + rng.uniform(-0.08, 0.08) * across)
        finger = np.zeros((side, side), np.uint8)
        ends = (tuple(int(x) for x in np.rint(place)) for place in (end, far))
        cv2.line(finger, *ends, 1, max(round(thick), 2))
        # Round: bright along the middle, dark at both edges.
        height = cv2.distanceTransform(finger, cv2.DIST_L2, 3) / (thick / 2)
        shade = 0.6 + 0.45 * np.sqrt(np.clip(height, 0, 1))
        cover = cv2.GaussianBlur(finger.astype(np.float32), (0, 0), 0.6)
        drawn = np.clip(shade[..., None] * skin, 0, 255)
        crop = crop + cover[..., None] * (drawn - crop)
        mask = mask * (1 - cover)
    return crop.astype(np.float32), mask.astype(np.float32)
