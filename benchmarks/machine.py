"""The machine on which a benchmark ran, as its table says it."""

import datetime
import os
import platform
import re
from pathlib import Path

_GIBIBYTE = 2**30
# What a CPU must offer for low precision to be faster than float32.
_TELLING_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def machine() -> str:
    """This machine and its software in words, with nothing that names it."""
    import keras
    import tensorflow as tf

    cpu = Path("/proc/cpuinfo")
    text = cpu.read_text() if cpu.is_file() else ""
    model = re.search(r"model name\s*: (.+)", text)
    instructions = set(re.search(r"flags\s*: (.+)", text)[1].split()) if "flags" in text else set()
    told = [
        f"{'' if name in instructions else 'no '}{name}" for name in _TELLING_FLAGS if instructions
    ]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIBIBYTE
    return (
        f"CPU {model[1] if model else platform.machine()} ({', '.join(told) or 'flags unknown'}), "
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB; Python "
        f"{platform.python_version()}, TensorFlow {tf.__version__}, Keras {keras.__version__}; "
        f"{datetime.date.today()}."
    )
