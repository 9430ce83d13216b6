"""AFFA's attention of one face at each of its resolutions, as a picture."""

import threading
from pathlib import Path

import cv2
import keras
import numpy as np

from facedancer.evaluation.reports.attention_figure import attend
from facedancer.inference.core.frames import SwappedFrame
from facedancer.inference.swapper import Swapper
from facedancer.networks.loading.keras_generator import load_keras_generator
from facedancer.utils.contact_sheet import contact_sheet
from facedancer.utils.errors import UserError

# Of each picture in the sheet, in pixels.
_SIDE = 160


class AttentionView:
    """Draws where AFFA takes features from the target, and where from the new face.

    The generator as Keras has it, whose layers can be asked, is loaded when it is first wanted.

    Args:
        swapper: the loaded networks.
    """

    def __init__(self, swapper: Swapper) -> None:
        self._recipe = swapper.recipe
        self._loading = threading.Lock()
        self._model: keras.Model | None = None

    def draw(self, done: SwappedFrame) -> np.ndarray:
        """A row a face: as it was, as it becomes, and the masks, the coarsest first.

        Args:
            done: from `preview.try_swap`.

        Returns:
            ``[H, W, 3]`` uint8 RGB.

        Raises:
            UserError: nobody was swapped, or the generator shows no attention.
        """
        if not done.faces:
            raise UserError("nobody is swapped in this picture, so there is nothing to show")
        model = self._loaded()
        given = np.stack([one.identity for one in done.planned if one.identity is not None])
        # By pixel boost the crops are larger than the model's.
        side = model.inputs[0].shape[1]
        targets = np.stack(
            [cv2.resize(one.crop, (side, side), interpolation=cv2.INTER_AREA) for one in done.faces]
        )
        attention = attend(model, "new face", targets, given.astype(np.float32))
        if not attention.masks:
            raise UserError("this generator has no attention masks: it was built without AFFA")
        images, captions = [], []
        for row, face in enumerate(done.faces):
            images += [face.crop, face.changed]
            captions += ["old face", "new face"]
            for side, mask in sorted(attention.masks.items()):
                images.append(_grey(mask[row], _SIDE))
                captions.append(f"{side} x {side}")
        return contact_sheet(images, captions, columns=2 + len(attention.masks), side=_SIDE)

    def _loaded(self) -> keras.Model:
        with self._loading:
            if self._model is None:
                if self._recipe is None:
                    raise UserError("this generator's file does not expose its attention masks")
                self._model = load_keras_generator(Path(self._recipe.path))
            return self._model


def _grey(mask: np.ndarray, side: int) -> np.ndarray:
    """A mask ``[h, h]`` in [0, 1] in grey, each of its values a square that can be seen."""
    pixels = np.rint(255 * np.clip(mask, 0, 1)).astype(np.uint8)
    large = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_NEAREST)
    return np.repeat(large[..., None], 3, axis=-1)
