"""The report's part on IFSR without a swapper that was trained before."""

from collections.abc import Mapping

from ..experiment.margin_modes import BY_MODE
from ..experiment.swappers import name_of
from .no_worse import POSE_MAY_RISE, compared, id_stays, pose_stays
from .seed_groups import Group
from .tables import swapper_table

HEADING = "## IFSR without a swapper that was trained before"
_WORDS = f"""\
The paper takes IFSR's margins from a swapper that was trained before, here A: two stages. *Fixed*,
*relative* and *adaptive* take margins, or only the blocks that have one, from labelled pairs alone
([docs/losses.md](../docs/losses.md#limits-without-a-swapper)). *Pose*: the error rises by at most
{POSE_MAY_RISE:g} degrees; *ID*: it is no lower. Each is held where the whole 95 % interval of the
difference is, not held where none of it is, else undecided."""


def margin_modes_part(groups: Mapping[str, Group]) -> list[str]:
    """Sections on the swappers by name; none where none of them was trained."""
    names = [name for modes in BY_MODE.values() for name in modes.values() if name in groups]
    if not names:
        return []
    rows = {}
    for config, modes in BY_MODE.items():
        rows |= {name: groups[name] for name in (config, *modes.values()) if name in groups}
    metrics = ("id_top1", "pose", "expression", "id_cosine", "shape_inner")
    return [HEADING, _WORDS, swapper_table(rows, metrics), _verdicts(groups)]


def _verdicts(groups: Mapping[str, Group]) -> str:
    lines = [
        "| against two stages | pose | difference, degrees | ID | difference |",
        "|---|---|---|---|---|",
    ]
    for config, modes in BY_MODE.items():
        for name in modes.values():
            pose, identity = (compared(groups, name, config, m) for m in ("pose", "id_top1"))
            cells = [
                name_of(name),
                pose_stays(pose),
                pose.words if pose else "",
                id_stays(identity),
                identity.words if identity else "",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
