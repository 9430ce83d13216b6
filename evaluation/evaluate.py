"""Evaluates a face swapper: ``python evaluation/evaluate.py --flagfile=flags/eval/lab.cfg ...``.

Writes into --out_dir: ``results.json`` (the protocol and every number with its interval),
``table.md``, ``examples.png``, ``pairs.json``, ``scores.npz`` (each pair's numbers). A run that was
stopped goes on where it was.
"""

from pathlib import Path

from absl import flags

from facedancer.evaluation.encoders.registry import ENCODERS, ROLES, SHIPPED
from facedancer.evaluation.evaluation_job import EvaluationConfig, evaluate, report
from facedancer.evaluation.swaps.task_flags import define_task_flags, task_of_flags
from facedancer.utils.cli import run

FLAGS = flags.FLAGS
define_task_flags(pairs=0)
for _role in ROLES:
    flags.DEFINE_string(
        f"{_role}_encoder",
        SHIPPED[_role],
        f"what measures {_role}: FILE, NAME or NAME:FILE, of {', '.join(ENCODERS[_role])}; "
        "empty: nothing",
    )
flags.DEFINE_integer("batch_size", 16, "pairs at a time", lower_bound=1)
flags.DEFINE_integer(
    "flicker_frames",
    16,
    "neighbouring frames of each target video by which flicker is measured; 0: it is not",
    lower_bound=0,
)
flags.DEFINE_bool("runtime", True, "measure time and memory of a generator too")
flags.DEFINE_bool("write_inputs", False, "write every pair's crops too, for another system to swap")
flags.DEFINE_bool(
    "write_fakes", False, "write swaps, originals, masks and a manifest too, for fake detectors"
)
flags.DEFINE_string("out_dir", None, "folder of what is written", required=True)


def main() -> None:
    """Reads the flags, evaluates, and prints the table."""
    config = EvaluationConfig(
        task_of_flags(FLAGS),
        FLAGS.out_dir,
        batch_size=FLAGS.batch_size,
        flicker_frames=FLAGS.flicker_frames,
        runtime=FLAGS.runtime,
        write_inputs=FLAGS.write_inputs,
        write_fakes=FLAGS.write_fakes,
        **{f"{role}_encoder": FLAGS[f"{role}_encoder"].value for role in ROLES},
    )
    print(report(evaluate(config)))
    print(f"everything: {Path(config.out_dir) / 'results.json'}")


if __name__ == "__main__":
    run(main)
