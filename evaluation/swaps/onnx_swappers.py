"""Published swappers as ONNX files: aligned crops in, aligned crops out, whatever they take."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from facedancer.arcface_model.sizes import IMAGE_SIZE
from facedancer.utils.alignment import similarity_transform, template
from facedancer.utils.errors import UserError
from facedancer.utils.weights.onnx_session import OnnxFile, OnnxNetwork, told_inputs

from ..conventions import CONVENTIONS, Convention, Source
from ..files import sha256_of
from ..resizing import resize
from .swappers import PairSwapper

_FLOAT32 = "tensor(float)"
_SIDES = range(32, 1025)

Swap = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def is_published(spec: str) -> bool:
    """Tells whether a flag names a published swapper, NAME:FILE."""
    name, colon, _ = spec.partition(":")
    return bool(colon) and name in CONVENTIONS and not Path(spec).exists()


def load_published(spec: str, encoder: str = "", name: str = "") -> PairSwapper:
    """A published swapper.

    Args:
        spec: ``NAME:FILE``, of `CONVENTIONS`.
        encoder: the ONNX file of its identity encoder, 112 px; not needed where the swapper takes
            the source's picture.
        name: for tables; by default the spec's.

    Raises:
        UserError: a file is missing, or is no network of that form.
    """
    kind, _, path = spec.partition(":")
    convention = CONVENTIONS[kind]
    needs_encoder = convention.source is not Source.PICTURE
    if needs_encoder and not encoder:
        raise UserError(f"{kind} takes an identity: give the ONNX file of its encoder as --encoder")
    network = OnnxFile(path, with_matrix=convention.source is Source.MATRIX)
    swap = _swap(network, path, kind, encoder if needs_encoder else "")
    origin = {"kind": f"published swapper, {kind}", "sha256": sha256_of(path)}
    if needs_encoder:
        origin |= {
            "identity_encoder": str(encoder),
            "identity_encoder_sha256": sha256_of(encoder),
        }
    return PairSwapper(name or f"{kind} {Path(path).stem}", origin, swap)


def _swap(network: OnnxFile, path: str, kind: str, encoder: str) -> Swap:
    convention = CONVENTIONS[kind]
    target, source, side = _places_of_inputs(network, path, kind)
    describe = _embedder(encoder, convention) if encoder else None
    if convention.source is Source.MATRIX:
        shape = None if network.matrix is None else network.matrix.shape
        if shape is None or shape[0] != network.inputs[source][2][1]:
            raise UserError(
                f"{path} lacks the matrix that {kind} applies to identities (found: {shape}): give "
                "another file"
            )

    def run(picture: np.ndarray, given: np.ndarray, is_trial: bool = False) -> np.ndarray:
        arrays = [picture, given] if target < source else [given, picture]
        found = network.run(arrays, is_trial)
        if not found or found[0].shape != picture.shape:
            shapes = [list(one.shape) for one in found]
            raise UserError(f"{path} returns {shapes}; expected {list(picture.shape)}")
        return found[0]

    def swap(targets: np.ndarray, sources: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        changed = []
        for before, whose in zip(targets, sources, strict=True):
            given = _given(whose, convention, describe, network.matrix)
            if given is None:
                given = _picture_of(whose, convention, network.inputs[source][2][2] or side)
            matrix = _way(before.shape[0], convention.places, side)
            crop = _warp(before, matrix, side)
            answer = run(_scaled(crop, convention.scaling), given)
            changed.append(_back(before, _pixels(answer, convention), matrix))
        return np.stack(changed)

    # One try, so that a file of another form is refused before anything is computed.
    picture = np.zeros((1, 3, side, side), np.float32)
    shape = tuple(
        one or given
        for one, given in zip(
            network.inputs[source][2],
            (1, 3, side, side) if describe is None else (1, 512),
            strict=True,
        )
    )
    run(picture, np.full(shape, 0.04, np.float32), is_trial=True)
    return swap


def _places_of_inputs(network: OnnxFile, path: str, kind: str) -> tuple[int, int, int]:
    """The numbers of the target's and the source's input, and the side of the target's picture."""
    convention = CONVENTIONS[kind]
    ranks = (4, 4 if convention.source is Source.PICTURE else 2)
    wanted = (
        f"{kind} takes a target's picture, float32 [1, 3, {convention.side}, {convention.side}], "
        + ("and a source's" if ranks[1] == 4 else "and an identity, float32 [1, 512]")
    )
    names = [name for name, _, _ in network.inputs]
    shapes = [shape for _, _, shape in network.inputs]
    order = (
        (names.index("target"), names.index("source"))
        if {*names} >= {"target", "source"}
        else ((0, 1) if len(shapes) == 2 and len(shapes[0]) == 4 else (1, 0))
    )
    is_fit = len(shapes) == 2 and all(known == _FLOAT32 for _, known, _ in network.inputs)
    is_fit = is_fit and tuple(len(shapes[place]) for place in order) == ranks
    sides = {side for side in shapes[order[0]][2:] if side is not None} if is_fit else {0}
    side = sides.pop() if sides else convention.side
    if not is_fit or sides or side not in _SIDES or shapes[order[0]][1] not in (None, 3):
        raise UserError(f"{path} takes {told_inputs(network)}; {wanted}")
    return *order, side


def _embedder(path: str, convention: Convention) -> Callable[[np.ndarray], np.ndarray]:
    """An ONNX identity encoder: ``[S, S, 3]`` uint8 RGB aligned as ours -> ``[1, D]``."""
    encoder = OnnxNetwork(path)
    if any(
        one not in (None, wanted)
        for one, wanted in zip(encoder.shape[1:], (3, IMAGE_SIZE, IMAGE_SIZE), strict=True)
    ):
        raise UserError(f"{path} takes pictures of {encoder.shape}; expected 3 x 112 x 112")

    def describe(crop: np.ndarray) -> np.ndarray:
        picture = resize(crop[None], IMAGE_SIZE)[0]
        found = encoder(_scaled(picture, convention.encoder_scaling))[0]
        if found.ndim != 2 or len(found) != 1:
            raise UserError(f"{path} returns {list(found.shape)}; expected [1, 512]")
        return found.astype(np.float32)

    return describe


def _given(
    crop: np.ndarray,
    convention: Convention,
    describe: Callable[[np.ndarray], np.ndarray] | None,
    matrix: np.ndarray | None,
) -> np.ndarray | None:
    if describe is None:
        return None
    identity = describe(crop)
    length = max(float(np.linalg.norm(identity)), 1e-9)
    if convention.source is Source.RAW:
        return identity
    if convention.source is Source.UNIT:
        return identity / np.float32(length)
    return (identity @ matrix.astype(np.float32)) / np.float32(length)


def _picture_of(crop: np.ndarray, convention: Convention, side: int) -> np.ndarray:
    matrix = _way(crop.shape[0], convention.source_places, side)
    return _scaled(_warp(crop, matrix, side), ((0, 0, 0), (1, 1, 1)))


def _way(from_side: int, places: tuple[tuple[float, float], ...], side: int) -> np.ndarray:
    """``[2, 3]``: a crop aligned as ours -> one whose landmarks lie at other places."""
    return similarity_transform(template(from_side), np.array(places) * side)


def _warp(crop: np.ndarray, matrix: np.ndarray, side: int) -> np.ndarray:
    """A wider view goes on with the border's colours: of the crop there is no more."""
    return cv2.warpAffine(
        crop, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def _scaled(crop: np.ndarray, scaling: tuple[tuple[float, ...], ...]) -> np.ndarray:
    mean, deviation = (np.array(values, np.float32) for values in scaling)
    unit = (crop.astype(np.float32) / 255 - mean) / deviation
    return np.ascontiguousarray(unit.transpose(2, 0, 1)[None])


def _pixels(answer: np.ndarray, convention: Convention) -> np.ndarray:
    unit = answer[0].transpose(1, 2, 0)
    if convention.is_scaled_back:
        mean, deviation = (np.array(values, np.float32) for values in convention.scaling)
        unit = unit * deviation + mean
    return np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8)


def _back(before: np.ndarray, changed: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The changed view in the crop's place; where it does not reach, the crop stays."""
    side = before.shape[0]
    inverse = cv2.invertAffineTransform(matrix)
    there = cv2.warpAffine(changed, inverse, (side, side), flags=cv2.INTER_CUBIC)
    covered = cv2.warpAffine(np.ones(changed.shape[:2], np.float32), inverse, (side, side))
    return np.where(covered[..., None] > 0.999, there, before)
