"""Pairs whose right answer is known: a share of a training's pairs, by twins or by triplets.

A twin is a stored crop with another person's face. As the target, with another picture of the
crop's person as the source, its right answer is the crop: a true picture, not a swapper's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import tensorflow as tf

from facedancer.utils.errors import UserError
from facedancer.utils.images import uint8_to_signed

from .data_sets import DataSet
from .pairs import OtherPictures
from .record_reader import RecordReader, SkippedRecords
from .records import decode_record, decode_square
from .shuffling import fold_in, shuffled, uniform
from .triplets import ROLES, open_triplets

# Sets the draws apart from those of `pairs`.
_KNOWN, _PLACES = 4, 5

# Numbers of a pair by name -> its pictures [S, S, 3] signed, and scalars, by name.
Load = Callable[[Mapping[str, tf.Tensor]], dict[str, tf.Tensor]]


class Answers(Protocol):
    """A source of pairs with a known answer; for a pipeline's graph."""

    def draw(
        self, steps: tf.Tensor, targets: tf.Tensor, sources: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """Draws which pairs are to have an answer.

        Args:
            steps: ``[N]`` int64.
            targets: ``[N, B]`` int64, the records that were drawn.
            sources: the same; where both are one record, it is a same pair and stays one.

        Returns:
            ``is_known``, ``[N, B]`` bool, and ``known``, int64: what `load` needs to find it.
        """

    def load(self, pair: Mapping[str, tf.Tensor], ordinary: Load) -> dict[str, tf.Tensor]:
        """Loads one pair of the drawn numbers.

        Returns:
            ``target``, ``source``, ``answer``, ``[S, S, 3]`` signed, and ``same`` and ``answered``,
            scalar bool. Where nothing is known, ``ordinary``'s, with the target for the answer.
        """


def open_answers(
    data_sets: Sequence[DataSet],
    image_size: int,
    share: float,
    triplets: str,
    seed: int,
    skipped: SkippedRecords | None = None,
) -> Answers | None:
    """Opens what a training's known answers come from; None where it has none.

    Args:
        data_sets: the training's own, whose twins count where there are no triplets.
        image_size: the pictures' side.
        share: of the pairs that are no same pairs, 0 to 1.
        triplets: a folder of them, see `open_triplets`; "" for twins.
        seed: of the draws.
        skipped: see `RecordReader`; a pair with a damaged record stays an ordinary one.

    Raises:
        UserError: no record has a twin, or the triplets cannot be read.
    """
    if not share:
        return None
    if triplets:
        return TripletAnswers(share, triplets, image_size, seed)
    if not sum(data_set.index.twins for data_set in data_sets):
        raise UserError(
            f"--truth_share={share}: no crop of {data_sets[0].folder} has a twin: make shards with "
            "dataset/dataset_sharding.py --twins, or give --triplets"
        )
    return TwinAnswers(share, data_sets, image_size, seed, skipped)


class TwinAnswers:
    """See `Answers`: the target's twin, another picture of its person, and the target.

    A target without a twin, or whose person has no other picture, stays an ordinary one.
    """

    def __init__(
        self,
        share: float,
        data_sets: Sequence[DataSet],
        image_size: int,
        seed: int,
        skipped: SkippedRecords | None,
    ) -> None:
        self._share, self._seed, self._side = share, seed, image_size
        with tf.device("CPU:0"):
            self._others = OtherPictures(data_sets)
        self._reader = RecordReader(data_sets, skipped)

    def draw(
        self, steps: tf.Tensor, targets: tf.Tensor, sources: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """See `Answers`."""
        keys = fold_in(fold_in(self._seed, _KNOWN), steps)
        others, has_other = self._others(targets, fold_in(keys, 0))
        wanted = _draws(targets.shape[-1], fold_in(keys, 1)) < self._share
        return {"is_known": wanted & has_other & (targets != sources), "known": others}

    def load(self, pair: Mapping[str, tf.Tensor], ordinary: Load) -> dict[str, tf.Tensor]:
        """See `Answers`."""

        def load_known() -> dict[str, tf.Tensor]:
            (target, target_number), (source, source_number) = (
                self._reader.read(pair[name]) for name in ("target", "known")
            )
            record = decode_record(target)
            # In place of a damaged record stands its next, which may be another person's.
            is_whole = (target_number == pair["target"]) & (source_number == pair["known"])
            return tf.cond(
                is_whole & (tf.strings.length(record["twin"]) > 0),
                lambda: known_of(record, source),
                lambda: without_answer(ordinary(pair)),
            )

        def known_of(record: dict[str, tf.Tensor], source: tf.Tensor) -> dict[str, tf.Tensor]:
            pictures = {
                "target": decode_square(record["twin"], tf.cast(record["side"], tf.int32)),
                "source": decode_record(source)["image"],
                "answer": record["image"],
            }
            return _known({name: _signed(one, self._side) for name, one in pictures.items()})

        return tf.cond(pair["is_known"], load_known, lambda: without_answer(ordinary(pair)))


class TripletAnswers:
    """See `Answers`: a folder's triplets, each once in an epoch."""

    def __init__(self, share: float, folder: str, image_size: int, seed: int) -> None:
        self._share, self._seed, self._side = share, seed, image_size
        paths = open_triplets(folder, image_size)
        self._count = len(paths[ROLES[0]])
        with tf.device("CPU:0"):
            self._paths = {role: tf.constant(of_role) for role, of_role in paths.items()}

    def draw(
        self, steps: tf.Tensor, targets: tf.Tensor, sources: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """See `Answers`."""
        batch_size = targets.shape[-1]
        keys = fold_in(fold_in(self._seed, _KNOWN), steps)
        wanted = _draws(batch_size, fold_in(keys, 1)) < self._share
        places = steps[..., None] * batch_size + tf.range(batch_size, dtype=tf.int64)
        epoch, place = places // self._count, places % self._count
        key = fold_in(fold_in(self._seed, _PLACES), epoch)
        known = shuffled(place, self._count, key)
        return {"is_known": wanted & (targets != sources), "known": known}

    def load(self, pair: Mapping[str, tf.Tensor], ordinary: Load) -> dict[str, tf.Tensor]:
        """See `Answers`."""

        def load_known() -> dict[str, tf.Tensor]:
            files = {
                role: tf.io.read_file(tf.gather(paths, pair["known"]))
                for role, paths in self._paths.items()
            }
            pictures = {role: decode_square(file, self._side) for role, file in files.items()}
            return _known({role: _signed(one, self._side) for role, one in pictures.items()})

        return tf.cond(pair["is_known"], load_known, lambda: without_answer(ordinary(pair)))


def without_answer(faces: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """An ordinary pair in the form of one with an answer."""
    return {**faces, "answer": faces["target"], "answered": tf.constant(False)}


def _known(pictures: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {**pictures, "same": tf.constant(False), "answered": tf.constant(True)}


def _signed(image: tf.Tensor, side: int) -> tf.Tensor:
    return tf.ensure_shape(uint8_to_signed(image), [side, side, 3])


def _draws(count: int, keys: tf.Tensor) -> tf.Tensor:
    """``[N, count]`` uniform numbers in [0, 1), for ``[N]`` keys."""
    return uniform(fold_in(keys[..., None], tf.range(count, dtype=tf.int64)))
