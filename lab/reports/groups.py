"""Groups of rendered people: identity and pose by skin tone, sex and age."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from facedancer.evaluation.encoders.interface import FaceEncoder
from facedancer.evaluation.files import plain
from facedancer.evaluation.judges import judge_pairs, mean_entry, number_cell
from facedancer.evaluation.metrics.attributes import pose_error
from facedancer.evaluation.metrics.search import Gallery, IdentitySearch
from facedancer.evaluation.reports.protocol import versions
from facedancer.evaluation.swaps.swappers import PairSwapper
from facedancer.utils.alignment import align_face
from facedancer.utils.progress import progress_bar

from ..people.families import SIBLINGS
from ..pictures.render import render

_SEED, _SIDE = 0, 160  # The lab's people; the pictures' side.
_SOURCE, _TARGET = 0, 1  # Which of a person's pictures.
_BATCH = 32
# Label -> its groups, each with the value where the next one begins.
GROUPS: dict[str, tuple[tuple[str, float], ...]] = {
    "skin_tone": (("pale", 1 / 3), ("between", 2 / 3), ("dark", np.inf)),
    "masculinity": (("female", 0.5), ("male", np.inf)),
    "age": (("under 30", 30.0), ("30 to 50", 50.0), ("over 50", np.inf)),
}
_ALL, _ANSWER = "all", "right answer"
_ROLES = ("source", "target")


@dataclasses.dataclass(frozen=True, eq=False)
class People:
    """P rendered people, each a target once, and the source of the one before.

    Attributes:
        targets: ``[P, S, S, 3]`` uint8 RGB.
        sources: the same, ``sources[p]`` that of pair p.
        answers: the same: the targets with their sources' faces, what perfect swaps would be.
        labels: of `GROUPS`: label -> role -> ``[P]``.
    """

    targets: np.ndarray
    sources: np.ndarray
    answers: np.ndarray
    labels: Mapping[str, Mapping[str, np.ndarray]]


def draw_people(first: int, count: int, side: int) -> People:
    """Renders two pictures of each, and each target with its source's face.

    One person of a family: a swap between siblings would flatter.

    Args:
        first: number of the first person.
        count: P.
        side: S.
    """
    crops: dict[int, list[np.ndarray]] = {_SOURCE: [], _TARGET: []}
    answers: list[np.ndarray] = []
    labels: dict[str, list[float]] = {name: [] for name in GROUPS}
    for number in progress_bar(range(count), unit="person", desc="rendering"):
        person, source = (first + SIBLINGS * n for n in (number, (number + 1) % count))
        for index, of_index in crops.items():
            picture, found = render(_SEED, person, index, _SIDE)
            landmarks = np.reshape(found["landmarks"], (5, 2))
            of_index.append(align_face(picture, landmarks, side)[0])
        answer, _ = render(_SEED, person, _TARGET, _SIDE, face_of=source, source_index=_SOURCE)
        # By the target's landmarks, like a swap of its crop.
        answers.append(align_face(answer, landmarks, side)[0])
        for name, values in labels.items():
            values.append(found[name][0])
    of_target = {name: np.array(values) for name, values in labels.items()}
    return People(
        np.stack(crops[_TARGET]),
        np.roll(np.stack(crops[_SOURCE]), -1, axis=0),
        np.stack(answers),
        {name: {"target": v, "source": np.roll(v, -1)} for name, v in of_target.items()},
    )


def judge_groups(
    swapper: PairSwapper, people: People, judges: Mapping[str, FaceEncoder], pose: FaceEncoder
) -> dict:
    """Swaps all pairs, and gives what ``groups.json`` holds.

    Identity is looked for among all sources. Crops are judged as the swapper returns them, and so
    are the right answers: judges do not give those the best marks.
    """
    count = len(people.targets)
    numbers = np.arange(count)
    swaps = np.concatenate(
        [
            swapper.swap(people.targets[part], people.sources[part], part)
            for part in np.array_split(numbers, -(-count // _BATCH))
        ]
    )
    everyone = np.ones(count, bool)
    scores, of_answers = (_scores(x, people, judges, pose) for x in (swaps, people.answers))
    rows = [
        {"label": who, "group": who, "role": who, **_means(values, everyone)}
        for who, values in ((_ALL, scores), (_ANSWER, of_answers))
    ]
    for label, bounds in GROUPS.items():
        for role in _ROLES:
            values = people.labels[label][role]
            least = -np.inf
            for group, most in bounds:
                where = (values >= least) & (values < most)
                rows.append({"label": label, "group": group, "role": role, **_means(scores, where)})
                least = most
    return plain(
        {
            "rows": rows,
            "swapper": swapper.origin,
            "judges": {name: judge.origin for name, judge in judges.items()},
            "pose": pose.origin,
            "versions": versions(),
        }
    )


def _scores(
    swaps: np.ndarray, people: People, judges: Mapping[str, FaceEncoder], pose: FaceEncoder
) -> dict[str, np.ndarray]:
    numbers = np.arange(len(swaps))
    searches = {
        name: IdentitySearch(
            judge.measure(swaps),
            judge.measure(people.targets),
            Gallery(judge.measure(people.sources), numbers, numbers),
        )
        for name, judge in judges.items()
    }
    scores = {
        f"{measure}, {name}": values
        for name, of_judge in judge_pairs(searches).items()
        for measure, values in of_judge.items()
    }
    return scores | {"pose": pose_error(pose.measure(people.targets), pose.measure(swaps))}


def _means(scores: Mapping[str, np.ndarray], where: np.ndarray) -> dict:
    people = (np.flatnonzero(where),)
    means = {n: mean_entry(v[where], people) for n, v in scores.items()} if where.any() else {}
    return {"pairs": int(where.sum()), "metrics": means}


def group_table(content: Mapping) -> str:
    """A Markdown table of `judge_groups`: all pairs, their right answers, each group."""
    rows = content["rows"]
    names = list(rows[0]["metrics"])
    lines = [f"| who | pairs | {' | '.join(names)} |", "|---|---:|" + "---:|" * len(names)]
    for row in rows:
        who = row["label"]
        if who in GROUPS:
            who = f"{row['role']}: {who}, {row['group']}"
        cells = [number_cell(row["metrics"].get(n), 1 if "cosine" not in n else 3) for n in names]
        lines.append(f"| {who} | {row['pairs']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
