"""The unaltered faces of an evaluation: aligned crops that can be read in any order."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from facedancer.dataset.data_sets import identity_groups, open_data_sets
from facedancer.dataset.record_reader import RecordReader
from facedancer.dataset.records import decode_record


@dataclasses.dataclass(frozen=True, eq=False)
class Place:
    """The origin of a face.

    Attributes:
        picture: ``[H, W, 3]`` uint8 RGB; of a record the crop itself, which is all there is.
        matrix: ``[2, 3]``, picture -> crop.
        landmarks: ``[5, 2]`` in the picture's pixels.
    """

    picture: np.ndarray
    matrix: np.ndarray
    landmarks: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class FaceSet:
    """N aligned face crops.

    Attributes:
        names: what each is called in a pair list; no two the same.
        identity: ``[N]`` int, equal where two are known to be of one person.
        side: of the crops, in pixels.
        read: numbers of B faces -> ``[B, side, side, 3]`` uint8 RGB.
        place: number of a face -> its `Place`.
        origin: where they come from, for the protocol; equal for equal faces.
        people: of each face the name of its person, "" where that is not known.
        contents: of each face the checksum of its file, where it comes from one.
        made_by: a checksum of what found and cut out the faces, besides the code that reads them.
        skipped: reason -> how many pictures were left out for it.
        align: of a set of whole pictures, ``(number of a face, another version of its picture)``
            -> the same face's crop, None where the picture is of another size.
        videos: of each face the video it is from, "" of a photograph; empty where no face is.
        clip: ``(video, T)`` -> T neighbouring frames about its middle, ``[H, W, 3]`` uint8 RGB
            each; fewer where it has no more.
    """

    names: tuple[str, ...]
    identity: np.ndarray
    side: int
    read: Callable[[Sequence[int]], np.ndarray]
    place: Callable[[int], Place]
    origin: dict[str, object]
    people: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    made_by: str = ""
    skipped: dict[str, int] = dataclasses.field(default_factory=dict)
    align: Callable[[int, np.ndarray], np.ndarray | None] | None = None
    videos: tuple[str, ...] = ()
    clip: Callable[[str, int], list[np.ndarray]] | None = None

    @property
    def count(self) -> int:
        """N."""
        return len(self.names)


def faces_of_records(folder: str | Path) -> FaceSet:
    """The crops of a folder of shards, made by ``dataset/dataset_sharding.py``.

    Raises:
        UserError: no readable shards.
    """
    [data_set] = data_sets = open_data_sets(folder)
    reader = RecordReader(data_sets)
    side = data_set.index.side

    @tf.function(input_signature=[tf.TensorSpec([], tf.int64)], autograph=False)
    def load(number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        record = decode_record(reader.read(number)[0])
        return tf.ensure_shape(record["image"], [side, side, 3]), record["landmarks"]

    def read(numbers: Sequence[int]) -> np.ndarray:
        return np.stack([load(tf.constant(number, tf.int64))[0].numpy() for number in numbers])

    def place(number: int) -> Place:
        image, landmarks = load(tf.constant(number, tf.int64))
        return Place(image.numpy(), np.eye(2, 3), landmarks.numpy())

    catalogue = data_set.catalogue
    people = [catalogue.identities[n] if n >= 0 else "" for n in catalogue.identity]
    names = [
        f"{shard.file}#{number}" for shard in data_set.index.shards for number in range(shard.count)
    ]
    return FaceSet(
        names=tuple(names),
        identity=identity_groups(data_sets),
        side=side,
        read=read,
        place=place,
        origin={
            "kind": "records",
            "name": data_set.index.name,
            "count": data_set.index.count,
            "identities": data_set.index.identities,
            "sha256": data_set.index.catalogue_sha256,
        },
        people=tuple(people),
    )
