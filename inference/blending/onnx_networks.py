"""Networks that users bring as ONNX files: segmentation of the face, and enlargement."""

from collections.abc import Callable

import cv2
import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.weights.onnx_session import OnnxNetwork

# Skin, brows, eyes, glasses, nose, mouth and lips: of the nineteen classes of CelebAMask-HQ, by
# which face parsers are trained.
_FACE_CLASSES = (1, 2, 3, 4, 5, 6, 10, 11, 12, 13)
_PARSER_CLASSES = 19
_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_ANY_SIDE = 512
_SIDES = range(8, 2049)
# All grey levels: from black to white.
_TRIAL = np.arange(64 * 64 * 3, dtype=np.uint8).reshape(64, 64, 3)
_SOFT = 0.01
# How much larger than its picture an answer may be; a mask may be smaller by as much.
_MOST_LARGER = 8
# Signed pictures lie in [-1, 1]; networks overshoot, but not so far.
_MOST_SIGNED = 4.0


def load_segmentation(path: str) -> Callable[[np.ndarray], np.ndarray]:
    """A network that tells where the face is.

    Its one picture is ``[1, 3, S, S]`` RGB, normalised by ImageNet's mean and deviation. Its first
    output is ``[1, 19, S, S]``, CelebAMask-HQ's classes, or ``[1, 1, S, S]``, the face's logit.

    Returns:
        ``[S, S, 3]`` uint8 RGB -> ``[S, S]`` float32 in [0, 1]. Like loading, it raises
        `UserError` if the network fails on a face, or answers with something else.

    Raises:
        UserError: onnxruntime is missing, or the file is no such network.
    """
    network, side = _open(path)

    def segment(crop: np.ndarray, is_trial: bool = False) -> np.ndarray:
        picture = cv2.resize(crop, (side, side), interpolation=cv2.INTER_LINEAR)
        unit = (picture.astype(np.float32) / 255 - _IMAGENET_MEAN) / _IMAGENET_DEVIATION
        answer = _answer(path, network(unit.transpose(2, 0, 1)[None], is_trial))
        channels, height, width = answer.shape
        if channels == 1:
            # The logistic function, in a form that doesn't overflow.
            face = 0.5 * (1 + np.tanh(0.5 * answer[0]))
        elif channels == _PARSER_CLASSES:
            face = np.isin(answer.argmax(0), _FACE_CLASSES)
        else:
            raise UserError(f"{path} outputs {channels} channels; expected 1 or {_PARSER_CLASSES}")
        if not all(side <= _MOST_LARGER * one <= _MOST_LARGER**2 * side for one in (height, width)):
            raise UserError(
                f"{path} returns an output of shape {answer.shape} for a picture of side {side}: "
                f"its sides must be at most {_MOST_LARGER} times larger or smaller"
            )
        mask = cv2.resize(face.astype(np.float32), crop.shape[1::-1])
        return cv2.GaussianBlur(mask, (0, 0), _SOFT * crop.shape[0])

    segment(_TRIAL, is_trial=True)
    return segment


def load_enhancer(path: str) -> Callable[[np.ndarray], np.ndarray]:
    """A network that enlarges faces or restores detail.

    Its one picture is ``[1, 3, S, S]`` RGB in [-1, 1]; so is its first output, of the side T from S
    to 8 S.

    Returns:
        ``[S, S, 3]`` uint8 RGB -> ``[T, T, 3]`` uint8 RGB. Like loading, it raises `UserError` if
        the network fails on a face, or answers with something else.

    Raises:
        UserError: onnxruntime is missing, or the file is no such network.
    """
    network, side = _open(path)

    def enhance(crop: np.ndarray, is_trial: bool = False) -> np.ndarray:
        picture = cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC)
        signed = (picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        answer = _answer(path, network(signed, is_trial))
        if answer.shape[0] != 3 or answer.shape[1] != answer.shape[2]:
            raise UserError(
                f"{path} returns an output of shape {answer.shape}, which is not a square RGB "
                "picture"
            )
        if not side <= answer.shape[1] <= _MOST_LARGER * side:
            raise UserError(
                f"{path} returns side {answer.shape[1]} for a picture of side {side}; expected the "
                f"same side, or up to {_MOST_LARGER} times larger"
            )
        most = float(np.abs(answer).max())
        if most > _MOST_SIGNED:
            raise UserError(f"{path} returns values up to {most:.3g}; expected -1 to 1")
        pixels = np.clip((answer.transpose(1, 2, 0) + 1) * 127.5, 0, 255)
        return np.rint(pixels).astype(np.uint8)

    enhance(_TRIAL, is_trial=True)
    return enhance


def _open(path: str) -> tuple[OnnxNetwork, int]:
    """A network of one picture, and the side of its pictures."""
    network = OnnxNetwork(path)
    batch, channels, *sides = network.shape
    fixed = {side for side in sides if side is not None}
    if batch not in (None, 1) or channels not in (None, 3) or len(fixed) > 1:
        raise UserError(
            f"{path} takes {list(network.shape)}; expected one picture, [1, 3, side, side]"
        )
    side = fixed.pop() if fixed else _ANY_SIDE
    if side not in _SIDES:
        raise UserError(
            f"{path} takes pictures of side {side}; expected {_SIDES[0]} to {_SIDES[-1]}"
        )
    return network, side


def _answer(path: str, found: list[np.ndarray]) -> np.ndarray:
    """The first output for one picture, ``[C, H, W]``."""
    shape = found[0].shape if found else ()
    if len(shape) != 4 or shape[0] != 1 or 0 in shape:
        raise UserError(
            f"{path} returns an output of shape {shape}; expected [1, channels, side, side]"
        )
    return found[0][0].astype(np.float32)
