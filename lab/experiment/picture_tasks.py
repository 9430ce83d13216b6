"""Tasks that draw the report's pictures."""

from collections.abc import Iterable

from .interface import Ground
from .tasks import Task, value_of


def picture_tasks(ground: Ground, runs: list[Task]) -> list[Task]:
    """Swaps of the same faces by every run, and the masks of those that have any."""
    folder, encoder, shards = ground.folder, ground.networks["arcface"], ground.shards("test")
    matrix, masks = folder / "swap_matrix.npz", folder / "attention"
    with_masks = [run for run in runs if _has_masks(run)]

    def command(script: str, some_runs: Iterable[Task], *flags: str) -> tuple[str, ...]:
        folders = ",".join(str(ground.run(run.name)) for run in some_runs)
        return (
            script,
            f"--targets={shards.product.parent}",
            f"--generators={folders}",
            f"--encoder={encoder.product}",
            *flags,
        )

    needs = (*runs, encoder, shards)
    return [
        Task(
            "pictures",
            "swap_matrix",
            command("lab/swap_matrix.py", runs, f"--output={matrix}"),
            matrix,
            needs,
            measures=True,
        ),
        Task(
            "pictures",
            "attention",
            command("evaluation/attention.py", with_masks, f"--output={masks}", "--pairs=2"),
            masks / "attention.npz",
            needs,
            measures=True,
        ),
    ]


def _has_masks(run: Task) -> bool:
    # Of its flagfiles those that are no task's product.
    flags = [flag for flag in run.command if "=flags/" in flag]
    return "affa" in value_of("up_types", flags)
