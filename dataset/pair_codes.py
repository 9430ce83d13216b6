"""Exact labels of a pair as one code: what a generator may be given along with the identity."""

from collections.abc import Mapping, Sequence

import tensorflow as tf

from facedancer.utils.errors import UserError

from .data_sets import DataSet


class PairCodes:
    """The numbers of a pair's two faces that make its code.

    Args:
        data_sets: of rendered faces, all with the same labels.
        source_labels: label -> how many numbers it has; what a code has of the source, first.
        target_labels: the same of the target, then.

    Raises:
        UserError: a set lacks a label.
    """

    def __init__(
        self,
        data_sets: Sequence[DataSet],
        source_labels: Mapping[str, int],
        target_labels: Mapping[str, int],
    ) -> None:
        names = [data_set.index.label_names for data_set in data_sets]
        for data_set, own in zip(data_sets, names, strict=True):
            if own != names[0]:
                raise UserError(
                    f"{data_sets[0].folder} and {data_set.folder} differ in their labels: "
                    "label both alike"
                )
        self._columns = [
            [
                column
                for label, size in labels.items()
                for column in _columns(data_sets[0], label, size)
            ]
            for labels in (source_labels, target_labels)
        ]

    @property
    def size(self) -> int:
        """Length of a code."""
        return sum(map(len, self._columns))

    def of(self, target: tf.Tensor, source: tf.Tensor) -> tf.Tensor:
        """The codes ``[..., size]`` of pairs, from both faces' labels, ``[..., L]`` float32."""
        of_source, of_target = self._columns
        parts = [tf.gather(source, of_source, axis=-1), tf.gather(target, of_target, axis=-1)]
        return tf.concat(parts, -1)


def _columns(data_set: DataSet, label: str, size: int) -> list[int]:
    found = [
        number
        for number, name in enumerate(data_set.index.label_names)
        if name == label or name.startswith(f"{label}/")
    ]
    if len(found) != size:
        raise UserError(
            f"{data_set.folder} has no label {label!r} of {size} numbers, which this generator "
            "needs: lab/render_faces.py renders faces with it"
        )
    return found
