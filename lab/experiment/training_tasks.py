"""Trainings of generators, as tasks."""

from .data_tasks import training_flags
from .interface import Ground
from .tasks import Task, last_checkpoint


def training_task(
    ground: Ground,
    name: str,
    needs: tuple[Task, ...] = (),
    flagfile: str = "",
    further: tuple[str, ...] = (),
    seed: int = 0,
    stage: str = "train",
) -> Task:
    """A swapper's run.

    Args:
        ground: people and networks.
        name: of the swapper.
        needs: what it needs next to the ground's: margins, of which it takes the flagfile, and a
            run, which it goes on from.
        flagfile: its own; by default the one of its name.
        further: flags that go after those of the flagfiles.
        seed: counted from the lab's own.
        stage: of the lab.
    """
    *_, encoder = ground.learnt_from
    flags = [f"--flagfile={flagfile or f'flags/lab/{name}.cfg'}"]
    if ground.scale.swapper_flagfile:
        flags.append(f"--flagfile={ground.scale.swapper_flagfile}")
    end = last_checkpoint(ground.run(name), flags)
    flags.append(f"--encoder={encoder.product}")
    for task in needs:
        if task.stage == "margins":
            flags.append(f"--flagfile={task.product}")
        elif task.stage == "train":
            flags.append(f"--init_run={task.place}")
    run = ground.run(name)
    common = training_flags(ground.folder, run, ground.seed + seed)
    command = ("training/train.py", *flags, *further, *common)
    return Task(stage, name, command, end, (*ground.learnt_from, *needs), place=run)


def student_task(ground: Ground, name: str, teacher: Task) -> Task:
    """A small generator that learns from ``teacher``."""
    *_, encoder = ground.learnt_from
    run = ground.run(name)
    flags = [f"--flagfile=flags/lab/{name}.cfg"]
    if ground.scale.network_flagfile:
        flags.append(f"--flagfile={ground.scale.network_flagfile}")
    command = (
        "training/distill.py",
        *flags,
        f"--teacher={ground.run(teacher.name)}",
        f"--encoder={encoder.product}",
        *training_flags(ground.folder, run, ground.seed),
    )
    needs = (*ground.learnt_from, teacher)
    return Task("distill", name, command, last_checkpoint(run, flags), needs, place=run)


def margins_task(ground: Ground, run: Task) -> Task:
    """Measures a run's margins on the people to train on: those held out only judge."""
    shards, _, encoder = ground.learnt_from
    folder = ground.folder / "ifsr"
    command = (
        "evaluation/ifsr.py",
        f"--targets={shards.product.parent}",
        f"--swapper={ground.run(run.name)}",
        f"--encoder={encoder.product}",
        f"--pairs={min(1_000, ground.scale.pairs)}",
        f"--output={folder}",
    )
    product = folder / "ifsr_margins.cfg"
    return Task("margins", "margins", command, product, (run, encoder, shards), place=folder)
