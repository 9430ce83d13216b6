"""Abilities of this machine's processor."""

from pathlib import Path

# Instructions that multiply bfloat16. Without them it is emulated, many times slower than float32.
_INSTRUCTIONS = {"avx512_bf16", "amx_bf16", "bf16"}
_CPU_INFO = Path("/proc/cpuinfo")


def processor_has_bfloat16() -> bool:
    """Tells whether the processor multiplies bfloat16; False, too, if that cannot be told."""
    try:
        lines = _CPU_INFO.read_text().splitlines()
    except OSError:  # not Linux
        return False
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return not _INSTRUCTIONS.isdisjoint(flags.partition(":")[2].split())
