"""Trainings of generators, as tasks."""

from .data_tasks import training_flags
from .interface import Ground
from .seeds import seeded
from .tasks import Task, last_checkpoint


def training_task(
    ground: Ground,
    name: str,
    needs: tuple[Task, ...] = (),
    flagfile: str = "",
    further: tuple[str, ...] = (),
    seed: int = 0,
    stage: str = "train",
    script: str = "training/train.py",
) -> Task:
    """A swapper's run.

    Args:
        ground: people and networks.
        name: of the swapper; the run's is that of `seeds.seeded`.
        needs: what it needs next to the ground's: margins, whose flagfile it takes, a run, which it
            goes on from, and a regressor of the shape, which it learns by.
        flagfile: its own; by default the one of its name.
        further: flags that go after those of the flagfiles.
        seed: counted from the lab's own.
        stage: of the lab.
        script: that trains it.
    """
    *_, encoder = ground.learnt_from
    flags = [f"--flagfile={flagfile or f'flags/lab/{name}.cfg'}"]
    name = seeded(name, seed)
    if ground.scale.swapper_flagfile:
        flags.append(f"--flagfile={ground.scale.swapper_flagfile}")
    end = last_checkpoint(ground.run(name), flags)
    flags.append(f"--encoder={encoder.product}")
    for task in needs:
        if task.stage == "margins":
            flags.append(f"--flagfile={task.product}")
        elif task.stage == "train":
            flags.append(f"--init_run={task.place}")
        elif task.stage == "regressors":
            flags.append(f"--shape_regressor={task.product}")
    run = ground.run(name)
    common = training_flags(ground.folder, run, ground.seed + seed, ground.scale.precision)
    command = (script, *flags, *further, *common)
    return Task(stage, name, command, end, (*ground.learnt_from, *needs), place=run)


def student_task(ground: Ground, name: str, teacher: Task, flagfile: str = "") -> Task:
    """A small generator that learns from ``teacher``, by default by the flagfile of its name."""
    *_, encoder = ground.learnt_from
    run = ground.run(name)
    flags = [f"--flagfile={flagfile or f'flags/lab/{name}.cfg'}"]
    if ground.scale.network_flagfile:
        flags.append(f"--flagfile={ground.scale.network_flagfile}")
    command = (
        "training/distill.py",
        *flags,
        f"--teacher={ground.run(teacher.name)}",
        f"--encoder={encoder.product}",
        *training_flags(ground.folder, run, ground.seed, ground.scale.precision),
    )
    needs = (*ground.learnt_from, teacher)
    return Task("distill", name, command, last_checkpoint(run, flags), needs, place=run)


def margins_task(
    ground: Ground, run: Task | None, name: str = "margins", place: str = "ifsr"
) -> Task:
    """Measures margins on the people to train on: those held out only judge.

    Args:
        ground: people and networks.
        run: whose swaps; None: without a swapper, from who is on the pictures.
        name: of the task.
        place: its folder below the lab's.
    """
    shards, _, encoder = ground.learnt_from
    folder = ground.folder / place
    command = (
        "evaluation/ifsr.py",
        f"--targets={shards.product.parent}",
        f"--swapper={ground.run(run.name)}" if run else "--without_swapper",
        f"--encoder={encoder.product}",
        f"--pairs={min(1_000, ground.scale.pairs)}",
        f"--output={folder}",
    )
    product = folder / "ifsr_margins.cfg"
    needs = (run, encoder, shards) if run else (encoder, shards)
    return Task("margins", name, command, product, needs, place=folder)
