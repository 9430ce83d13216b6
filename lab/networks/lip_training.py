"""Training of the network that finds lips: rendered mouths, opened, recoloured and damaged."""

import dataclasses
from collections.abc import Iterator

import cv2
import keras
import numpy as np

from facedancer.inference.texture.lips import MOUTH_SHARE
from facedancer.networks.lips import get_lips_network
from facedancer.utils.images import uint8_to_signed

from .crop_changes import coloured, damaged
from .drawn_smiles import open_mouth

# Of the mouths, by chance.
_SHARE_COLOURED, _SHARE_DAMAGED, _SHARE_OPENED = 0.8, 0.4, 0.65
_MOST_TURN, _MOST_SCALE, _MOST_SHIFT = 15.0, 0.2, 0.06
_PEAK_RATE, _LAST_RATE = 2e-3, 2e-5
_BATCH = 32
# iBUG's points when left and right change places.
MIRROR = (6, 5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 16, 15, 14, 13, 12, 19, 18, 17)


@dataclasses.dataclass(frozen=True, eq=False)
class Mouths:
    """Crops of faces and their lips.

    Attributes:
        crops: ``[N, S, S, 3]`` uint8 RGB, aligned.
        outlines: ``[N, 20, 2]`` float32, pixels of the crops, see `lip_outline`.
    """

    crops: np.ndarray
    outlines: np.ndarray

    def split(self, held_out: int) -> tuple["Mouths", "Mouths"]:
        """Those to train on, and the last ``held_out`` ones."""
        return (
            Mouths(self.crops[:-held_out], self.outlines[:-held_out]),
            Mouths(self.crops[-held_out:], self.outlines[-held_out:]),
        )


def train_lips(mouths: Mouths, steps: int, seed: int) -> keras.Model:
    """Trains the network, on steps of 32 mouths each."""
    keras.utils.set_random_seed(seed)
    network = get_lips_network()
    rate = keras.optimizers.schedules.CosineDecay(_PEAK_RATE, steps, alpha=_LAST_RATE / _PEAK_RATE)
    network.compile(keras.optimizers.Adam(rate), loss="mean_absolute_error")
    losses = []
    side = network.input_shape[1]
    for step, (crops, points) in enumerate(_batches(mouths, steps, seed, side), start=1):
        losses.append(float(network.train_on_batch(crops, points)))
        if step % 50 == 0 or step == steps:
            print(f"step {step}: error {100 * np.mean(losses[-50:]):.2f} % of the crop", flush=True)
            network.reset_metrics()
    return network


def mean_error(network: keras.Model, mouths: Mouths, seed: int) -> float:
    """Mean absolute error of x and y on mouths treated as in training, a share of the crop."""
    side, rng = network.input_shape[1], np.random.default_rng(seed)
    made = [harder(mouths, number, side, rng) for number in range(len(mouths.crops))]
    told = network.predict(_signed(made), batch_size=_BATCH, verbose=0)
    return float(np.abs(told - np.stack([points for _, points in made])).mean())


def _batches(
    mouths: Mouths, steps: int, seed: int, side: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        chosen = rng.integers(len(mouths.crops), size=_BATCH)
        made = [harder(mouths, int(number), side, rng) for number in chosen]
        yield _signed(made), np.stack([points for _, points in made])


def _signed(made: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    return uint8_to_signed(np.stack([np.rint(crop) for crop, _ in made])).numpy()


def harder(
    mouths: Mouths, number: int, side: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """One mouth, mostly opened, cut out about where a face mesh would have it, and damaged.

    Args:
        mouths: all of them.
        number: which.
        side: S, of the mouth's crop.
        rng: chance.

    Returns:
        ``[S, S, 3]`` float32 RGB in 0..255, and ``[20, 2]`` float32, shares of its side.
    """
    crop, outline = mouths.crops[number].astype(np.float32), mouths.outlines[number]
    whole = len(crop)
    if rng.random() < 0.5:
        crop = np.ascontiguousarray(crop[:, ::-1])
        outline = (outline * [-1, 1] + [whole - 1, 0])[list(MIRROR)].astype(np.float32)
    if rng.random() < _SHARE_OPENED:
        crop, outline = open_mouth(crop, outline, rng)
    scale = (side / whole) / MOUTH_SHARE * (1 + rng.uniform(-_MOST_SCALE, _MOST_SCALE))
    middle = outline[:12].mean(axis=0) + rng.uniform(-_MOST_SHIFT, _MOST_SHIFT, 2) * whole
    turn = cv2.getRotationMatrix2D(
        (float(middle[0]), float(middle[1])), rng.uniform(-_MOST_TURN, _MOST_TURN), scale
    )
    turn[:, 2] += (side - 1) / 2 - middle
    crop = cv2.warpAffine(crop, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
    points = outline @ turn[:, :2].T + turn[:, 2]
    if rng.random() < _SHARE_COLOURED:
        crop = coloured(crop, rng)
    if rng.random() < _SHARE_DAMAGED:
        crop = damaged(crop, rng)
    return crop, ((points + 0.5) / side).astype(np.float32)
