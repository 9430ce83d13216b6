"""From people to shards, as tasks: every lab's first three stages; and who learns from them."""

from pathlib import Path

from .scale import Scale
from .tasks import Task

_SIDE = 64
_PHOTOGRAPH_SIDE = 128
# Far from the training people's numbers, so that their number can grow.
_FIRST_HELD_OUT = 1_000_000


def data_tasks(folder: Path, part: str, scale: Scale, seed: int) -> list[Task]:
    """Photographs, crops and shards, each after what it needs.

    Args:
        folder: of the lab.
        part: ``train``, the people to train on, or ``held_out``, others.
        scale: how many people and pictures.
        seed: of the pictures.
    """
    is_held_out = part == "held_out"
    people = scale.held_out if is_held_out else scale.identities
    images = scale.held_out_images if is_held_out else scale.images
    photographs, crops, shards = (folder / kind / part for kind in ("renders", "crops", "shards"))
    render = Task(
        "render",
        f"render_{part}",
        (
            "lab/render_faces.py",
            f"--target_dir={photographs}",
            f"--identities={people}",
            f"--first_identity={_FIRST_HELD_OUT if is_held_out else 0}",
            f"--images={images}",
            f"--side={_PHOTOGRAPH_SIDE}",
            f"--seed={seed}",
        ),
        photographs / "labels.jsonl",
        place=photographs,
    )
    crop = Task(
        "crop",
        f"crop_{part}",
        (
            "dataset/crop_align.py",
            f"--data_dir={photographs}",
            f"--target_dir={crops}",
            f"--im_size={_SIDE}",
            "--batch_size=32",
            # Every picture shows one upright face of a good size.
            "--noturned",
            "--noenlarged",
        ),
        crops / "crop_align.json",
        (render,),
        place=crops,
    )
    shard = Task(
        "shard",
        f"shard_{part}",
        (
            "dataset/dataset_sharding.py",
            f"--data_dir={crops}",
            f"--target_dir={shards}",
            "--data_name=lab",
            f"--data_type={part}",
        ),
        shards / "index.json",
        (crop,),
        place=shards,
    )
    return [render, crop, shard]


def training_flags(folder: Path, run: Path, seed: int) -> tuple[str, ...]:
    """What every training of a lab is given.

    Args:
        folder: of the lab.
        run: of the training.
        seed: its own.
    """
    shards = folder / "shards"
    return (
        f"--train_data={shards / 'train'}",
        f"--validation_data={shards / 'held_out'}",
        f"--run_dir={run}",
        f"--seed={seed}",
        "--resume",
    )
