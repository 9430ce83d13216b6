"""Networks that users bring as ONNX files: segmentation of the face, and enlargement."""

from collections.abc import Callable

import cv2
import numpy as np

from facedancer.utils.cli import UserError
from facedancer.utils.onnx_session import is_from_onnxruntime, open_onnx

# Skin, brows, eyes, glasses, nose, mouth and lips: of the nineteen classes of CelebAMask-HQ, by
# which face parsers are trained.
_FACE_CLASSES = (1, 2, 3, 4, 5, 6, 10, 11, 12, 13)
_PARSER_CLASSES = 19
_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_ANY_SIDE = 512
_TRIAL_SIDE = 64
_SOFT = 0.01


def load_segmentation(path: str) -> Callable[[np.ndarray], np.ndarray]:
    """A network that tells where the face is.

    Its one picture is ``[1, 3, S, S]`` RGB, normalised by ImageNet's mean and deviation. Its first
    output is ``[1, 19, S, S]``, CelebAMask-HQ's classes, or ``[1, 1, S, S]``, the face's logit.

    Returns:
        ``[S, S, 3]`` uint8 RGB -> ``[S, S]`` float32 in [0, 1].

    Raises:
        UserError: onnxruntime is missing, or the file is no such network.
    """
    run, side = _session(path)

    def segment(crop: np.ndarray) -> np.ndarray:
        picture = cv2.resize(crop, (side, side), interpolation=cv2.INTER_LINEAR)
        unit = (picture.astype(np.float32) / 255 - _IMAGENET_MEAN) / _IMAGENET_DEVIATION
        answer = run(unit.transpose(2, 0, 1)[None])
        if answer.shape[0] == 1:
            # The logistic function, in a form that doesn't overflow.
            face = 0.5 * (1 + np.tanh(0.5 * answer[0]))
        elif answer.shape[0] == _PARSER_CLASSES:
            face = np.isin(answer.argmax(0), _FACE_CLASSES)
        else:
            raise UserError(
                f"{path} answers with {answer.shape[0]} channels; wanted are 1 or {_PARSER_CLASSES}"
            )
        mask = cv2.resize(face.astype(np.float32), crop.shape[1::-1])
        return cv2.GaussianBlur(mask, (0, 0), _SOFT * crop.shape[0])

    _try(segment, path)
    return segment


def load_enhancer(path: str) -> Callable[[np.ndarray], np.ndarray]:
    """A network that enlarges faces or restores detail.

    Its one picture is ``[1, 3, S, S]`` RGB in [-1, 1]; so is its first output, of any side.

    Returns:
        ``[S, S, 3]`` uint8 RGB -> ``[T, T, 3]`` uint8 RGB.

    Raises:
        UserError: onnxruntime is missing, or the file is no such network.
    """
    run, side = _session(path)

    def enhance(crop: np.ndarray) -> np.ndarray:
        picture = cv2.resize(crop, (side, side), interpolation=cv2.INTER_CUBIC)
        answer = run((picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None])
        if answer.ndim != 3 or answer.shape[0] != 3 or answer.shape[1] != answer.shape[2]:
            raise UserError(f"{path} answers with {answer.shape}, which is no square picture")
        pixels = np.clip((answer.transpose(1, 2, 0) + 1) * 127.5, 0, 255)
        return np.rint(pixels).astype(np.uint8)

    _try(enhance, path)
    return enhance


def _try(network: Callable[[np.ndarray], np.ndarray], path: str) -> None:
    """Runs a network once, so that a wrong one is found before any work is done."""
    try:
        network(np.full((_TRIAL_SIDE, _TRIAL_SIDE, 3), 128, np.uint8))
    except Exception as error:
        if not is_from_onnxruntime(error):
            raise
        raise UserError(f"{path} fails on a face of one float32 picture ({error})") from error


def _session(path: str) -> tuple[Callable[[np.ndarray], np.ndarray], int]:
    """A network of one picture: a function to its first output, without the batch, and its side."""
    session = open_onnx(path)
    inputs = session.get_inputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].shape[1] != 3:
        shapes = [entry.shape for entry in inputs]
        raise UserError(f"{path} takes {shapes}; wanted is one picture, [1, 3, side, side]")
    side = inputs[0].shape[2]
    name = inputs[0].name
    return (
        lambda picture: session.run(None, {name: picture})[0][0],
        side if isinstance(side, int) else _ANY_SIDE,
    )
