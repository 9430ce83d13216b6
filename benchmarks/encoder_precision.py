"""Measures how far bfloat16 changes the outputs of the frozen identity encoder in training.

python benchmarks/encoder_precision.py [--write]
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.fields import flag_field

if TYPE_CHECKING:
    import keras

SECTION = "encoder_precision"
_SIDE, _SEED = 64, 31_000
_ZOO = Path(__file__).resolve().parents[1] / "model_zoo"
_SHIPPED = {"dlib": "dlib/encoder.keras", "the lab's ArcFace": "lab/arcface.keras"}
_RANDOM = "ResNet50, random weights"
_AT_ONCE = 20

Codes = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings):
    """The extent of the measurement."""

    rendered_people: int = flag_field(
        100, "Number of rendered people, with two pictures each.", least=2
    )


@dataclasses.dataclass(frozen=True)
class Moves:
    """Differences that bfloat16 makes: one encoder, one kind of pairs; shares of float32's value.

    Attributes:
        encoder: its name.
        pairs: what is compared.
        least: the smallest mean distance of a block, in float32.
        mean: the largest move of a block's mean distance.
        pair: the 99th percentile of the moves of a pair's distance.
        cosine: how far the mean cosine of the embeddings moves, not a share.
    """

    encoder: str
    pairs: str
    least: float
    mean: float
    pair: float
    cosine: float


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    from facedancer.arcface_model.encoder import get_encoder, load_encoder
    from facedancer.arcface_model.folding import fold_normalisations
    from facedancer.arcface_model.low_precision import in_bfloat16

    first, second = draw(settings.rendered_people)
    others = {
        "a person's two pictures": second,
        "two people": np.roll(first, 1, axis=0),
        "a swap and its target": _swaps(first),
    }
    found = []
    for name in (*_SHIPPED, _RANDOM):
        encoder = load_encoder(_ZOO / _SHIPPED[name]) if name in _SHIPPED else get_encoder()
        folded = fold_normalisations(encoder)
        networks = folded, in_bfloat16(folded)
        targets = [_codes(network, first) for network in networks]
        for pairs, pictures in others.items():
            codes = [_codes(network, pictures) for network in networks]
            found.append(compare(name, pairs, *zip(targets, codes, strict=True)))
    table = markdown(settings.rendered_people, found)
    print(table)
    if settings.write:
        write_section(README, SECTION, table)


def draw(people: int) -> tuple[np.ndarray, np.ndarray]:
    """Two pictures of each person, aligned: ``[N, 64, 64, 3]`` signed RGB float32 each."""
    from facedancer.lab.pictures.render import render
    from facedancer.utils.alignment import align_face

    def crop(person: int, number: int) -> np.ndarray:
        picture, labels = render(_SEED, person, number, 2 * _SIDE)
        points = np.reshape(labels["landmarks"], (5, 2))
        return align_face(picture, points, _SIDE)[0].astype(np.float32) / 127.5 - 1.0

    first, second = (np.stack([crop(p, n) for p in range(people)]) for n in range(2))
    return first, second


def _swaps(targets: np.ndarray) -> np.ndarray:
    """Each target with the next one's identity, by the lab's generator."""
    from facedancer.arcface_model.encoder import load_encoder
    from facedancer.networks.loading.generator import load_generator

    encoder = load_encoder(_ZOO / _SHIPPED["the lab's ArcFace"])
    generator = load_generator(_ZOO / "lab/generator.keras")
    embeddings = _codes(encoder, np.roll(targets, 1, axis=0))["embedding"]
    parts = range(0, len(targets), _AT_ONCE)
    return np.concatenate(
        [generator(targets[i : i + _AT_ONCE], embeddings[i : i + _AT_ONCE]) for i in parts]
    )


def _codes(encoder: "keras.Model", pictures: np.ndarray) -> Codes:
    from facedancer.arcface_model.encoder import encode

    parts = [encode(encoder, pictures[i : i + _AT_ONCE]) for i in range(0, len(pictures), _AT_ONCE)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def compare(
    encoder: str, pairs: str, wide: tuple[Codes, Codes], narrow: tuple[Codes, Codes]
) -> Moves:
    """Finds what moves from ``wide`` to ``narrow``, each the codes of all pairs' two pictures."""
    from facedancer.losses.distances import cosine_distance
    from facedancer.losses.ifsr import ifsr_distances

    blocks = [name for name in wide[0] if name != "embedding"]
    # [N, K] each
    before, after = (ifsr_distances(*codes, blocks).numpy() for codes in (wide, narrow))
    cosines = [
        cosine_distance(*(code["embedding"] for code in codes)).numpy().mean()
        for codes in (wide, narrow)
    ]
    means = before.mean(0)
    return Moves(
        encoder,
        pairs,
        least=means.min(),
        mean=np.abs(after.mean(0) / means - 1).max(),
        pair=np.quantile(np.abs(after / before - 1), 0.99),
        cosine=abs(cosines[1] - cosines[0]),
    )


def markdown(people: int, found: list[Moves]) -> str:
    """The measurement in words, and a row for each encoder and kind of pairs."""
    lines = [
        f"Rendered pictures of {people} people at {_SIDE} px; the swaps are the lab's generator's.",
        "",
        "| encoder | pairs | least distance of a block | a block's mean moves by at most "
        "| a pair's distance, 99th percentile | mean cosine of embeddings |",
        "|---|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.encoder} | {one.pairs} | {one.least:.4f} | {one.mean:.2%} | {one.pair:.2%} "
        f"| {one.cosine:.4f} |"
        for one in found
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(main, Settings)
