"""Scripts define flags when they are imported: several in one process would collide."""

import importlib

from absl import flags

for script in ("data_loading", "data_preparation", "detector_accuracy"):
    before = set(flags.FLAGS)
    importlib.import_module(f"facedancer.benchmarks.{script}")
    # Only their `main` reads them, and no test calls that here.
    for flag in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, flag)
