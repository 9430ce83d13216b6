"""The use of people: a report on those that something was chosen by flatters."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from facedancer.evaluation.metrics.registry import METRICS
from facedancer.evaluation.reports.table import markdown_table
from facedancer.utils.errors import UserError

from ..experiment.swappers import name_of
from .choice import chosen

FRESH_HEADING = "## The shipped generator on people who served for nothing else"
_FRESH_COLUMNS = (
    "id_top1",
    "id_top1_other",
    "id_cosine",
    "id_cosine_target",
    "pose",
    "pose_angle",
    "expression",
    "fid",
    "psnr_outside",
    "perceptual_outside",
)


def who_served(lab: Mapping[str, Mapping], has_fresh: bool) -> str:
    """Tells whether the people of the tables served for anything before, by the commands.

    Args:
        lab: ``tasks`` and ``choice``, see `stored_results`.
        has_fresh: whether the report has a section on people of whom that is not so.
    """
    tasks = lab["tasks"].values()
    validated = {_data(task, "validation_data") for task in tasks} - {""}
    reported = {_data(task, "targets") for task in tasks if task["stage"] == "evaluate"} - {""}
    if not validated or not reported:
        return ""
    if validated & reported:
        words = (
            "**These people served for more than this report**: the trainings of the swappers and "
            "of the networks that judge were validated on them, and the generator that ships was "
            "chosen by its ID in this table. So the numbers of the one that ships are somewhat too "
            "good. Today's `make lab` has other people for each of the three."
        )
        return f"{words} [Below](#{_anchor()}) are numbers on such people." if has_fresh else words
    words = "None of these people served for anything before: trainings were validated on others"
    if not lab.get("choice"):
        return f"{words}."
    ids = ", ".join(
        f"{name_of(name)} {entry['value']:.2f}" for name, entry in lab["choice"].items()
    )
    return (
        f"{words}, and the generator that ships was chosen by its ID on yet others: {ids}; "
        f"{name_of(chosen(lab['choice']))} is the one."
    )


def population(lab: Mapping[str, Mapping]) -> str:
    """Tells whether the report is of the former people; "" of today's.

    Judges have people of their own since identity is the face: by that the two are told apart.

    Args:
        lab: ``tasks``, see `stored_results`.
    """
    tasks = lab["tasks"].values()
    if not tasks or any("shards/train_judge" in task["command"] for task in tasks):
        return ""
    return (
        "**These people are of an earlier population, as are the networks that ship in "
        "`model_zoo/lab`.** Each of them had one hair style, hair colour and pair of glasses in "
        "all pictures, so a high ID here also says that these were painted, and *output = truth* "
        "is the source's whole head. Of today's people ([docs/lab.md](../docs/lab.md#rendering)) "
        "hair and glasses tell nothing: figures of the two can't be compared."
    )


def fresh_people(rows: Sequence[Mapping], commands: str) -> list[str]:
    """A table of evaluations, what they were measured on, and their commands.

    Raises:
        UserError: the rows are of different pairs or judges.
    """
    first = rows[0]["protocol"]
    for row in rows[1:]:
        if any(row["protocol"][key] != first[key] for key in ("pairs", "encoders", "targets")):
            raise UserError(f"{row['name']} was measured otherwise than {rows[0]['name']}")
    failed = [row["name"] for row in rows if row["metrics"]["id_top1"].get("failed")]
    return [
        f"{first['pairs']['count']:,} random swaps (seed {first['pairs']['seed']}) between "
        f"{first['targets']['identities']} people whom no network was trained or validated on and "
        "by whom nothing was chosen, measured by the same networks. The rows that swap nothing "
        "show what a wrong result can reach: the target as it is, the source pasted in its place, "
        "the target blurred beyond recognition, a grey square.",
        # The best of each column would be one that swaps nothing.
        markdown_table(rows, _FRESH_COLUMNS).strip().replace("**", ""),
        "Intervals of 95 % of the generator: "
        + "; ".join(
            f"{METRICS[name].heading.rsplit(' ', 1)[0]} {entry['low']:.2f} to {entry['high']:.2f}"
            for name in ("id_top1", "pose", "expression", "fid")
            if (entry := rows[-1]["metrics"].get(name))
        )
        + ".",
        ""
        if failed
        else "The lab's judges have an answer to every picture: none tells that a grey square is "
        "no face. Its ID does.",
        f"```bash\n{commands.strip()}\n```" if commands else "",
    ]


def _data(task: Mapping[str, str], flag: str) -> str:
    """The last folder's name of what a command was given; "" where it was not."""
    given = [word for word in task["command"].split() if word.startswith(f"--{flag}=")]
    return Path(given[-1].partition("=")[2]).name if given else ""


def _anchor() -> str:
    return FRESH_HEADING.lstrip("# ").lower().replace(" ", "-")
