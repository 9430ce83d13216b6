"""Compares all ways to run a generator: latency, size, memory and PSNR.

python benchmarks/export_latency.py [--generator=RUN --encoder=FILE] [--write]

Without --generator it runs configuration C at 256 px, untrained.
"""

import dataclasses
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facedancer.arcface_model.origin import UNTRAINED_SMALL
from facedancer.benchmarks import latency_ways
from facedancer.benchmarks.latency_ways import KERAS_FILE, SAVED_MODEL, WAYS, Way
from facedancer.benchmarks.machine import machine
from facedancer.benchmarks.readme_section import README, write_section
from facedancer.benchmarks.settings import BenchmarkSettings
from facedancer.utils.cli import run
from facedancer.utils.flags.shared import shared_flag
from facedancer.utils.flags.trust import TrustSettings

if TYPE_CHECKING:
    from facedancer.export.conversion import Form
    from facedancer.export.swap_networks import SwapNetwork

SECTION = "export_latency"
PLOT = README.with_name("export_latency.png")
_UP_TYPES = ("no_skip", "no_skip", "affa", "affa", "affa", "concat")
# Crops whose pictures are compared.
_COMPARED = 4


@dataclasses.dataclass(frozen=True)
class Latency:
    """The time that one way took.

    Attributes:
        way: which.
        seconds: of one picture, round by round.
        file_bytes: of the file or folder.
        added_bytes: by how much a process grows at most that loads it and swaps.
        psnr: of its pictures to those of Keras, op by op, in dB.
    """

    way: Way
    seconds: tuple[float, ...]
    file_bytes: int
    added_bytes: int
    psnr: float

    @property
    def milliseconds(self) -> float:
        """Median."""
        return 1000 * float(np.median(self.seconds))


@dataclasses.dataclass(frozen=True)
class Settings(BenchmarkSettings, TrustSettings):
    """The extent of the measurement."""

    generator: str = shared_flag(
        "generator", text="Generator to run; empty: configuration C, untrained."
    )
    encoder: str = shared_flag(
        "encoder", default=UNTRAINED_SMALL, text="Identity encoder for its inputs."
    )
    data: str = shared_flag("data", text="Folder of shards; empty: the two sample photographs.")
    rounds: int = shared_flag("rounds")


def main(settings: Settings) -> None:
    """Measures, prints the table and writes it if asked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        crops = prepare_files(folder, settings.generator, settings.encoder, settings.data)
        found = measure(folder, settings.rounds)
    what = Path(settings.generator).name or "Configuration C, untrained"
    table = markdown(found, f"{what}: {crops}.", settings.rounds)
    print(table)
    if settings.write:
        write_section(README, SECTION, table)
        plot(found, PLOT)


def prepare_files(folder: Path, generator: str, encoder: str, data: str) -> str:
    """Writes every form of the generator, and inputs; says in words what those are."""
    from facedancer.export.archive import GENERATOR, export_saved_model
    from facedancer.export.conversion import convert
    from facedancer.export.lite_conversion import LITE, PRECISIONS
    from facedancer.export.onnx_conversion import ONNX
    from facedancer.export.swap_networks import COMPARED, load_networks
    from facedancer.networks.generator import get_generator
    from facedancer.networks.loading.keras_generator import load_keras_generator

    keras_file = folder / KERAS_FILE
    model = load_keras_generator(generator) if generator else get_generator(_UP_TYPES)
    model.save(keras_file)
    export_saved_model(GENERATOR, keras_file, folder / SAVED_MODEL)
    network = _generator(load_networks(str(keras_file), encoder, "", data))
    # All are timed: how near they come is a column of the table, not a gate.
    for precision in PRECISIONS:
        convert(network, _without_gate(LITE), precision, folder / precision)
    convert(network, _without_gate(ONNX), "float32", folder / "float32")
    # The last: int8 saw its ranges on those before, where there are enough.
    samples = network.samples[-_COMPARED:]
    arrays = {key: np.concatenate([one[key] for one in samples]) for key in samples[0]}
    np.savez(folder / "inputs.npz", **arrays)
    seen = "other crops" if len(network.samples) > COMPARED else "the very crops it is compared on"
    side = model.inputs[0].shape[1]
    return f"one {side} px crop at a time; int8 saw its ranges on {seen}"


def measure(folder: Path, rounds: int) -> list[Latency]:
    """All ways in turns, each in a process that is there from the first round to the last."""
    from facedancer.export.measures import psnr

    context = multiprocessing.get_context("spawn")
    seconds: dict[Way, list[float]] = {way: [] for way in WAYS}
    with ExitStack() as stack:
        pools = {
            way: stack.enter_context(
                ProcessPoolExecutor(1, context, initializer=latency_ways.quiet_process)
            )
            for way in WAYS
        }
        for way, pool in pools.items():
            pool.submit(latency_ways.prepare, way, folder).result()
        for _ in range(rounds):
            for way, pool in pools.items():
                seconds[way].append(pool.submit(latency_ways.run_once).result())
        ends = {way: pool.submit(latency_ways.end).result() for way, pool in pools.items()}
    wanted, _ = ends[WAYS[0]]
    return [
        Latency(way, tuple(seconds[way]), _size(folder / way.file), peak, psnr(changed, wanted))
        for way, (changed, peak) in ends.items()
    ]


def markdown(found: list[Latency], what: str, rounds: int) -> str:
    """The table; the ratio is to the first way, memory is what a process grows by."""
    first = found[0].milliseconds
    lines = [
        what,
        "",
        machine(),
        "",
        f"| | ms, median of {rounds} (least to most) | times as fast | file, MB | memory, MB "
        "| PSNR, dB |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in found:
        least, most = 1000 * min(one.seconds), 1000 * max(one.seconds)
        closeness = "" if np.isinf(one.psnr) else f"{one.psnr:.1f}"
        lines.append(
            f"| {one.way.name} | {one.milliseconds:.0f} ({least:.0f} to {most:.0f}) "
            f"| {first / one.milliseconds:.2f} | {one.file_bytes / 1e6:.1f} "
            f"| {one.added_bytes / 1e6:.0f} | {closeness} |"
        )
    return "\n".join(lines)


def plot(found: list[Latency], path: Path) -> None:
    """A bar a way."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    names = [one.way.name for one in found]
    axes.barh(names, [one.milliseconds for one in found], color="tab:blue")
    axes.invert_yaxis()
    axes.set_xlabel("ms for a crop, median")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def _generator(networks: "list[SwapNetwork]") -> "SwapNetwork":
    return next(network for network in networks if network.name == "swap")


def _without_gate(form: "Form") -> "Form":
    return dataclasses.replace(form, least=dict.fromkeys(form.least, -np.inf))


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


if __name__ == "__main__":
    run(main, Settings)
