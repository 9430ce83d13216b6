"""A network as another program's file, compared with its original before it is kept."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from facedancer.utils.files import write_bytes
from facedancer.utils.weights.origins import to_json

from .measures import full_float32, psnr
from .origin import origin_of
from .swap_networks import COMPARED, SwapNetwork

# Inputs by name -> outputs by name.
Function = Callable[..., Mapping[str, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Form:
    """A kind of file.

    Attributes:
        suffix: of its name.
        least: precision -> the least PSNR to float32 that is accepted, in dB.
        convert: see `lite_conversion.convert`.
        load: a file's bytes as a function.
        add_metadata: bytes, a description and facts -> bytes that hold them.
    """

    suffix: str
    least: Mapping[str, float]
    convert: Callable[..., bytes]
    load: Callable[[bytes], Function]
    add_metadata: Callable[[bytes, str, dict[str, object]], bytes]


@dataclasses.dataclass(frozen=True)
class Converted:
    """The outcome of a conversion.

    Attributes:
        path: of the file.
        size: of the file in bytes.
        psnr: of the worst output, in dB, to the network in float32 on real crops.
        least: the PSNR below which it is refused.
    """

    path: Path
    size: int
    psnr: float
    least: float

    @property
    def is_kept(self) -> bool:
        """Tells whether it answers closely enough."""
        return self.psnr >= self.least


def convert(
    network: SwapNetwork, form: Form, precision: str, folder: Path, batch: int | None = None
) -> Converted:
    """Converts one network, compares it on real crops, and writes the file where it is close.

    Args:
        network: from `swap_networks.load_networks`.
        form: of what kind.
        precision: one of ``form.least``.
        folder: where the file, called by the network's name, is written, whole or not at all.
        batch: pictures at a time; None leaves it open.

    Raises:
        UserError: see ``form.convert``.
    """
    shapes = {t.name: (batch, *t.shape[1:]) for t in network.model.inputs} if batch else {}
    seen, compared = network.samples[:-COMPARED] or network.samples, network.samples[-COMPARED:]
    content = form.convert(network.model, network.name, network.answer, precision, seen, shapes)
    origin = origin_of(network.path)
    facts = {
        **network.facts,
        "precision": precision,
        "original": origin["file"],
        "original_sha256": origin["sha256"],
        **to_json(network.notes),
    }
    content = form.add_metadata(content, network.description, facts)
    closeness = compare(network, form.load(content), compared, batch or 1)
    path = folder / f"{network.name}{form.suffix}"
    result = Converted(path, len(content), closeness, form.least[precision])
    if result.is_kept:
        write_bytes(path, content)
    return result


def report(results: list[Converted]) -> int:
    """Prints what became of each network, and returns the script's exit status."""
    for result in results:
        verdict = "written" if result.is_kept else f"refused: below {result.least:.0f} dB"
        size = result.size / 1e6
        print(f"{result.path}: {size:.1f} MB, {result.psnr:.1f} dB to float32, {verdict}")
    return 0 if all(result.is_kept for result in results) else 1


def compare(
    network: SwapNetwork,
    converted: Function,
    samples: list[dict[str, np.ndarray]],
    batch: int = 1,
) -> float:
    """PSNR in dB of the worst output, over all samples; the peak is the original's own range.

    NaN, which no gate lets through, where either side's output holds one.
    """
    found: dict[str, list[np.ndarray]] = {}
    wanted: dict[str, list[np.ndarray]] = {}
    for sample in samples:
        inputs = {name: np.repeat(value, batch, axis=0) for name, value in sample.items()}
        with full_float32():
            answer = network.answer(*inputs.values())
        for name, value in answer.items():
            wanted.setdefault(name, []).append(np.asarray(value).ravel())
        for name, value in converted(**inputs).items():
            found.setdefault(name, []).append(np.asarray(value).ravel())
    # Python's min would pass over NaN.
    return float(
        np.min([psnr(np.concatenate(found[k]), np.concatenate(v)) for k, v in wanted.items()])
    )
