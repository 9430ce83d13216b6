"""The whole state of a run, saved and restored as one."""

import contextlib
import errno
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import keras
import tensorflow as tf

from facedancer.utils.errors import UnwrittenError, UserError
from facedancer.utils.files import write_bytes
from facedancer.utils.weights.origins import Origin, write_notes

from .checkpoint_folder import (
    UNFINISHED,
    find_checkpoints,
    find_damage,
    newest_whole,
    place_of,
    prune,
    remove_unfinished,
    seal,
    set_score,
)

GENERATOR_FILE = "generator.keras"
# For messages: the flags that decide what the networks' weights are.
NETWORK_FLAGS = (
    "--up_types, --mapping_depth, --mapping_size, --image_size, --base_width and --separable"
)
_STATE = "state"
_NETWORK, _AVERAGE = "generator", "generator_average"
_SCALE = "ifsr_scale"


class Product(Protocol):
    """The result of a run: a Keras model, or what stands for one."""

    def save(self, path: Path) -> None:
        """Writes the ``.keras`` file."""


class RunState:
    """All that a run needs to go on as if it had never stopped, and the step it stands at.

    A checkpoint is a folder: ``state.*`` is read by `restore`; ``generator.keras`` is the finished
    generator as of that step, which is also put next to ``folder``, for inference;
    ``manifest.json`` has the step, the score, every file's SHA-256 and the versions of the code.
    Random numbers follow from a run's seed and the step, so they need no state; but for those of
    Keras's own layers, see `random_state`.

    Args:
        folder: of the checkpoints, in the run's own folder.
        trackables: the networks, optimizers and the rest, by names without a slash.
        generator: what the run is for; `file_name` is its file.
        keep: how many of the newest checkpoints stay, and the one with the highest score.
        file_name: what the run's product is called, of a run for something else than a generator.
        notes: what its file says of its origin, see `utils.weights.origins`.

    Attributes:
        step: number of steps done, int64; the caller sets it before `save`.
    """

    def __init__(
        self,
        folder: Path,
        trackables: Mapping[str, Any],
        generator: Product,
        keep: int,
        file_name: str = GENERATOR_FILE,
        notes: Mapping[str, Origin] = MappingProxyType({}),
    ) -> None:
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        self._folder = folder
        self._parts = {"step": self.step, **trackables}
        self._generator = generator
        self._keep = keep
        self._file_name = file_name
        self._notes = dict(notes)
        self._current: Path | None = None

    @property
    def exists(self) -> bool:
        """True if the folder holds checkpoints, whole or not."""
        return bool(find_checkpoints(self._folder))

    @property
    def latest(self) -> Path | None:
        """The checkpoint that was last saved or restored, else the newest; None where none is."""
        if self._current:
            return self._current
        return next(reversed(find_checkpoints(self._folder)), None)

    def save(self, score: float | None = None) -> Path:
        """Writes a checkpoint of the step, removes those that need not stay, returns its folder.

        Whenever the process is killed, the folder holds the former checkpoints or this one as well.

        Args:
            score: how good the generator is, the higher the better; None or NaN is no score.

        Raises:
            UserError: the disk is full.
        """
        place = place_of(self._folder, int(self.step))
        remove_unfinished(self._folder)
        with _explaining_full_disk(self._folder):
            # Stopped again before its next step, a run has nothing new to say.
            if not place.exists() or find_damage(place):
                unfinished = place.with_name(UNFINISHED + place.name)
                unfinished.mkdir(parents=True)
                tf.train.Checkpoint(**self._parts).write(str(unfinished / _STATE))
                self._generator.save(unfinished / self._file_name)
                write_notes(unfinished / self._file_name, self._notes)
                seal(unfinished, place, score)
            copy_product(place, self._folder.with_name(self._file_name))
        self._current = place
        prune(self._folder, self._keep)
        return place

    def set_score(self, score: float | None) -> None:
        """Gives the checkpoint that was last saved its score, where that came later.

        A stop is saved first and validated then: whoever asked for it may not wait.
        """
        if score is not None:
            set_score(self._current, score)
            prune(self._folder, self._keep)

    def restore(self) -> None:
        """Loads the newest whole checkpoint: every value of it, and every value of the run from it.

        Raises:
            UserError: none is whole, or it is of other networks.
        """
        checkpoint = newest_whole(self._folder)
        remedy = f"go on with the run's own flags: --flagfile={self._folder.parent}/flags.cfg"
        self._read(checkpoint, self._parts, remedy)
        self._current = checkpoint

    def restore_from(self, folder: Path) -> None:
        """Loads the newest whole checkpoint of another run, its step included.

        What a run has by its flags alone may be on one side only: a loss scale and IFSR's margin
        scale then start as new, the generator's average as a copy of the generator.

        Args:
            folder: of that run's checkpoints.

        Raises:
            UserError: none is whole, or it is of other networks.
        """
        checkpoint = newest_whole(folder)
        theirs = _names_in(checkpoint)
        remedy = f"give {NETWORK_FLAGS} as in {folder.parent}/flags.cfg"
        ours = {
            name: part
            for name, part in self._parts.items()
            if name in theirs or not _is_optional(name)
        }
        only_theirs = {name for name in theirs - ours.keys() if _is_optional(name)}
        self._read(checkpoint, ours, remedy, only_theirs)
        if _AVERAGE in self._parts and _AVERAGE not in theirs:
            self._parts[_AVERAGE].set_weights(self._parts[_NETWORK].get_weights())

    def _read(
        self,
        checkpoint: Path,
        parts: Mapping[str, Any],
        remedy: str,
        left_out: frozenset[str] | set[str] = frozenset(),
    ) -> None:
        """Loads ``parts``, and makes sure that the checkpoint holds only them and ``left_out``."""
        target, prefix = tf.train.Checkpoint(**parts), str(checkpoint / _STATE)
        try:
            # What does not fit is told below; TensorFlow would list it once more, value by value.
            target.read(prefix).expect_partial().assert_existing_objects_matched()
            _assert_all_used(tf.train.CheckpointView(prefix), target, left_out)
        except (AssertionError, ValueError, TypeError, IndexError, tf.errors.OpError) as error:
            reason = str(error).strip().splitlines()[0][:160]
            raise UserError(f"{checkpoint} does not fit this run ({reason}); {remedy}") from error


def random_state(network: keras.Model) -> dict[str, list[tf.Variable]]:
    """The state of the random numbers of a network's own layers, as a part of a checkpoint.

    Keras's dropout counts its calls in a variable that is none of the weights, and that TensorFlow
    does not find by itself. Empty where no layer draws.
    """
    weights = {id(weight) for weight in network.weights}
    states = [state.value for state in network.variables if id(state) not in weights]
    return {"random_state": states} if states else {}


def copy_product(checkpoint: Path, path: Path) -> None:
    """Copies a checkpoint's file of ``path``'s name there; it appears whole or not at all."""
    write_bytes(path, (checkpoint / path.name).read_bytes())


@contextlib.contextmanager
def _explaining_full_disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, UnwrittenError, tf.errors.ResourceExhaustedError) as error:
        cause = error.__cause__ if isinstance(error, UnwrittenError) else error
        # TensorFlow calls a full disk by the name that it has for full memory.
        if isinstance(cause, OSError) and cause.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        remove_unfinished(folder)
        raise UserError(
            f"no disk space for a checkpoint in {folder}; earlier ones are complete: free space or "
            "lower --keep_checkpoints, then give the same command again"
        ) from error


def _names_in(checkpoint: Path) -> set[str]:
    """Names of the parts that a checkpoint holds."""
    return set(tf.train.CheckpointView(str(checkpoint / _STATE)).children(0))


def _is_optional(name: str) -> bool:
    return name in (_AVERAGE, _SCALE) or name.endswith("_loss_scale")


def _assert_all_used(
    saved: tf.train.CheckpointView, target: tf.train.Checkpoint, left_out: set[str]
) -> None:
    """Raises AssertionError where ``target`` lacks something saved, ``left_out`` aside."""
    matched, pending, seen = saved.match(target), [(0, "")], {0}
    while pending:
        node, path = pending.pop()
        if node not in matched:
            raise AssertionError(f"this run has no {path.lstrip('/')}")
        for name, child in saved.children(node).items():
            if child not in seen and not (node == 0 and name in left_out):
                seen.add(child)
                pending.append((child, f"{path}/{name}"))
