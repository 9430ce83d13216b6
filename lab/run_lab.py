"""The whole lab, from rendering faces to the report: hours, or minutes with --quick.

python lab/run_lab.py [--quick] [--stages=render,crop,shard] [--configs=c,d] [--jobs=2]

Each stage is one of the project's own commands, which is printed. What is done is skipped, what was
interrupted goes on; the commands, their times and logs are in LAB_DIR/tasks.
"""

import signal
import sys
from pathlib import Path

from absl import flags

from facedancer.lab.experiment.scale import FULL, QUICK
from facedancer.lab.experiment.stages import Lab
from facedancer.lab.experiment.swappers import TRAINED
from facedancer.lab.experiment.task_runner import run_tasks
from facedancer.lab.experiment.tasks import ROOT, Ledger, stage_names
from facedancer.utils.cli import EXIT_INTERRUPTED, run
from facedancer.utils.errors import UserError

FLAGS = flags.FLAGS
flags.DEFINE_bool("quick", False, "All stages with little of everything: it shows the road alone.")
flags.DEFINE_string("lab_dir", None, "Where everything goes; default: lab_out, or lab_out/quick.")
flags.DEFINE_list("stages", [], "Do these stages only; default: all that are not done.")
flags.DEFINE_list("configs", list(TRAINED), "Which configurations to train, beside A.")
flags.DEFINE_integer("jobs", 1, "Commands at a time; two on two cores train a third faster.", 1)
flags.DEFINE_integer("seed", 0, "Of the pictures and of all trainings.", 0)
flags.DEFINE_string(
    "networks",
    None,
    "Folder of encoders and regressors to take: model_zoo/lab; default: train.",
)
flags.DEFINE_bool("anew", False, "Set aside what other flags have made, and make it again.")
flags.DEFINE_bool("dry_run", False, "Print the commands, and stop.")


def main() -> int:
    """Reads the flags, and does or prints the tasks."""
    name = FLAGS.lab_dir or ("lab_out/quick" if FLAGS.quick else "lab_out")
    folder = _from_root(Path(name))
    # What ships is the whole lab's.
    is_part = FLAGS.quick or FLAGS.lab_dir or FLAGS.seed or set(FLAGS.configs) != set(TRAINED)
    results = folder / "results" if is_part else Path("lab/results")
    unknown = sorted(set(FLAGS.configs) - set(TRAINED))
    if unknown:
        raise UserError(f"--configs={unknown[0]}: choose from {', '.join(TRAINED)}")
    scale = QUICK if FLAGS.quick else FULL
    networks = _from_root(Path(FLAGS.networks)) if FLAGS.networks else None
    tasks = Lab(folder, results, scale, FLAGS.configs, FLAGS.seed, networks).tasks()
    stages = stage_names(tasks)
    unknown = sorted(set(FLAGS.stages) - set(stages))
    if unknown:
        raise UserError(f"--stages={unknown[0]}: choose from {', '.join(stages)}")
    chosen = [task for task in tasks if task.stage in (FLAGS.stages or stages)]
    if FLAGS.dry_run:
        print("\n".join(task.line for task in chosen))
        return 0
    stopped_by = run_tasks(chosen, Ledger(ROOT / folder / "tasks"), FLAGS.jobs, FLAGS.anew)
    if stopped_by:
        print("stopped; the same command goes on", file=sys.stderr)
    return EXIT_INTERRUPTED if stopped_by == signal.SIGINT else 0


def _from_root(path: Path) -> Path:
    """The folder as the commands name it, whatever the working directory is."""
    path = path.absolute() if path.is_absolute() or path.exists() else ROOT / path
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


if __name__ == "__main__":
    run(main)
