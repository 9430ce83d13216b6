"""Systems to evaluate: a generator of ours, another system's results, or a trivial swap."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.pairing import also_trained_with, check_encoder
from facedancer.inference.core.boost_factor import choose_factor
from facedancer.inference.core.pixel_boost import boosted
from facedancer.inference.faces.strength import steer
from facedancer.networks.loading.generator import load_generator
from facedancer.utils.errors import UserError
from facedancer.utils.images import (
    read_image,
    signed_to_uint8,
    uint8_to_signed,
)
from facedancer.utils.suffixes import IMAGE_SUFFIXES
from facedancer.utils.weights.kinds import recognise

from ..files import sha256_of
from ..resizing import resize
from ..trivial import TRIVIAL
from .face_set import FaceSet
from .pairs import SwapPairs

# The kind of another system's results.
RESULTS = "folder of results"


@dataclasses.dataclass(frozen=True, eq=False)
class PairSwapper:
    """A system that answers pairs of aligned crops.

    Attributes:
        name: for tables.
        origin: what it is, for the protocol.
        swap: ``(targets [B, S, S, 3], sources [B, S, S, 3], numbers of the pairs [B])`` ->
            ``[B, S, S, 3]``, all pictures uint8 RGB.
        side: the crops' side that it works at; None where any will do.
    """

    name: str
    origin: dict[str, object]
    swap: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    side: int | None = None

    def was_trained_by(self, encoder: Mapping[str, object]) -> bool:
        """Tells whether it learnt by this encoder, given its origin: then that is no judge."""
        keys = ("identity_encoder_sha256", "second_encoder_sha256")
        known = [self.origin[key] for key in keys if self.origin.get(key)]
        return encoder["sha256"] in known

    def check_side(self, targets: FaceSet) -> None:
        """Refuses crops of another side than the generator's.

        Raises:
            UserError: they are.
        """
        if self.side not in (None, targets.side):
            raise UserError(
                f"{self.name} swaps crops of {self.side} px, but the targets have {targets.side} "
                f"px: make them with dataset/crop_align.py --image_size={self.side}"
            )


def load_swapper(
    spec: str,
    encoder: str,
    name: str = "",
    any_encoder: bool = False,
    pixel_boost: str = "1",
    strength: float = 1.0,
) -> PairSwapper:
    """Loads what a flag names.

    Args:
        spec: one of `TRIVIAL`; or a generator, in any form that
            `load_generator` takes.
        encoder: the identity encoder that a generator was trained with.
        name: for tables; by default what the path is called.
        any_encoder: take an encoder that the generator was not trained with, too.
        pixel_boost: see `choose_factor`; by default, none.
        strength: how far each face goes from its own identity to the source's, see `steer`.

    Raises:
        UserError: nothing of these, or a generator without its encoder.
    """
    if spec in TRIVIAL:
        origin = {"kind": f"trivial: output = {spec}"}
        return PairSwapper(name or f"output = {spec}", origin, TRIVIAL[spec])
    if not encoder:
        raise UserError(
            "--encoder is missing: give the encoder that the generator was trained with"
        )
    check_encoder(spec, encoder, any_encoder)
    generator, embedder = load_generator(spec), load_encoder(encoder)
    generator = boosted(generator, choose_factor(pixel_boost, generator.image_size))

    def swap(targets: np.ndarray, sources: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        identity = encode(embedder, uint8_to_signed(sources))["embedding"]
        if strength != 1:
            own = encode(embedder, uint8_to_signed(targets))["embedding"]
            pairs = zip(own.numpy(), identity.numpy(), strict=True)
            identity = np.stack([steer(mine, other, strength) for mine, other in pairs])
        return signed_to_uint8(generator(uint8_to_signed(targets), identity)).numpy()

    origin = {
        "kind": "generator",
        "description": generator.description,
        # Of a run, the generator alone: its checkpoints are no part of what swaps.
        "sha256": sha256_of(recognise(spec, "generator", "").path),
        "identity_encoder": str(encoder),
        "identity_encoder_sha256": sha256_of(encoder),
    }
    if strength != 1:
        origin["strength"] = strength
    second = also_trained_with(spec)
    if second:
        origin["second_encoder_sha256"] = second.sha256
    return PairSwapper(name or Path(spec).stem, origin, swap, generator.image_size)


def is_results(spec: str) -> bool:
    """Tells whether a flag names a folder of another system's results."""
    return Path(spec).is_dir() and bool(_numbered_pictures(Path(spec)))


def load_results(spec: str, targets: FaceSet, pairs: SwapPairs, name: str = "") -> PairSwapper:
    """Another system's answers to a pair list: pictures that are called by the pair's number.

    Args:
        spec: the folder, in it ``P.png``, or ``00P.jpg``, for pair P: the crop of the target, or
            its whole picture where the targets are photographs or videos.
        targets: whose faces were swapped.
        pairs: the list.
        name: for tables; by default the folder's.
    """
    path = Path(spec)
    pictures = _numbered_pictures(path)
    origin = {"kind": RESULTS, "pictures": len(pictures), "sha256": sha256_of(path)}
    return PairSwapper(name or path.name, origin, _results(path, pictures, targets, pairs))


def _numbered_pictures(folder: Path) -> dict[int, Path]:
    pictures = (p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
    return {int(p.stem): p for p in pictures if p.stem.isdecimal()}


def _results(
    folder: Path, pictures: dict[int, Path], targets: FaceSet, pairs: SwapPairs
) -> Callable[..., np.ndarray]:
    def crop_of(number: int, side: int) -> np.ndarray:
        if number not in pictures:
            raise UserError(
                f"{folder} has no result for pair {number}: name the picture of pair P in the pair "
                "list P.png"
            )
        picture = read_image(pictures[number])
        if targets.align is not None:
            crop = targets.align(int(pairs.targets[number]), picture)
            if crop is not None:
                return crop
        if picture.shape[0] != picture.shape[1]:
            raise UserError(
                f"{pictures[number]} has {picture.shape[1]} x {picture.shape[0]} px: it must have "
                "its target's size, or be a square crop aligned like the target's"
            )
        return resize(picture[None], side)[0]

    def swap(target: np.ndarray, source: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        return np.stack([crop_of(number, target.shape[1]) for number in numbers.tolist()])

    return swap
