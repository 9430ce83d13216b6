"""The report's words around its tables and pictures."""

from collections.abc import Mapping, Sequence

from ..experiment.experiments import BY_DEFAULT
from ..experiment.swappers import (
    CANDIDATES,
    LONGER,
    REFERENCES,
    STUDENT,
    name_of,
)
from ..gating.tables import markdown
from . import wording
from .face_shape import face_shape_part
from .margin_modes import margin_modes_part
from .own_flags import flags_table, trained_alike
from .seed_groups import Group, grouped
from .served_people import who_served
from .stored_results import SwapperResult
from .tables import (
    compared,
    main_table,
    paper_table,
    runs_table,
    truth_table,
    turned_table,
)
from .verdict_tables import claims_table, targets_table

_TRAININGS = ("encoders", "regressors", "train_a", "train", "distill")


def report_text(
    results: Sequence[SwapperResult],
    lab: Mapping[str, Mapping],
    pictures: Mapping[str, str],
    shown: str = "",
    drawn: Sequence[str] = (),
    further: Sequence[str] = (),
) -> str:
    """The whole page.

    Args:
        results: the rows, in their order.
        lab: ``tasks``, ``judges`` and ``choice``, see `stored_results`.
        pictures: name -> path, of those that could be drawn.
        shown: whose swaps the swap matrix is of.
        drawn: whose swaps were drawn for it, and for the comparison of all.
        further: sections on what is trained only if it is named, see `further_text`.
    """
    trained = [result for result in results if result.name not in REFERENCES]
    groups = grouped(results)
    sections = [
        wording.INTRODUCTION,
        "## What changed since the lab before",
        wording.CHANGED,
        _missing(groups),
        "## Swaps of held-out people (the paper's Table 2)",
        _protocol(results),
        who_served(lab),
        main_table(groups),
        _seeds(groups)
        + _times(results)
        + (wording.OF_LONGER if LONGER in groups else "")
        + (wording.OF_STUDENT if STUDENT in groups else ""),
        "How far they are from the right answer, over the whole picture and where the faces are:",
        truth_table(groups),
        "The paper's own numbers, of other data, encoders and size, for the order of the rows:",
        paper_table(),
        "## Targets that are turned by 30 degrees and more (the paper's Table 3)",
        turned_table(groups),
        "Without FID, which so few pictures do not tell; of each the first seed's run.",
        "## The paper's claims",
        claims_table(groups),
        wording.OF_CLAIMS,
        "## The lab's own targets",
        targets_table(groups, lab["judges"]),
        wording.OF_TARGETS,
        *margin_modes_part(groups),
        *face_shape_part(groups, pictures),
        *further,
    ]
    if lab.get("fid_sensitivity"):
        sections += ["## What a difference of FID means", _sensitivity(lab["fid_sensitivity"])]
    if lab.get("gates"):
        sections += [
            "## Gates: whether these encoders go by the face",
            wording.OF_GATES,
            markdown(lab["gates"]).strip(),
        ]
    if "swap_matrix" in pictures:
        sections += [
            "## Swap matrix",
            f"{_named_best(shown)} First row: sources; first column: "
            "targets. Nobody here was trained on." + _not_drawn(groups, drawn),
            f"![swap matrix]({pictures['swap_matrix']})",
        ]
    for name, title, words in wording.PICTURES:
        if name in pictures:
            sections += [title, words, f"![{name}]({pictures[name]})"]
    alike = "" if trained_alike(results) else "**The configurations were not all trained alike.**"
    sections += [
        "## The runs",
        runs_table(trained),
        wording.SHARED_MACHINE,
        alike,
        flags_table(results),
    ]
    if lab["judges"]:
        sections += [
            "## The encoder that trains, and the networks that judge",
            _judges(lab["judges"]),
        ]
    if lab["tasks"]:
        sections += ["## Commands and times", _tasks(lab["tasks"])]
    return "\n\n".join(section for section in sections if section) + "\n"


def _seeds(groups: Mapping[str, Group]) -> str:
    """Says what the intervals of a table are of."""
    words = (
        "Below each number is its 95 % interval, that counts the targets' and the sources' people, "
        "not pictures."
    )
    repeated = [one for one in compared(groups).values() if len(one.runs) > 1]
    if repeated:
        counts = sorted({len(group.runs) for group in repeated})
        some = " or ".join(str(count) for count in counts)
        names = ", ".join(name_of(group.name) for group in repeated)
        words += (
            f" Of {names} the number is the mean over {some} seeds, and the interval that over "
            "seeds (Student's t)."
        )
    return words


def _times(results: Sequence[SwapperResult]) -> str:
    """Says what time and memory were measured on; rows of several devices do not compare."""
    metrics = [result.evaluation["metrics"].get("ms_per_image", {}) for result in results]
    places = {(one["batch"], one["device"]) for one in metrics if "device" in one}
    if not places:
        return ""
    words = " and ".join(f"batch {batch} on {device}" for batch, device in sorted(places))
    warning = "" if len(places) == 1 else ", **which do not compare**"
    return f" Time and memory are of {words}, the identity encoder included{warning}."


def _named_best(shown: str) -> str:
    those = "those that the targets are for" if shown in CANDIDATES else "those drawn"
    return f"{name_of(shown)}, the highest ID of {those}."


def _not_drawn(groups: Mapping[str, Group], drawn: Sequence[str]) -> str:
    missing = [name_of(name) for name in groups if name not in (*drawn, *REFERENCES)]
    return f" Not drawn: {', '.join(missing)}." if missing else ""


def _missing(groups: Mapping[str, Group]) -> str:
    missing = [name_of(name) for name in BY_DEFAULT if name not in groups]
    return f"Not trained or not evaluated yet: {', '.join(missing)}." if missing else ""


def _protocol(results: Sequence[SwapperResult]) -> str:
    """Says what the numbers were measured by, as the evaluation wrote it down.

    Rows of different protocols do not compare, which is said.
    """
    protocols = [result.evaluation.get("protocol", {}) for result in results]
    measured = [{k: v for k, v in protocol.items() if k != "swapper"} for protocol in protocols]
    protocol = measured[-1]
    if not protocol:
        return ""
    lines = [
        f"* {protocol['pairs']['count']:,} random swaps (seed {protocol['pairs']['seed']}) between "
        f"{protocol['sources']['identities']} people whom no network was trained on",
        f"* looked for among {protocol['gallery']}",
        *(f"* {role}: {encoder['name']}" for role, encoder in protocol["encoders"].items()),
        *(f"* identity, next to it: {one['name']}" for one in protocol.get("judges", {}).values()),
    ]
    if any(other != protocol for other in measured):
        lines.append("* **the rows were not all measured alike**: evaluate them again")
    return "\n".join(lines)


def _judges(judges: Mapping[str, Mapping]) -> str:
    lines = ["| network | on the people that trainings are validated on |", "|---|---|"]
    for name, numbers in judges.items():
        words = ", ".join(
            f"{key.replace('_', ' ')} {value:.4g}"
            for key, value in numbers.items()
            if isinstance(value, int | float) and key != "score"
        )
        lines.append(f"| {name} | {words} |")
    return "\n".join(lines)


def _sensitivity(measured: Mapping) -> str:
    """Says how far single changes move FID, of the very pictures that *FID, noise-free* is of."""
    lines = [
        f"{measured['pictures']:,} of the people's pictures before blur, noise and JPEG, against "
        "others of them, and against themselves, changed:",
        "",
        "| | FID |",
        "|---|---:|",
        *(f"| {name} | {value:.3f} |" for name, value in measured["fid"].items()),
        "",
        "A difference of two rows that is smaller than a slight blur's says nothing of faces.",
    ]
    return "\n".join(lines)


def _tasks(tasks: Mapping[str, Mapping]) -> str:
    """Without trainings' times, which the runs tell: one may have been begun elsewhere."""
    lines = ["| command | s |", "|---|---:|"]
    for task in tasks.values():
        seconds = "" if task["stage"] in _TRAININGS else f"{task['seconds']:,.0f}"
        lines.append(f"| `{task['command']}` | {seconds} |")
    return "\n".join(lines)
