"""Time and memory of a swap (the paper's Table 2), measured in a process of its own.

"Inference and memory consumption profiling are done on a single Nvidia RTX 3090 with a batch size
of 32. Profiling includes inference for ArcFace" (section 4.3).

Only a fresh process tells what a swap alone takes. Such a batch takes gigabytes, so that the system
may kill that process: it costs these numbers, not the evaluation.
"""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from facedancer.utils.files import read_json
from facedancer.utils.flags.trust import are_saved_models_trusted

BATCH = 32
_SCRIPT = Path(__file__).with_name("runtime_process.py")
# A batch of the largest generator takes minutes on two cores; what takes this long hangs.
_MOST_SECONDS = 1800.0


class NotMeasuredError(Exception):
    """The process ended without numbers. The message says why."""


def share_gpus() -> None:
    """Leaves this process with no more of a GPU's memory than it uses.

    By default TensorFlow takes nearly all of it, and nothing is left for the process that measures.
    To be called before TensorFlow's first operation; after it, what was taken stays taken.
    """
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:  # It is in use already.
            return


def measure_runtime(
    generator: str, encoder: str, batch: int = BATCH, most_seconds: float = _MOST_SECONDS
) -> dict[str, object]:
    """Swaps random crops with a generator and its encoder.

    Args:
        generator: what `load_generator` takes.
        encoder: the identity encoder.
        batch: crops at a time; the paper's is `BATCH`.
        most_seconds: after which the process is ended.

    Returns:
        ``ms_per_batch`` (the median), ``ms_per_image``, ``memory_gb``: on a GPU the most that
        TensorFlow held, weights included; else by how much the process grew from before the
        networks were loaded, None where the system does not tell. And ``device``, ``batch``,
        ``timed_batches``.

    Raises:
        NotMeasuredError: the process was killed, failed, or took too long.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "runtime.json"
        command = [sys.executable, str(_SCRIPT), f"--generator={generator}"]
        command += [f"--encoder={encoder}", f"--batch_size={batch}", f"--output={output}"]
        command += ["--trust_savedmodel"] * are_saved_models_trusted()
        try:
            ended = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                timeout=most_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise NotMeasuredError(f"took longer than {most_seconds:.0f} s") from error
        except OSError as error:
            raise NotMeasuredError(f"the process did not start ({error})") from error
        if ended.returncode != 0:
            raise NotMeasuredError(_reason(ended.returncode, ended.stderr))
        return read_json(output)


def _reason(status: int, said: str) -> str:
    """Says why a process ended with a status other than 0."""
    lines = [line for line in said.splitlines() if line.strip()]
    last = lines[-1].strip() if lines else "it said nothing"
    if status > 0:
        return f"the process failed with status {status}: {last}"
    name = signal.Signals(-status).name
    if name == "SIGKILL":
        return "the process was killed (SIGKILL), as systems do when memory runs out"
    return f"the process was killed ({name}); its last words: {last}"
