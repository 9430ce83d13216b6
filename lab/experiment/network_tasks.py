"""The encoder that swappers learn from and the networks that judge them, as tasks."""

from pathlib import Path

from .data_tasks import training_flags
from .scale import Scale
from .tasks import ROOT, Task, last_checkpoint

# Stage, name, what it tells of a face, the script that trains it, and what it writes.
_NETWORKS = (
    ("encoders", "arcface", "identity", "train_encoder", "encoder.keras"),
    ("encoders", "cosface", "identity", "train_encoder", "encoder.keras"),
    ("regressors", "pose", "pose", "train_regressor", "regressor.keras"),
    ("regressors", "expression", "expression", "train_regressor", "regressor.keras"),
    ("regressors", "gaze", "gaze", "train_regressor", "regressor.keras"),
    ("regressors", "shape", "shape", "train_regressor", "regressor.keras"),
)
# What swappers learn from; the others judge, and learn from other people.
_TEACH = ("arcface", "shape")
# What a folder of trained networks must hold; what it lacks of the others is trained.
_NEEDED = "arcface"
# Who measures what of every swap.
JUDGES = {role: name for _, name, role, *_ in _NETWORKS if name not in _TEACH}


def network_tasks(
    folder: Path, shards: dict[str, Task], scale: Scale, seed: int, trained: Path | None
) -> list[Task]:
    """ArcFace, CosFace, pose, expression, gaze and shape; swappers learn from two of them.

    Args:
        folder: of the lab.
        shards: the tasks that make shards, by `data_tasks.PARTS`.
        scale: how much of everything.
        seed: of the lab; each network begins with other weights.
        trained: a folder of networks to take; None: they are trained, as are those that it
            lacks. A folder without ArcFace is a mistake, which the command that takes it tells.
    """
    tasks = []
    for offset, (stage, name, kind, script, file) in enumerate(_NETWORKS, 1):
        run = folder / "encoders" / name
        part = "train" if name in _TEACH else "train_judge"
        network = trained / f"{name}.keras" if trained else None
        is_taken = network and (name == _NEEDED or (ROOT / network).is_file())
        needs = (shards["validation"],) if is_taken else (shards[part], shards["validation"])
        if is_taken:
            command = (
                "lab/take_network.py",
                f"--kind={kind}",
                f"--network={network}",
                f"--validation_data={shards['validation'].product.parent}",
                f"--run_dir={run}",
            )
            end, files = run / file, (network,)
        else:
            flags = [f"--flagfile=flags/lab/{name}.cfg"]
            if scale.network_flagfile:
                flags.append(f"--flagfile={scale.network_flagfile}")
            command = (
                f"training/{script}.py",
                *flags,
                *training_flags(folder, run, seed + offset, scale.precision, part),
            )
            end, files = last_checkpoint(run, flags), ()
        tasks.append(Task(stage, name, command, run / file, needs, end=end, place=run, files=files))
    return tasks
