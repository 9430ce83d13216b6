"""Recognition of people in anonymised pictures: by judges that did not train the swap."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from facedancer.arcface_model.encoder import encode, load_encoder
from facedancer.arcface_model.pairing import check_encoder
from facedancer.inference.faces.choosing import Role
from facedancer.inference.faces.nobody import draw_nobody
from facedancer.networks.loading.generator import Generator, load_generator
from facedancer.utils.errors import UserError
from facedancer.utils.images import signed_to_uint8, uint8_to_signed
from facedancer.utils.places import check_there
from facedancer.utils.progress import progress_bar

from .encoders.interface import FaceEncoder
from .encoders.registry import load_measure
from .files import sha256_of
from .metrics.identity import cosines, retrieval_ranks
from .metrics.intervals import mean_interval
from .swaps.face_set import FaceSet
from .swaps.task import open_faces
from .trivial import TRIVIAL

_BATCH = 32
# Seeds by which it is told where nobodies lie.
_DRAWS = 16

# [B, S, S, 3] uint8 RGB -> the same.
Change = Callable[[np.ndarray], np.ndarray]


def compare_anonymity(
    folder: str,
    generator: str,
    encoder: str,
    judges: Sequence[str],
    seed: int,
    any_encoder: bool = False,
) -> str:
    """The table in Markdown: unaltered, blurred and swapped pictures, and what each judge finds.

    Args:
        folder: of shards, or of photographs with a sub-folder for each person.
        generator: as for `load_generator`.
        encoder: its identity encoder.
        judges: as for `load_measure`; another encoder than the generator's.
        seed: of nobody.
        any_encoder: take an encoder that the generator was not trained with.

    Raises:
        UserError: faces or networks that cannot be had, a judge that trained the generator, or
            nobody of whom there are two pictures.
    """
    check_there(folder, "folder")
    check_encoder(generator, encoder, any_encoder)
    measures = {spec: load_measure("identity", spec) for spec in judges}
    for spec, judge in measures.items():
        if judge.origin["sha256"] == sha256_of(encoder):
            raise UserError(
                f"the generator was trained with {spec}, which favours it: give other --judges"
            )
    network, embedder = load_generator(generator), load_encoder(encoder)
    swap, side = nobody_swap(network, embedder, seed), network.image_size
    with tempfile.TemporaryDirectory() as keep:
        faces = open_faces(folder, side, Path(keep))
        if len(np.unique(faces.identity)) in (1, faces.count):
            raise UserError(
                f"{folder} has too few pictures: it needs two of one person, and two people"
            )
        changes: dict[str, Change] = {
            "as it is": lambda pictures: pictures,
            "blurred, deviation of a twelfth of the side": _blur,
            f"swapped with nobody, seed {seed}": swap,
        }
        rows = {name: measure_change(faces, change, measures) for name, change in changes.items()}
        own = _identities(faces, embedder)
    drawn = np.concatenate([draw_nobody(embedder, seed + more) for more in range(_DRAWS)])
    nobodys, others = nearest_people(own, faces.identity, drawn)
    heads = [f"found by {name}, % | cos to own" for name in measures]
    lines = [
        f"{faces.count} pictures of {len(np.unique(faces.identity))} people. The nearest of all "
        f"pictures, by the encoder of the pairing: of one of {len(drawn)} nobodies a cosine of "
        f"{nobodys:.2f}, of a real picture, among other people's, {others:.2f}, in the median",
        "",
        f"| picture | {' | '.join(heads)} |",
        "|---|" + "---:|---:|" * len(heads),
    ]
    for name, row in rows.items():
        cells = [
            f"{100 * found:.1f} ({100 * low:.1f} to {100 * high:.1f}) | {cosine:.3f}"
            for found, low, high, cosine in row.values()
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def nobody_swap(network: Generator, embedder: keras.Model, seed: int) -> Change:
    """A swap of crops with an identity that belongs to nobody.

    Args:
        network: from `load_generator`.
        embedder: its encoder, from `load_encoder`.
        seed: of nobody.
    """
    first, *others = draw_nobody(embedder, seed)
    role = Role(first, others=tuple(others))

    def swap(pictures: np.ndarray) -> np.ndarray:
        signed = uint8_to_signed(pictures)
        own = encode(embedder, signed)["embedding"].numpy()
        given = np.stack([role.given_to(one) for one in own]).astype(np.float32)
        return signed_to_uint8(network(signed, given)).numpy()

    return swap


def nearest_people(
    embeddings: np.ndarray, identity: np.ndarray, drawn: np.ndarray
) -> tuple[float, float]:
    """Tells how near drawn identities come to anybody, and how near people come to each other.

    Args:
        embeddings: ``[N, D]`` of pictures.
        identity: ``[N]`` int, equal for one person.
        drawn: ``[M, D]``.

    Returns:
        The median of the largest cosine of each drawn one to a picture; and of each picture to one
        of somebody else.
    """
    units, others = (
        vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (embeddings, drawn)
    )
    likeness = units @ units.T
    likeness[identity[:, None] == identity[None]] = -1.0
    return float(np.median((others @ units.T).max(1))), float(np.median(likeness.max(1)))


def _identities(faces: FaceSet, embedder: keras.Model) -> np.ndarray:
    parts = []
    for start in range(0, faces.count, _BATCH):
        pictures = faces.read(range(start, min(start + _BATCH, faces.count)))
        parts.append(encode(embedder, uint8_to_signed(pictures))["embedding"].numpy())
    return np.concatenate(parts)


def measure_change(
    faces: FaceSet, change: Change, judges: Mapping[str, FaceEncoder]
) -> dict[str, tuple[float, float, float, float]]:
    """Measures how often each judge still finds the person.

    Args:
        faces: of people with several pictures.
        change: what is done to the pictures.
        judges: by name.

    Returns:
        Judge -> the share of pictures whose own person comes first among all other unaltered
        pictures, its 95 % interval, and the mean cosine to the picture itself.
    """
    before: dict[str, list[np.ndarray]] = {name: [] for name in judges}
    after: dict[str, list[np.ndarray]] = {name: [] for name in judges}
    for start in progress_bar(range(0, faces.count, _BATCH), unit="batch"):
        pictures = faces.read(range(start, min(start + _BATCH, faces.count)))
        changed = change(pictures)
        for name, judge in judges.items():
            before[name].append(judge.measure(pictures))
            after[name].append(judge.measure(changed))
    told = {}
    for name in judges:
        old, new = np.concatenate(before[name]), np.concatenate(after[name])
        own = np.arange(faces.count)
        ranks = retrieval_ranks(new, faces.identity, old, faces.identity, own)
        found = (ranks[np.isfinite(ranks)] == 0).astype(float)
        low, high = mean_interval(found, faces.identity[np.isfinite(ranks)])
        told[name] = (float(found.mean()), low, high, float(cosines(new, old).mean()))
    return told


def _blur(pictures: np.ndarray) -> np.ndarray:
    return TRIVIAL["blur"](pictures, pictures, np.arange(len(pictures)))
