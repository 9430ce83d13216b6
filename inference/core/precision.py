"""The generator's arithmetic: float32, or bfloat16 if the processor has it."""

from facedancer.utils.errors import UserError
from facedancer.utils.processor import processor_has_bfloat16

PRECISIONS = ("auto", "float32", "bfloat16", "int8")


def choose_precision(wanted: str) -> str:
    """``"float32"``, ``"bfloat16"`` or ``"int8"``: what a wish comes to on this machine.

    Args:
        wanted: one of `PRECISIONS`. ``auto`` is bfloat16 where a processor without a GPU has
            instructions for it; on a GPU float32, whose products TensorFlow rounds to TF32 anyway.

    Raises:
        UserError: something else; or int8, which a processor computes, where there is a GPU.
    """
    if wanted not in PRECISIONS:
        raise UserError(f"no precision {wanted!r}: use one of {', '.join(PRECISIONS)}")
    if wanted not in ("auto", "int8"):
        return wanted
    import tensorflow as tf  # Seconds, which `--help` can do without.

    has_gpu = bool(tf.config.list_physical_devices("GPU"))
    if wanted == "int8":
        if has_gpu:
            raise UserError("--precision=int8 runs only on the CPU: leave it out on a GPU")
        return wanted
    if has_gpu:
        return "float32"
    return "bfloat16" if processor_has_bfloat16() else "float32"
