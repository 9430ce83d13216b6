"""The report's part on the face's shape, the paper's first limit."""

from collections.abc import Mapping

from ..experiment.face_shape import FACE_SHAPE, SHAPE_OF
from ..experiment.swappers import REFERENCES, name_of
from .claims import UNDECIDED
from .no_worse import POSE_MAY_RISE, compared, id_stays, pose_stays
from .seed_groups import Group
from .tables import swapper_table
from .targets import MET, MISSED, Target

HEADING = "## The face's shape (the paper's first limit)"
_WORDS = f"""\
How far a swap goes from its target (0) to the right answer (1): at the silhouette, where one of
the two has face and the other has none, and inside. A blurred target goes some way at the
silhouette too: read the perceptual distance to the answer with it
([docs/evaluation.md](../docs/evaluation.md#right-answers)). Pose may rise by {POSE_MAY_RISE:g}
degrees over {name_of(SHAPE_OF)}'s, ID must be no lower."""
_METRICS = (
    *("shape_silhouette", "shape_inner", "truth_perceptual", "truth_psnr", "hair_leak"),
    *("id_top1", "pose"),
)
TARGETS = (
    Target("silhouette, at least 0.5", "shape_silhouette", 0.5, higher=True),
    Target("inside, at least 0.7", "shape_inner", 0.7, higher=True),
)
PICTURE = "answers"
_CAPTION = (
    "Source, target, what each makes of them, and the right answer; below each its difference from "
    "the answer, three times as strong. Pairs whose outline has to move most, chosen before they "
    "were swapped."
)


def face_shape_part(groups: Mapping[str, Group], pictures: Mapping[str, str]) -> list[str]:
    """Sections; none where none of it was trained.

    Args:
        groups: the swappers by name.
        pictures: name -> path, of those that could be drawn.
    """
    names = [name for name in FACE_SHAPE.swappers if name in groups]
    if not names:
        return []
    shown = (*REFERENCES, SHAPE_OF, *names)
    rows = {name: groups[name] for name in shown if name in groups}
    sections = [HEADING, _WORDS, swapper_table(rows, _METRICS), _verdicts(groups)]
    if PICTURE in pictures:
        sections += [_CAPTION, f"![source, target, swaps and answer]({pictures[PICTURE]})"]
    return sections


def way_gone(target: Target, group: Group) -> str:
    """Tells whether a swapper goes as much of the way; open where its interval holds the bar."""
    entry = group.metrics().get(target.metric, {})
    if entry.get("value") is None:
        return ""
    ends = [entry["value"] if entry.get(end) is None else entry[end] for end in ("low", "high")]
    said = {target.is_met_by(end) for end in ends}
    verdict = UNDECIDED if len(said) > 1 else MET if said.pop() else MISSED
    return f"{verdict}: {entry['value']:.2f} ({ends[0]:.2f} to {ends[1]:.2f})"


def _verdicts(groups: Mapping[str, Group]) -> str:
    heads = [*(target.words for target in TARGETS), "pose", "ID"]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "---|" * len(heads)]
    for name in (SHAPE_OF, *FACE_SHAPE.swappers):
        if name not in groups:
            continue
        cells = [way_gone(target, groups[name]) for target in TARGETS]
        for metric, stays in (("pose", pose_stays), ("id_top1", id_stays)):
            found = None if name == SHAPE_OF else compared(groups, name, SHAPE_OF, metric)
            cells.append(f"{stays(found)}: {found.words}" if found else "")
        lines.append(f"| {name_of(name)} | {' | '.join(cells)} |")
    return "\n".join(lines)
