"""Shows a run to a person: TensorBoard, the JSON log, the progress line and sample grids."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import tensorflow as tf

from facedancer.utils.images import write_image
from facedancer.utils.progress import progress_bar

from .run_log import RunLog
from .samples import draw_grid

_RESTART = ".restart"


class Monitor:
    """Writes a run's ``logs`` (TensorBoard), ``log.jsonl`` and ``samples``; only the chief has one.

    Args:
        run_dir: the run's folder.
        first_step: steps done before; what a killed run logged of later ones is dropped.
        total_steps: of the whole run.
        images_per_step: pairs that one step takes in, over all replicas and batches, for the speed.
    """

    def __init__(
        self, run_dir: Path, first_step: int, total_steps: int, images_per_step: int
    ) -> None:
        self._run_dir = run_dir
        self._images_per_step = images_per_step
        self._log = RunLog(run_dir, first_step)
        _mark_restart(run_dir / "logs", first_step)
        self._writer = tf.summary.create_file_writer(str(run_dir / "logs"))
        self._bar = progress_bar(
            total=total_steps,
            initial=first_step,
            unit="step",
            desc="training",
        )
        self._timed_steps = 0
        self._timed_since: float | None = None
        self._paused_at: float | None = None

    def advance(self, count: int = 1) -> None:
        """``count`` more steps are done."""
        self._bar.update(count)
        if self._timed_since is None:
            # The first call's time is its compilation's: the clock starts after it.
            self._timed_since = time.perf_counter()
        else:
            self._timed_steps += count

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Keeps what is done within the block (samples, validation, saving) out of the speed."""
        self._paused_at = time.perf_counter()
        try:
            yield
        finally:
            if self._timed_since is not None:
                self._timed_since += time.perf_counter() - self._paused_at
            self._paused_at = None

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Logs scalars under their paths (``loss/generator/identity``).

        ``images_per_second`` is added: the mean since the last call, where steps were made.
        """
        values = {**values, **self._speed()}
        with self._writer.as_default(step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
        self._writer.flush()
        self._log.write(step, values)
        shown = {
            name.rsplit("/", 1)[-1]: f"{value:.3f}"
            for name, value in values.items()
            if name.startswith("loss/generator/")
        }
        if shown:
            self._bar.set_postfix(shown, refresh=False)

    def sample_grid(self, columns: Mapping[str, tf.Tensor], step: int) -> Path:
        """Writes a PNG and a TensorBoard image: one row a pair, one column a name.

        Args:
            columns: name -> ``[B, S, S, 3]`` signed RGB, left to right.
            step: the step the pictures belong to.

        Returns:
            The PNG's path.
        """
        grid = draw_grid(columns)
        path = self._run_dir / "samples" / f"step_{step:07d}.png"
        write_image(path, grid)
        with self._writer.as_default(step):
            tf.summary.image("samples", grid[None])
        self._log.write(step, {"samples": str(path.relative_to(self._run_dir))})
        return path

    def alarm(self, text: str, step: int) -> None:
        """Says on stderr and in the logs that the run is likely to come to nothing, and why."""
        self._bar.write(f"ALARM at step {step}: {text}", file=sys.stderr)
        with self._writer.as_default(step):
            tf.summary.text("alarm", text)
        self._writer.flush()
        self._log.write(step, {"alarm": text})

    def close(self) -> None:
        """Ends the progress line and flushes the logs."""
        self._bar.close()
        self._writer.close()
        self._log.close()

    def _speed(self) -> dict[str, float]:
        if not self._timed_steps:
            return {}
        now = self._paused_at or time.perf_counter()
        images = self._timed_steps * self._images_per_step
        speed = images / (now - self._timed_since)
        self._timed_steps, self._timed_since = 0, now
        return {"images_per_second": speed}


def _mark_restart(folder: Path, first_step: int) -> None:
    """Makes TensorBoard forget what a killed run logged after ``first_step``.

    TensorBoard drops later steps where an event file says that a session starts; TensorFlow 2's
    writer never says so. An event file is a TFRecord file of events, read in the order of names.
    """
    files = sorted(folder.glob("*tfevents*"))
    if not files:
        return
    # Its name follows that of the last file; a mark after which nothing was logged is replaced.
    path = files[-1].with_name(files[-1].name.removesuffix(_RESTART) + _RESTART)
    start = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
    with tf.io.TFRecordWriter(str(path)) as file:
        for event in (
            tf.compat.v1.Event(wall_time=time.time(), file_version="brain.Event:2"),
            tf.compat.v1.Event(wall_time=time.time(), step=first_step + 1, session_log=start),
        ):
            file.write(event.SerializeToString())
