"""The flags that several commands take, each defined once: its word, range, group, older name.

seed: int = shared_flag("seed")
output: str = shared_flag("output", text="the picture to write", needed=True)
"""

import dataclasses
from pathlib import Path
from typing import Any

from .fields import changed_flag, flag_field


@dataclasses.dataclass(frozen=True)
class SharedFlags:
    """The common words, as most commands take them."""

    # What is read, and what is written.
    data: str = flag_field("", "folder of shards")
    validation_data: str = flag_field(
        "", "shards of people who are not in --data: one folder or several (A,B)"
    )
    targets: str = flag_field(
        "", "faces to swap: a folder of shards, or of photographs and videos", needed=True
    )
    sources: str = flag_field(
        "", "faces whose identity is used, in the same form as --targets; empty: --targets"
    )
    source: tuple[Path, ...] = flag_field(
        (),
        "photographs of the source person, whose identity the faces get",
        aliases=("swap_source",),
    )
    target: str = flag_field("", "picture or video in which faces are swapped", needed=True)
    output: str = flag_field("", "output folder")
    run_dir: str = flag_field("", "the run's folder", needed=True)
    lab_dir: str = flag_field("", "the lab's folder")
    package: str = flag_field("", "package file, downloaded as shown above", needed=True)
    pair_list: str = flag_field("", "pairs.json written by an evaluation")
    format: str = flag_field("", "output file format")

    # Networks.
    generator: str = flag_field(
        "",
        "generator: a .keras file, a published .h5, or the folder of a run or a checkpoint",
        aliases=("facedancer_path",),
        group="networks",
    )
    generators: tuple[Path, ...] = flag_field(
        (), "generator files or run folders; each swaps the same faces", needed=True
    )
    encoder: str = flag_field(
        "",
        "identity encoder that the generator was trained with",
        aliases=("arcface_path",),
        group="networks",
    )
    any_encoder: bool = flag_field(
        False, "accept an --encoder that the generator was not trained with", group="networks"
    )
    detector: str | None = flag_field(
        None,
        "face detector, in any supported format; default: the shipped one",
        aliases=("retina_path",),
        group="networks",
    )
    base_width: int = flag_field(
        64, "channels at the highest resolution; all other widths scale with it", least=1
    )
    precision: str = flag_field("float32", "floating-point format in which the networks compute")
    judges: tuple[str, ...] = flag_field(
        (),
        "further identity encoders to measure with, such as faceres,dlib; each is reported "
        "separately",
        group="measures",
    )
    version: int | None = flag_field(None, "the model's version", least=1)

    # Faces and crops.
    image_size: int = flag_field(256, "side of the crops in pixels: 64, 128, 256 or 512")
    shrink_factor: float = flag_field(
        1.0,
        "size of the aligned face in the crop: 1 is ArcFace's alignment. 0.75 keeps more "
        "background, and the central 0.75 of such a crop is ArcFace's again",
    )
    min_score: float = flag_field(0.6, "ignore faces with a lower detection score", least=0, most=1)
    min_face: float = flag_field(
        0.0, "ignore faces whose box has a shorter side below this, in pixels", least=0
    )

    # Servers: where they listen, and limits of what strangers send.
    host: str = flag_field("127.0.0.1", "address to listen on")
    port: int = flag_field(8000, "port to listen on; 0: any free port", least=0, most=65535)
    most_megabytes: int = flag_field(64, "largest upload, in MiB", least=1)
    most_minutes: float = flag_field(10.0, "longest film, in minutes", least=0.01)

    # How many, and who.
    batch_size: int = flag_field(16, "batch size", least=1)
    pairs: int = flag_field(
        0, "number of random pairs of different people to swap; 0: swap each target once", least=0
    )
    people: int = flag_field(100, "number of people", least=1)
    first_identity: int = flag_field(
        0, "number of the first person; other numbers give other people", least=0
    )
    frames: int = flag_field(1, "number of frames to use, from the start of the video", least=1)
    rounds: int = flag_field(
        9, "timed repetitions of each variant, alternating between variants", least=1
    )
    seed: int = flag_field(0, "random seed", least=0, most=2**31 - 1)

    # How the work is done.
    engine: str = flag_field(
        "local",
        "where the work runs: in this process, or on a Ray cluster (docs/cluster.md)",
        choices=("local", "ray"),
    )
    address: str | None = flag_field(
        None, "for --engine=ray: address of the cluster; default: start one on this machine"
    )
    workers: int | None = flag_field(
        None, "number of worker processes; default: one per CPU core", least=1
    )
    timeout: float = flag_field(30.0, "seconds to wait for an answer", least=0.001)
    mark: bool = flag_field(True, "mark results as synthetic")
    dry_run: bool = flag_field(False, "print what would be done, and change nothing")


def shared_flag(name: str, **changes: Any) -> Any:
    """A field that is the common flag of that name, but for what is given here.

    Args:
        name: of `SharedFlags`.
        changes: arguments of `flag_field`, such as the ``text`` that says what is written.
    """
    return changed_flag(SharedFlags, name, **changes)
