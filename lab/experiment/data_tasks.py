"""From people to shards, as tasks: every lab's first three stages; and who learns from them."""

from pathlib import Path

from .scale import Scale
from .tasks import Task

_SIDE = 64
_PHOTOGRAPH_SIDE = 128
# Who serves for what, by the first person's number: swappers and the encoder that they learn from
# are trained on ``train``, the networks that judge them on ``train_judge``, trainings are watched
# on ``validation``, which generator ships is chosen on ``choice``, and the report is of ``test``.
# Far from each other, so that each can grow.
FIRST_PERSON = {
    "train": 0,
    "validation": 1_000_000,
    "choice": 2_000_000,
    "test": 3_000_000,
    "train_judge": 4_000_000,
}
PARTS = tuple(FIRST_PERSON)
DATA_STAGES = ("render", "crop", "shard")


def data_tasks(
    folder: Path, part: str, scale: Scale, seed: int, is_clean: bool = False
) -> list[Task]:
    """Photographs, crops and shards, each after what it needs; of swappers' people twins too.

    Args:
        folder: of the lab.
        part: one of `PARTS`.
        scale: how many people and pictures.
        seed: of the pictures.
        is_clean: draw the same pictures before blur, noise and JPEG, into folders of their own.
    """
    is_train = part.startswith("train")
    people = {"train": scale.identities, "train_judge": scale.judge_identities}.get(
        part, scale.held_out
    )
    images = scale.images if is_train else scale.held_out_images
    name = f"{part}_clean" if is_clean else part
    photographs, crops, shards = (folder / kind / name for kind in ("renders", "crops", "shards"))
    render = Task(
        "render",
        f"render_{name}",
        (
            "lab/render_faces.py",
            f"--output={photographs}",
            f"--people={people}",
            f"--first_identity={FIRST_PERSON[part]}",
            f"--images={images}",
            f"--image_size={_PHOTOGRAPH_SIDE}",
            f"--seed={seed}",
            *(("--clean",) if is_clean else ()),
            # As many sessions as can be: a hairdo in fewer pictures is learnt less.
            *(("--one_a_session",) if is_train else ()),
        ),
        photographs / "labels.jsonl",
        place=photographs,
    )
    crop = Task(
        "crop",
        f"crop_{name}",
        (
            "dataset/crop_align.py",
            f"--data={photographs}",
            f"--output={crops}",
            f"--image_size={_SIDE}",
            "--batch_size=32",
            # Every picture shows one upright face of a good size.
            "--noturned",
            "--noenlarged",
        ),
        crops / "crop_align.json",
        (render,),
        place=crops,
    )
    twins = _twins_task(render, scale) if part == "train" and scale.twins else None
    with_twins = (f"--twin_photographs={twins.place}",) if twins else ()
    shard = Task(
        "shard",
        f"shard_{name}",
        (
            "dataset/dataset_sharding.py",
            f"--data={crops}",
            f"--output={shards}",
            "--data_name=lab",
            f"--data_type={part}",
            *with_twins,
        ),
        shards / "index.json",
        (crop, twins) if twins else (crop,),
        place=shards,
    )
    return [render, *([twins] if twins else []), crop, shard]


def _twins_task(render: Task, scale: Scale) -> Task:
    """Draws some of the photographs once more, with another person's face."""
    photographs = render.product.parent
    place = photographs.with_name(f"{photographs.name}_twins")
    return Task(
        "render",
        f"{render.name}_twins",
        (*render.command, f"--twin_share={scale.twins}"),
        place / render.product.name,
        (render,),
        place=place,
    )


def training_flags(
    folder: Path, run: Path, seed: int, precision: str, part: str = "train"
) -> tuple[str, ...]:
    """Lists the flags that every training of a lab is given.

    Args:
        folder: of the lab.
        run: of the training.
        seed: its own.
        precision: see `Scale`.
        part: whom it learns from, one of `PARTS`.
    """
    shards = folder / "shards"
    return (
        f"--data={shards / part}",
        f"--validation_data={shards / 'validation'}",
        f"--run_dir={run}",
        f"--seed={seed}",
        *([f"--precision={precision}"] if precision else []),
        "--resume",
    )
