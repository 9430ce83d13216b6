"""Runs the whole lab, from rendering faces to the report: hours, or minutes with --quick.

python lab/run_lab.py --quick --jobs=2
python lab/run_lab.py --stages=render,crop,shard
python lab/run_lab.py --configs=c,d

Each stage prints and runs one of the project's commands. Finished commands are skipped, interrupted
ones resume; the commands, their times and logs are in LAB_DIR/tasks.
"""

import dataclasses
import signal
import sys
from pathlib import Path

from facedancer.lab.experiment.experiments import BY_DEFAULT, SWAPPERS
from facedancer.lab.experiment.tasks import ROOT
from facedancer.utils.cli import EXIT_INTERRUPTED, run
from facedancer.utils.errors import UserError
from facedancer.utils.flags.fields import flag_field
from facedancer.utils.flags.shared import shared_flag


@dataclasses.dataclass(frozen=True)
class Settings:
    """One start of a lab."""

    quick: bool = flag_field(
        False, "run all stages on very little data, only to test that they work"
    )
    lab_dir: str = shared_flag("lab_dir", text="output folder; default: lab_out, or lab_out/quick")
    stages: tuple[str, ...] = flag_field((), "run only these stages; default: all")
    configs: tuple[str, ...] = flag_field(
        (),
        "swappers to train, always with A; default: all but rivals, further margins and further "
        "students",
    )
    jobs: int = flag_field(
        1,
        "number of commands to run at the same time; on two cores, 2 trains a third faster",
        least=1,
    )
    precision: str = shared_flag(
        "precision",
        default="",
        text="number format of all trainings, float32 for processors without bfloat16; default: "
        "as the flagfiles say, mixed_bfloat16",
        choices=("", "float32", "mixed_bfloat16"),
    )
    seed: int = shared_flag("seed", text="random seed of the pictures and of all trainings")
    networks: str = flag_field(
        "",
        "folder of encoders and regressors to use, such as model_zoo/lab; missing ones are trained",
    )
    remake: bool = flag_field(
        False, "move results of other flags aside, and make them again", aliases=("anew",)
    )
    dry_run: bool = shared_flag(
        "dry_run", text="print the commands, the trainings and their steps, and stop"
    )


def main(settings: Settings) -> int:
    """Does or prints the tasks."""
    from facedancer.lab.experiment.budget import budget
    from facedancer.lab.experiment.scale import FULL, QUICK
    from facedancer.lab.experiment.stages import lab_tasks
    from facedancer.lab.experiment.task_runner import run_tasks
    from facedancer.lab.experiment.tasks import Ledger, stage_names

    scale = dataclasses.replace(QUICK if settings.quick else FULL, precision=settings.precision)
    name = settings.lab_dir or ("lab_out/quick" if settings.quick else "lab_out")
    folder = _from_root(Path(name))
    configs = set(settings.configs or BY_DEFAULT)
    unknown = sorted(configs - set(SWAPPERS))
    if unknown:
        raise UserError(f"--configs={unknown[0]}: choose from {', '.join(SWAPPERS)}")
    if settings.quick and settings.configs and (left_out := sorted(configs & scale.left_out)):
        raise UserError(
            f"--configs={left_out[0]}: --quick trains only one of each kind, from "
            f"{', '.join(one for one in SWAPPERS if one not in scale.left_out)}"
        )
    # What ships is the whole lab's.
    is_part = settings.quick or settings.lab_dir or settings.seed or not configs >= set(BY_DEFAULT)
    results = folder / "results" if is_part else Path("lab/results")
    networks = _from_root(Path(settings.networks)) if settings.networks else None
    tasks = lab_tasks(folder, results, scale, configs, settings.seed, networks)
    stages = stage_names(tasks)
    unknown = sorted(set(settings.stages) - set(stages))
    if unknown:
        raise UserError(f"--stages={unknown[0]}: choose from {', '.join(stages)}")
    chosen = [task for task in tasks if task.stage in (settings.stages or stages)]
    if settings.dry_run:
        print("\n".join(task.line for task in chosen))
        print(budget(chosen))
        return 0
    stopped_by = run_tasks(chosen, Ledger(ROOT / folder / "tasks"), settings.jobs, settings.remake)
    if stopped_by:
        print("stopped; the same command goes on", file=sys.stderr)
    return EXIT_INTERRUPTED if stopped_by == signal.SIGINT else 0


def _from_root(path: Path) -> Path:
    """The folder as the commands name it, whatever the working directory is."""
    path = path.absolute() if path.is_absolute() or path.exists() else ROOT / path
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


if __name__ == "__main__":
    run(main, Settings)
