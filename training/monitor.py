"""What a person watches: TensorBoard scalars, the progress line and sample grids."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from facedancer.utils.images import signed_to_uint8, write_image


class Monitor:
    """Writes a run's logs to ``run_dir/logs`` and its sample grids to ``run_dir/samples``."""

    def __init__(self, run_dir: Path, first_step: int, total_steps: int) -> None:
        self._samples = run_dir / "samples"
        self._writer = tf.summary.create_file_writer(str(run_dir / "logs"))
        self._bar = tqdm(total=total_steps, initial=first_step, unit="step", desc="training")

    def advance(self) -> None:
        """One step is done."""
        self._bar.update()

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Logs scalars under their paths (``loss/generator/identity``)."""
        with self._writer.as_default(step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
        shown = {
            name.rsplit("/", 1)[-1]: f"{value:.3f}"
            for name, value in values.items()
            if name.startswith("loss/generator/")
        }
        self._bar.set_postfix(shown, refresh=False)

    def sample_grid(self, columns: Mapping[str, tf.Tensor], step: int) -> Path:
        """Writes a PNG and a TensorBoard image: one row a pair, one column a name.

        Args:
            columns: name -> ``[B, S, S, 3]`` signed RGB, left to right.
            step: the step the pictures belong to.

        Returns:
            The PNG's path.
        """
        grid = np.concatenate(
            [np.concatenate(list(signed_to_uint8(images).numpy())) for images in columns.values()],
            axis=1,
        )
        path = self._samples / f"step_{step:07d}.png"
        write_image(path, grid)
        with self._writer.as_default(step):
            tf.summary.image(f"samples ({' | '.join(columns)})", grid[None])
        return path

    def close(self) -> None:
        """Ends the progress line and flushes the logs."""
        self._bar.close()
        self._writer.close()
