"""The use of people: a report on those that something was chosen by flatters."""

from collections.abc import Mapping
from pathlib import Path

from ..experiment.swappers import name_of
from .choice import chosen


def who_served(lab: Mapping[str, Mapping]) -> str:
    """Tells whether the people of the tables served for anything before, by the commands.

    Args:
        lab: ``tasks`` and ``choice``, see `stored_results`.
    """
    tasks = lab["tasks"].values()
    validated = {_data(task, "validation_data") for task in tasks} - {""}
    reported = {_data(task, "targets") for task in tasks if task["stage"] == "evaluate"} - {""}
    if not validated or not reported:
        return ""
    if validated & reported:
        return (
            "**These people served for more than this report**: trainings were validated on them."
        )
    words = "None of these people served for anything before: trainings were validated on others"
    if not lab.get("choice"):
        return f"{words}."
    ids = ", ".join(
        f"{name_of(name)} {entry['value']:.2f}" for name, entry in lab["choice"].items()
    )
    return (
        f"{words}, and the lab's generator was chosen by its ID on yet others: {ids}; "
        f"{name_of(chosen(lab['choice']))} is the one."
    )


def _data(task: Mapping[str, str], flag: str) -> str:
    """The last folder's name of what a command was given; "" where it was not."""
    given = [word for word in task["command"].split() if word.startswith(f"--{flag}=")]
    return Path(given[-1].partition("=")[2]).name if given else ""
