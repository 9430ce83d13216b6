"""The report's tables of claims and of targets, in Markdown."""

from collections.abc import Mapping

from .claims import CLAIMS, NOT_RUN, judge, published
from .seed_groups import Group
from .targets import (
    MET,
    MISSED,
    NETWORK_TARGETS,
    STUDENT_MAY_LOSE,
    TARGETS,
    reached,
    student_keeps_up,
)


def claims_table(groups: Mapping[str, Group]) -> str:
    """Each of the paper's claims: whether it holds here, and in the paper's own table."""
    lines = ["| claim | lab | numbers | paper |", "|---|---|---|---|"]
    for claim in CLAIMS:
        verdict, numbers = judge(claim, groups)
        lines.append(f"| {claim.words} | {verdict} | {numbers} | {published(claim)} |")
    return "\n".join(lines)


def targets_table(groups: Mapping[str, Group], networks: Mapping[str, Mapping[str, float]]) -> str:
    """The lab's own bars, for C and D, the student, and the networks that all rests on.

    Args:
        groups: the swappers by name.
        networks: what was measured of each encoder and regressor on held-out people.
    """
    lines = ["| target | reached | numbers |", "|---|---|---|"]
    for target in TARGETS:
        verdict, numbers = reached(target, groups)
        lines.append(f"| C or D: {target.words} | {verdict} | {numbers} |")
    verdict, numbers = student_keeps_up(groups)
    lines.append(f"| student: at most {STUDENT_MAY_LOSE:g} of ID lost | {verdict} | {numbers} |")
    for name, targets in NETWORK_TARGETS.items():
        for target in targets:
            value = networks.get(name, {}).get(target.metric)
            if value is None:
                lines.append(f"| {name}: {target.words} | {NOT_RUN} | |")
                continue
            verdict = MET if target.is_met_by(value) else MISSED
            lines.append(f"| {name}: {target.words} | {verdict} | {value:.4g} |")
    return "\n".join(lines)
