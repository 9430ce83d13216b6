"""The report's sections on what the ablation does without: rivals, other margins, students."""

from collections.abc import Mapping, Sequence

from ..experiment.further_runs import COMPARED, MARGIN_RUNS, STUDENTS, trained_as
from ..experiment.swappers import REFERENCES, TEACHER
from .claims import Claim, judge
from .orderings import orderings_table
from .seed_groups import Group, grouped
from .stored_results import SwapperResult
from .tables import further_table

# Whose margins, by the file that `stored_results` keeps them in.
MARGIN_SETS = {
    "ifsr": "configuration A",
    "ifsr_face_shifter": "FaceShifter",
    "ifsr_labels": "without a swapper",
}
_RIVALS = """\
FaceDancer C next to networks of other papers, trained alike
([docs/rivals.md](../docs/rivals.md) says what differs from these papers). *HifiFace* is given the
renderer's exact labels, as no other row is: an upper bound of its idea. Of its swaps no time is
measured."""
_SEEDS = "Judged as the claims of the ablation are: over seeds, where there are several."
_MARGINS = (
    "Mean cosine distances that the hinge of eq. 2 allows in each block, times its scale; and C "
    "trained with each set. A block without a number is past the crossing, and left out."
)
_STUDENTS = (
    "Small generators that learn from C: by its pictures alone, and by IFSR's features of these "
    "as well."
)
# What a signal is to be better by: metric, and whether higher is better.
_SIGNAL_METRICS = {"id_top1": True, "pose": False, "expression": False, "fid_clean": False}


def further_sections(
    results: Sequence[SwapperResult],
    further: Sequence[SwapperResult],
    analyses: Mapping[str, Mapping],
    pictures: Mapping[str, str],
) -> list[str]:
    """Writes a section on each subject of which anything was evaluated.

    Args:
        results: the ablation's rows.
        further: those of `FURTHER` that there are.
        analyses: what ``evaluation/ifsr.py`` wrote, by `MARGIN_SETS`.
        pictures: name -> path, of those that could be drawn.
    """
    rows = {one.name: one for one in (*results, *further)}
    groups = grouped(rows.values())
    sections = []
    if not groups.keys().isdisjoint(COMPARED):
        sections += [
            "## FaceDancer and its rivals (the paper's Table 1)",
            _RIVALS,
            _table(groups, (*REFERENCES, TEACHER, *COMPARED)),
            orderings_table(groups),
            _SEEDS,
        ]
        if "rivals" in pictures:
            sections.append(f"![C and its rivals on the same pairs]({pictures['rivals']})")
    if len(analyses) > 1:
        sections += ["## Margins from several sources", _MARGINS, margins_table(analyses)]
        if not groups.keys().isdisjoint(map(trained_as, MARGIN_RUNS)):
            sections.append(_table(groups, (TEACHER, *MARGIN_RUNS)))
        sections += [
            f"![Figure 6, {MARGIN_SETS[name]}]({pictures[f'figure_6_{name}']})"
            for name in analyses
            if f"figure_6_{name}" in pictures
        ]
    if not groups.keys().isdisjoint(STUDENTS):
        sections += [
            "## IFSR as a signal to compress by",
            _STUDENTS,
            _table(groups, (TEACHER, *STUDENTS)),
            signals_table(groups),
        ]
    return sections


def margins_table(analyses: Mapping[str, Mapping]) -> str:
    """The margins of each set, block by block, the shallowest first."""
    blocks = sorted({block for one in analyses.values() for block in one["margins"]})
    heads = " | ".join(MARGIN_SETS[name] for name in analyses)
    lines = [f"| block | {heads} |", "|---|" + "---:|" * len(analyses)]
    for block in blocks:
        cells = (one["margins"].get(block) for one in analyses.values())
        row = " | ".join("" if cell is None else f"{cell:.4f}" for cell in cells)
        lines.append(f"| `{block}` | {row} |")
    return "\n".join(lines)


def signals_table(groups: Mapping[str, Group]) -> str:
    """Tabulates whether IFSR's features make the better student, at each size."""
    lines = ["| claim | lab | numbers |", "|---|---|---|"]
    for size in ("quarter", "tenth"):
        for metric, higher in _SIGNAL_METRICS.items():
            names = f"{size}_ifsr", f"{size}_output"
            verdict, numbers = judge(Claim("", *names, metric, higher), groups)
            change = "raise" if higher else "lower"
            words = f"IFSR's features {change} the {size}'s `{metric}`"
            lines.append(f"| {words} | {verdict} | {numbers} |")
    return "\n".join(lines)


def _table(groups: Mapping[str, Group], names: Sequence[str]) -> str:
    rows = {name: groups.get(trained_as(name)) for name in names}
    return further_table({name: group for name, group in rows.items() if group})
