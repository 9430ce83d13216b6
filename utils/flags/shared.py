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
    validation_data: str = flag_field("", "folder, or several, of people who are not in --data")
    targets: str = flag_field(
        "", "folder of shards, or of photographs and videos: the faces to swap", needed=True
    )
    sources: str = flag_field(
        "", "the same as --targets, of those who lend identity; empty: --targets"
    )
    source: tuple[Path, ...] = flag_field(
        (), "photographs of the person whose identity the faces get", aliases=("swap_source",)
    )
    target: str = flag_field("", "the picture or video whose faces are swapped", needed=True)
    output: str = flag_field("", "folder of what is written")
    run_dir: str = flag_field("", "folder of the run", needed=True)
    lab_dir: str = flag_field("", "a lab's folder")
    package: str = flag_field("", "the package's own file, fetched as shown above", needed=True)
    pair_list: str = flag_field("", "pairs.json of an evaluation")
    format: str = flag_field("", "format of the files that are written")

    # Networks.
    generator: str = flag_field(
        "",
        "a generator: a .keras file, a published .h5, or the folder of a run or a checkpoint",
        aliases=("facedancer_path",),
        group="networks",
    )
    generators: tuple[Path, ...] = flag_field(
        (), "generators or runs' folders, each swaps the same faces", needed=True
    )
    encoder: str = flag_field(
        "",
        "the identity encoder that the generator was trained with",
        aliases=("arcface_path",),
        group="networks",
    )
    any_encoder: bool = flag_field(
        False,
        "take the encoder that is named, though the generator learnt by another one",
        group="networks",
    )
    detector: str | None = flag_field(
        None,
        "a face detector, in any form; by default the one that ships",
        aliases=("retina_path",),
        group="networks",
    )
    base_width: int = flag_field(
        64, "channels at the top resolution; all other widths follow", least=1
    )
    precision: str = flag_field("float32", "what the networks compute in")
    judges: tuple[str, ...] = flag_field(
        (),
        "more encoders that measure identity, such as faceres,dlib: each gets its own numbers",
        group="measures",
    )
    version: int | None = flag_field(None, "the model's version", least=1)

    # Faces and crops.
    image_size: int = flag_field(256, "side of the crops in pixels: 64, 128, 256 or 512")
    shrink_factor: float = flag_field(
        1.0,
        "how much of the crop the aligned face takes: 1 is ArcFace's alignment, 0.75 keeps more "
        "background, and the central 0.75 of such a crop is ArcFace's again",
    )
    min_score: float = flag_field(
        0.6, "leave faces out that the detector is less sure of", least=0, most=1
    )
    min_face: float = flag_field(
        0.0, "leave faces out whose box has a shorter side, in pixels", least=0
    )

    # Servers: where they listen, and limits of what strangers send.
    host: str = flag_field("127.0.0.1", "the address to listen on")
    port: int = flag_field(8000, "its port; 0: any that is free", least=0, most=65535)
    most_megabytes: int = flag_field(64, "of what is sent at once", least=1)
    most_minutes: float = flag_field(10.0, "of a film", least=0.01)

    # How many, and who.
    batch_size: int = flag_field(16, "how many at a time", least=1)
    pairs: int = flag_field(0, "random swaps between people; 0: each target once", least=0)
    people: int = flag_field(100, "how many people", least=1)
    first_identity: int = flag_field(0, "the first one's number: others are other people", least=0)
    frames: int = flag_field(1, "frames of the video, from its beginning", least=1)
    rounds: int = flag_field(9, "how often each is timed, in turns", least=1)
    seed: int = flag_field(0, "seed of what is drawn", least=0, most=2**31 - 1)

    # How the work is done.
    engine: str = flag_field(
        "local",
        "who works: this process, or a Ray cluster, see docs/cluster.md",
        choices=("local", "ray"),
    )
    address: str | None = flag_field(
        None, "for --engine=ray: the cluster; default: one on this machine"
    )
    workers: int | None = flag_field(None, "processes; by default one for each CPU core", least=1)
    timeout: float = flag_field(30.0, "seconds to wait for an answer", least=0.001)
    mark: bool = flag_field(True, "mark results as synthetic")
    dry_run: bool = flag_field(False, "only tell what would be done")


def shared_flag(name: str, **changes: Any) -> Any:
    """A field that is the common flag of that name, but for what is given here.

    Args:
        name: of `SharedFlags`.
        changes: arguments of `flag_field`, such as the ``text`` that says what is written.
    """
    return changed_flag(SharedFlags, name, **changes)
