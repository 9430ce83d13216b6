"""Number formats that this machine only emulates."""

import tensorflow as tf
from absl import logging

from facedancer.utils.processor import processor_has_bfloat16


def warn_of_emulation(precision: str) -> None:
    """Says in one line if ``--precision`` is slower here than float32."""
    if precision != "mixed_bfloat16" or tf.config.list_physical_devices("GPU"):
        return
    if not processor_has_bfloat16():
        logging.warning(
            "this processor cannot multiply bfloat16 and emulates it: --precision=float32 is "
            "several times faster here, and needs more memory"
        )
