"""The report's words around its tables and pictures."""

from collections.abc import Mapping, Sequence

from ..experiment.swappers import (
    LONGER,
    LONGER_OF,
    REFERENCES,
    STUDENT,
    TEACHER,
    TRAINED,
    name_of,
)
from ..gating.tables import markdown
from .claims import CANDIDATES
from .own_flags import flags_table, trained_alike
from .served_people import FRESH_HEADING, fresh_people, population, who_served
from .stored_results import SwapperResult
from .tables import (
    claims_table,
    main_table,
    paper_table,
    runs_table,
    targets_table,
    turned_table,
)

_INTRODUCTION = """\
# The lab's report

The paper's ablation on rendered faces, where every label is known ([docs/lab.md](../docs/lab.md)).
`make lab-report` writes this page and its pictures again from `lab/results`; `make lab` does
everything from rendering on. Each configuration was trained once: what another seed would give is
not known.

Rows that swap nothing: *output = target* has each attribute's best value and identity's worst;
*output = source* the reverse, but for FID: it is a real picture, so its FID is a best value too.
*Output = truth* is the perfect swap: the target's picture drawn again with the source's face. What
it lacks of the best value is the error of the networks that judge: who scores better there has not
swapped better. *Output = head* takes the source's hair and glasses along."""

_GATES = (
    "Targets with only a part of the source, and how near they are to it; siblings are among those "
    "who may be found ([docs/lab.md](../docs/lab.md#gates)). A network for real faces has a cosine "
    "above zero for any two of these people: of it the shares are to be read."
)

_STUDENT = (
    f" *{name_of(STUDENT)}* is the student of {name_of(TEACHER)}, of depthwise-separable "
    "convolutions ([docs/edge.md](../docs/edge.md)): no part of the comparison."
)

_LONGER = f" *{name_of(LONGER)}* is {name_of(LONGER_OF)} trained on: no part of the comparison."

_TRAININGS = ("encoders", "regressors", "train_a", "train", "distill")
_SHARED_MACHINE = (
    "Seconds a step are as the run logged them: `make lab` trains two at a time, on a core each."
)


def report_text(
    results: Sequence[SwapperResult],
    lab: Mapping[str, Mapping],
    pictures: Mapping[str, str],
    shown: str = "",
    drawn: Sequence[str] = (),
    fresh: tuple[Sequence[Mapping], str] = ((), ""),
    further: Sequence[str] = (),
) -> str:
    """The whole page.

    Args:
        results: the rows, in their order.
        lab: ``tasks``, ``judges`` and ``choice``, see `stored_results`.
        pictures: name -> path, of those that could be drawn.
        shown: whose swaps the swap matrix is of.
        drawn: whose swaps were drawn for it, and for the comparison of all.
        fresh: evaluations on people that served for nothing before, and their commands.
        further: sections on what the ablation does without, see `further_text`.
    """
    trained = [result for result in results if result.name not in REFERENCES]
    by_name = {result.name: result for result in results}
    sections = [
        _INTRODUCTION,
        population(lab),
        _missing(trained),
        "## Swaps of held-out people (the paper's Table 2)",
        _protocol(results),
        who_served(lab, bool(fresh[0])),
        main_table(results),
        "Below each number is its 95 % interval, that counts the targets' and the sources' people, "
        "not pictures."
        + _times(results)
        + (_LONGER if LONGER in by_name else "")
        + (_STUDENT if STUDENT in by_name else ""),
        "The paper's own numbers, of other data, encoders and size, for the order of the rows:",
        paper_table(),
        "## Targets that are turned by 30 degrees and more (the paper's Table 3)",
        turned_table(results),
        "Without FID, which so few pictures do not tell.",
        "## The paper's claims",
        claims_table(by_name),
        "*Undecided*: the 95 % interval of the difference, pair by pair, holds zero; of FID, which "
        "no pair has: the two intervals overlap. *Paper*: what its Table 2 says, at its size.",
        "## The lab's own targets",
        targets_table(by_name, lab["judges"]),
    ]
    sections += further
    if lab.get("fid_sensitivity"):
        sections += ["## What a difference of FID means", _sensitivity(lab["fid_sensitivity"])]
    if fresh[0]:
        sections += [FRESH_HEADING, *fresh_people(*fresh)]
    if "swap_matrix" in pictures:
        sections += [
            "## Swap matrix",
            f"{_named_best(shown)} First row: sources; first column: "
            "targets. Nobody here was trained on." + _not_drawn(trained, drawn),
            f"![swap matrix]({pictures['swap_matrix']})",
        ]
    for name, title, words in (
        ("configurations", "## What each configuration makes of a pair", ""),
        ("curves", "## Curves", "Each validation; of the loss, means over fiftieths of a run."),
        (
            "figure_6",
            "## What the identity encoder's blocks see (the paper's Figure 6)",
            "Cosine distances of the changed face to target and source, and of negative pairs, in "
            "each block of encoder I, for the run without IFSR. Its mean distances to the target "
            "are the margins of the other configurations.",
        ),
        (
            "figure_7",
            "## AFFA's masks (the paper's Figure 7)",
            "Mean over channels; white lets the decoder's feature through, black the target's.",
        ),
    ):
        if name in pictures:
            sections += [title, words, f"![{name}]({pictures[name]})"]
    alike = "" if trained_alike(results) else "**The configurations were not all trained alike.**"
    sections += ["## The runs", runs_table(results), _SHARED_MACHINE, alike, flags_table(results)]
    if lab["judges"]:
        sections += [
            "## The encoder that trains, and the networks that judge",
            _judges(lab["judges"]),
        ]
    if lab.get("gates"):
        sections += [
            "## Gates: whether these encoders go by the face",
            _GATES,
            markdown(lab["gates"]),
        ]
    if lab["tasks"]:
        sections += ["## Commands and times", _tasks(lab["tasks"])]
    return "\n\n".join(section for section in sections if section) + "\n"


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


def _not_drawn(trained: Sequence[SwapperResult], drawn: Sequence[str]) -> str:
    missing = [name_of(result.name) for result in trained if result.name not in drawn]
    return f" Not drawn: {', '.join(missing)}." if missing else ""


def _missing(trained: Sequence[SwapperResult]) -> str:
    missing = [name_of(n) for n in TRAINED if n not in {result.name for result in trained}]
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
