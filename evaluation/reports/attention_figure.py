"""AFFA's masks of a generator, and their picture (the paper's Figure 7)."""

import contextlib
import dataclasses
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from facedancer.networks.generator import attention_masks
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_uint8, uint8_to_signed

_BATCH = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Attention:
    """The swaps of one generator and how they came about.

    Attributes:
        name: of the generator.
        changed: ``[B, S, S, 3]`` uint8 RGB.
        masks: side -> ``[B, side, side]`` float32 in 0..1, the mean over the channels; 1 where the
            decoder's feature passes, 0 where the target's does. Empty without AFFA.
    """

    name: str
    changed: np.ndarray
    masks: dict[int, np.ndarray]

    def rows(self, numbers: Sequence[int]) -> "Attention":
        """Some of the swaps."""
        masks = {side: mask[numbers] for side, mask in self.masks.items()}
        return Attention(self.name, self.changed[numbers], masks)


def attend(
    generator: keras.Model, name: str, targets: np.ndarray, identities: np.ndarray
) -> Attention:
    """Swaps, and keeps the masks.

    Args:
        generator: from `load_keras_generator`.
        name: for captions.
        targets: ``[B, S, S, 3]`` uint8 RGB.
        identities: ``[B, 512]`` of the sources.

    Raises:
        UserError: the crops are of another side than the generator's.
    """
    if generator.inputs[0].shape[1] != targets.shape[1]:
        raise UserError(
            f"{name} swaps crops of {generator.inputs[0].shape[1]} px, but the targets have "
            f"{targets.shape[1]} px: give targets of that size"
        )
    outputs = {"changed": generator.outputs[0]}
    with contextlib.suppress(ValueError):  # No AFFA in it, as in the paper's two baselines.
        outputs |= attention_masks(generator).output
    model = keras.Model(generator.inputs, outputs)
    batches = []
    for start in range(0, len(targets), _BATCH):
        rows = slice(start, start + _BATCH)
        found = model([uint8_to_signed(targets[rows]), tf.constant(identities[rows])])
        changed = signed_to_uint8(found.pop("changed")).numpy()
        masks = {int(side): tf.reduce_mean(mask, -1).numpy() for side, mask in found.items()}
        batches.append((changed, masks))
    changed = np.concatenate([changed for changed, _ in batches])
    sides = sorted(batches[0][1])
    return Attention(
        name,
        changed,
        {side: np.concatenate([masks[side] for _, masks in batches]) for side in sides},
    )


def draw_attention(
    targets: np.ndarray, sources: np.ndarray, attentions: Sequence[Attention]
) -> np.ndarray:
    """Target, source, swap and the masks by their side: a row a swap, generator after generator.

    Returns:
        ``[H, W, 3]`` uint8 RGB.
    """
    sides = sorted({side for attention in attentions for side in attention.masks})
    blank = np.zeros((1, 1, 3), np.uint8)
    images, captions = [], []
    for attention in attentions:
        for row in range(len(targets)):
            images += [targets[row], sources[row], attention.changed[row]]
            captions += ["target", "source", attention.name]
            for side in sides:
                mask = attention.masks.get(side)
                images.append(blank if mask is None else _grey(mask[row], targets.shape[1]))
                captions.append("no AFFA" if mask is None else f"{side}: {mask[row].mean():.2f}")
    return contact_sheet(images, captions, columns=3 + len(sides), side=128)


def _grey(mask: np.ndarray, side: int) -> np.ndarray:
    """Each value as a square, so that the resolution can be seen."""
    pixels = np.rint(255 * np.clip(mask, 0, 1)).astype(np.uint8)
    factor = max(1, side // mask.shape[0])
    return np.repeat(np.kron(pixels, np.ones((factor, factor), np.uint8))[..., None], 3, axis=-1)
