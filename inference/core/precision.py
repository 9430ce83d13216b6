"""The generator's arithmetic: float32, or bfloat16 if the processor has it."""

from pathlib import Path

from facedancer.utils.errors import UserError

PRECISIONS = ("auto", "float32", "bfloat16", "int8")

# Instructions that multiply bfloat16. Without them it is emulated, many times slower than float32.
_INSTRUCTIONS = {"avx512_bf16", "amx_bf16", "bf16"}
_CPU_INFO = Path("/proc/cpuinfo")


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


def processor_has_bfloat16() -> bool:
    """Tells whether the processor multiplies bfloat16; False, too, if that cannot be told."""
    try:
        lines = _CPU_INFO.read_text().splitlines()
    except OSError:  # not Linux
        return False
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return not _INSTRUCTIONS.isdisjoint(flags.partition(":")[2].split())
