"""The whole state of a run, saved and restored as one."""

from pathlib import Path

import keras
import tensorflow as tf

from facedancer.utils.cli import UserError

from .player import Player


class RunState:
    """Both players and the step, in ``folder``.

    Checkpoints are numbered by step; the newest ``keep`` stay.
    """

    def __init__(self, folder: Path, generator: Player, discriminator: Player, keep: int) -> None:
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
        parts = {"step": self.step}
        for name, player in {"generator": generator, "discriminator": discriminator}.items():
            parts[name] = player.network
            parts[f"{name}_optimizer"] = player.optimizer
            if player.loss_scale:
                parts[f"{name}_loss_scale"] = player.loss_scale
        self._checkpoint = tf.train.Checkpoint(**parts)
        self._manager = tf.train.CheckpointManager(
            self._checkpoint, str(folder), max_to_keep=keep, checkpoint_name="step"
        )

    @property
    def exists(self) -> bool:
        """Whether the folder holds checkpoints, readable or not."""
        return any(Path(self._manager.directory).glob("*.index"))

    @property
    def latest(self) -> str | None:
        """The newest checkpoint's prefix, None where there is none."""
        return self._manager.latest_checkpoint

    def save(self) -> str:
        """Writes a checkpoint numbered by the step and returns its prefix."""
        return self._manager.save(checkpoint_number=int(self.step))

    def restore(self) -> None:
        """Loads the newest checkpoint: every value of it, and every value of the run from it.

        Raises:
            UserError: there is none, or it is of other networks.
        """
        path = self.latest
        if path is None:
            raise UserError(
                f"{self._manager.directory} holds checkpoints but not the file `checkpoint`, which "
                "names the newest: copy it too, or name another --run_dir"
            )
        try:
            self._checkpoint.restore(path).assert_consumed()
        except (AssertionError, ValueError, tf.errors.NotFoundError) as error:
            reason = str(error).strip().splitlines()[0][:160]
            raise UserError(
                f"{path} does not fit these networks ({reason}); "
                "resume with the run's own flags: --flagfile=RUN/flags.cfg"
            ) from error


def save_generator(generator: keras.Model, path: Path) -> None:
    """Writes the generator alone as ``.keras``; the file appears whole or not at all."""
    unfinished = path.with_name(f".unfinished_{path.name}")
    generator.save(unfinished)
    unfinished.replace(path)
