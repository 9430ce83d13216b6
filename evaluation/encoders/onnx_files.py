"""Published networks as ONNX files, run by onnxruntime: what the paper measured with, and the like.

None of them ships. Each name stands for one way of preparing pictures and reading the answer, as
the network's authors published it.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from facedancer.utils.errors import UserError
from facedancer.utils.weights.onnx_session import OnnxNetwork

from ..files import sha256_of
from ..resizing import resize_exactly
from .interface import FaceEncoder

_IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_IMAGENET_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
_IDENTITY_SIDE, _HOPENET_SIDE, _INCEPTION_SIDE = 112, 224, 299
# Hopenet's classes: 66 of 3 degrees from -99 on.
_HOPENET_STEP, _HOPENET_FIRST = 3.0, -99.0
_HOPENET_CLASSES = 66
# Pictures at a time, so that a network's memory does not grow with the batch.
_MOST_AT_ONCE = 16
_MOST_BATCH = 256

# [B, 3, S, S] float32 -> the network's outputs.
Session = Callable[[np.ndarray], list[np.ndarray]]


def cosface(path: str) -> FaceEncoder:
    """CosFace with ResNet50, the paper's second encoder: 112 px RGB in [-1, 1]; ``[B, 512]``.

    As InsightFace exports its networks.
    """
    return FaceEncoder("CosFace R50", _origin(path), _embedding(path), is_paper=True)


def insightface(path: str) -> FaceEncoder:
    """Any other of InsightFace's networks, prepared alike."""
    return FaceEncoder(f"InsightFace {Path(path).stem}", _origin(path), _embedding(path))


def hopenet(path: str) -> FaceEncoder:
    """Hopenet, the paper's pose estimator: 224 px, ImageNet's mean; yaw, pitch, roll in degrees.

    Ruiz et al., "Fine-Grained Head Pose Estimation Without Keypoints", 2018. Its three outputs,
    ``[B, 66]`` each, are classes; the angle is the mean over their probabilities. It was trained on
    looser crops than aligned ones: its numbers on these compare with each other.
    """
    run = _session(path, _HOPENET_SIDE, outputs=3, width=_HOPENET_CLASSES)

    def measure(images: np.ndarray) -> np.ndarray:
        unit = np.clip(resize_exactly(images, _HOPENET_SIDE) / 255.0, 0, 1)
        logits = run(_channels_first((unit - _IMAGENET_MEAN) / _IMAGENET_DEVIATION))
        return np.stack([_expected_angle(row) for row in logits[:3]], axis=1)

    return FaceEncoder("Hopenet", _origin(path), measure, is_paper=True)


def inception(path: str) -> FaceEncoder:
    """Inception as clean-fid has it: 299 px RGB in 0..255, scaled within; ``[B, 2048]``."""
    run = _session(path, _INCEPTION_SIDE)
    return FaceEncoder(
        "Inception",
        _origin(path),
        lambda images: run(_channels_first(resize_exactly(images, _INCEPTION_SIDE)))[0],
        is_paper=True,
    )


def _embedding(path: str) -> Callable[[np.ndarray], np.ndarray]:
    run = _session(path, _IDENTITY_SIDE)
    return lambda images: run(
        _channels_first(resize_exactly(images, _IDENTITY_SIDE) / 127.5 - 1.0)
    )[0]


def _expected_angle(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(1, keepdims=True))
    classes = _HOPENET_STEP * np.arange(logits.shape[1]) + _HOPENET_FIRST
    return (shares / shares.sum(1, keepdims=True)) @ classes


def _channels_first(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32)


def _session(path: str, side: int, outputs: int = 1, width: int | None = None) -> Session:
    """The network as a function, whatever batch it was exported for; it is tried once.

    Args:
        path: of the file.
        side: of its pictures.
        outputs: how many are read, ``[B, width]`` each.
        width: None: any.

    Raises:
        UserError: no such file, no onnxruntime, or a network of another form.
    """
    if not path:
        raise UserError("no ONNX file given: write NAME:FILE")
    network = OnnxNetwork(path)
    if network.outputs < outputs:
        raise UserError(
            f"{path} has 1 input and {network.outputs} outputs; expected one picture and {outputs} "
            "outputs"
        )
    batch, *sizes = network.shape
    wanted = (3, side, side)
    if any(size not in (None, one) for size, one in zip(sizes, wanted, strict=True)):
        raise UserError(f"{path} takes pictures of {network.shape}; expected {wanted}")
    if batch is not None and not 1 <= batch <= _MOST_BATCH:
        raise UserError(f"{path} takes {batch} pictures at a time; expected 1 to {_MOST_BATCH}")

    def run(images: np.ndarray, is_trial: bool = False) -> list[np.ndarray]:
        found = network(images, is_trial)[:outputs]
        for one in found:
            if (
                one.ndim != 2
                or len(one) != len(images)
                or one.shape[1] != (width or max(one.shape[1], 1))
            ):
                raise UserError(
                    f"{path} returns {one.shape} for {len(images)} pictures; expected "
                    f"[{len(images)}, {width or 'any number'}]"
                )
        return found

    run(np.zeros((batch or 1, *wanted), np.float32), is_trial=True)
    return _in_batches(run, batch or _MOST_AT_ONCE, is_fixed=batch is not None)


def _in_batches(run: Session, size: int, is_fixed: bool) -> Session:
    """A network that takes ``size`` pictures, or at most so many, as one that takes any number."""

    def run_any(images: np.ndarray) -> list[np.ndarray]:
        missing = -len(images) % size if is_fixed else 0
        filled = np.concatenate([images, np.repeat(images[-1:], missing, axis=0)])
        batches = [run(filled[start : start + size]) for start in range(0, len(filled), size)]
        return [np.concatenate(parts)[: len(images)] for parts in zip(*batches, strict=True)]

    return run_any


def _origin(path: str) -> dict[str, object]:
    return {"file": Path(path).name, "sha256": sha256_of(path)}
